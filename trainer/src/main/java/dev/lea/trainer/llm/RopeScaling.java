package dev.lea.trainer.llm;

import static dev.lea.serving.Checks.inRange;
import static dev.lea.serving.Checks.require;

/// How the rotary frequencies of a model differ from `theta^(-2i/d)`, so that it takes longer texts than it was
/// first trained on.
///
/// @param kind              of the scaling
/// @param factor            by which positions are stretched, 1 or more
/// @param lowFactor         LLAMA3: waves longer than `originalPositions / lowFactor` are stretched whole
/// @param highFactor        LLAMA3: waves shorter than `originalPositions / highFactor` are left alone
/// @param originalPositions LLAMA3: positions that the model was first trained on
public record RopeScaling(
        Kind kind, double factor, double lowFactor, double highFactor, int originalPositions) {
    /// No scaling.
    public static final RopeScaling NONE = new RopeScaling(Kind.NONE, 1, 1, 1, 1);

    /// The scalings that there are.
    public enum Kind {
        NONE,
        /// Every frequency divided by the factor (Chen et al. 2023).
        LINEAR,
        /// Low frequencies divided by the factor, high ones left alone, a ramp between (Llama 3.1).
        LLAMA3
    }

    public RopeScaling {
        java.util.Objects.requireNonNull(kind, "kind");
        inRange("factor", factor, 1, 1e6);
        inRange("lowFactor", lowFactor, 1e-6, 1e6);
        inRange("highFactor", highFactor, 1e-6, 1e6);
        inRange("originalPositions", originalPositions, 1, 1 << 24);
        require(
                kind != Kind.LLAMA3 || highFactor > lowFactor,
                "highFactor must be above lowFactor but they are "
                        + highFactor
                        + " and "
                        + lowFactor);
    }

    public static RopeScaling linear(double factor) {
        return new RopeScaling(Kind.LINEAR, factor, 1, 1, 1);
    }

    public static RopeScaling llama3(
            double factor, double lowFactor, double highFactor, int originalPositions) {
        return new RopeScaling(Kind.LLAMA3, factor, lowFactor, highFactor, originalPositions);
    }

    /// Angle a position of each pair of elements.
    ///
    /// @param headDimension d, even
    /// @param theta         base of the frequencies
    /// @return d / 2 numbers
    double[] frequencies(int headDimension, double theta) {
        double[] frequencies = new double[headDimension / 2];
        for (int i = 0; i < frequencies.length; i++) {
            frequencies[i] = scaled(Math.pow(theta, -2.0 * i / headDimension));
        }
        return frequencies;
    }

    private double scaled(double frequency) {
        return switch (kind) {
            case NONE -> frequency;
            case LINEAR -> frequency / factor;
            case LLAMA3 -> {
                double waves = originalPositions * frequency / (2 * Math.PI);
                double kept = Math.clamp((waves - lowFactor) / (highFactor - lowFactor), 0, 1);
                yield (1 - kept) * frequency / factor + kept * frequency;
            }
        };
    }
}
