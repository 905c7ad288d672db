package dev.lea.trainer.net;

import java.util.random.RandomGenerator;

/// How a parameter's elements start.
@FunctionalInterface
public interface Initial {
    /// Writes every element.
    void fill(float[] elements, RandomGenerator random);

    static Initial zeros() {
        return (_, _) -> {};
    }

    static Initial constant(float value) {
        return (elements, _) -> java.util.Arrays.fill(elements, value);
    }

    /// Independent normal draws with mean 0.
    static Initial normal(double deviation) {
        return (elements, random) -> {
            for (int i = 0; i < elements.length; i++) {
                elements[i] = (float) (random.nextGaussian() * deviation);
            }
        };
    }

    /// Independent uniform draws from `[-bound, bound)`.
    static Initial uniform(double bound) {
        return (elements, random) -> {
            for (int i = 0; i < elements.length; i++) {
                elements[i] = (float) ((random.nextDouble() * 2 - 1) * bound);
            }
        };
    }

    /// Glorot's uniform draws for a matrix `[in, out]`.
    static Initial glorot(long in, long out) {
        return uniform(Math.sqrt(6.0 / (in + out)));
    }
}
