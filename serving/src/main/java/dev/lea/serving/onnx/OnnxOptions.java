package dev.lea.serving.onnx;

import static dev.lea.serving.Checks.inRange;

/// How a graph is run.
///
/// @param threads    threads inside one run, 1..64; several callers with one thread each beat one caller with several
/// @param spinning   whether idle threads of a run burn CPU while they wait for work
/// @param memoryPlan whether memory of a run is planned ahead: good at fixed shapes, wasteful where they vary
public record OnnxOptions(int threads, boolean spinning, boolean memoryPlan) {
    /// For servers: shapes vary, callers are many.
    public static final OnnxOptions SERVING = new OnnxOptions(1, false, false);

    /// For training: one shape for thousands of steps.
    public static final OnnxOptions TRAINING = new OnnxOptions(1, false, true);

    public OnnxOptions {
        inRange("threads", threads, 1, 64);
    }

    public OnnxOptions withThreads(int threads) {
        return new OnnxOptions(threads, spinning, memoryPlan);
    }
}
