package dev.lea.serving.onnx;

import static dev.lea.serving.Checks.inRange;

import java.nio.file.Path;
import java.util.Optional;

/// How a graph is run.
///
/// @param threads    threads inside one run, 1..64; several callers with one thread each beat one caller with several
/// @param spinning   whether idle threads of a run burn CPU while they wait for work
/// @param memoryPlan whether memory of a run is planned ahead: good at fixed shapes, wasteful where they vary
/// @param weights    where weights outside of the model are, and how they are used
/// @param device     where it runs; on the GPU shapes vary freely and memory is never planned ahead
public record OnnxOptions(
        int threads, boolean spinning, boolean memoryPlan, Weights weights, Device device) {
    /// Weights that stand in files of their own, for models that come as bytes; a model from a file finds them
    /// beside it.
    ///
    /// @param folder of the files, empty where there are none
    /// @param asTheyAre whether they are read where they lie, so that all who use a file share its memory; else
    ///     they may be copied into layouts that run faster
    public record Weights(Optional<Path> folder, boolean asTheyAre) {
        /// None outside of the model.
        public static final Weights INSIDE = new Weights(Optional.empty(), false);
    }

    /// For servers: shapes vary, callers are many.
    public static final OnnxOptions SERVING =
            new OnnxOptions(1, false, false, Weights.INSIDE, Device.CPU);

    /// For training: one shape for thousands of steps.
    public static final OnnxOptions TRAINING =
            new OnnxOptions(1, false, true, Weights.INSIDE, Device.CPU);

    public OnnxOptions {
        inRange("threads", threads, 1, 64);
    }

    public OnnxOptions withThreads(int threads) {
        return new OnnxOptions(threads, spinning, memoryPlan, weights, device);
    }

    public OnnxOptions withWeights(Weights weights) {
        return new OnnxOptions(threads, spinning, memoryPlan, weights, device);
    }

    public OnnxOptions withDevice(Device device) {
        return new OnnxOptions(threads, spinning, memoryPlan, weights, device);
    }
}
