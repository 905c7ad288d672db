package dev.lea.trainer.llm;

import dev.lea.trainer.net.Graph;
import dev.lea.trainer.net.Initial;
import dev.lea.trainer.net.Value;

/// Weights that are all trained: parameters of the graph under the prefix `llm.`.
///
/// Also how a fitted model is served: its parameters become constants when the graph is written.
public record Trained(Graph graph) implements Llama.Weights {
    /// Prefix of the model's names in a graph.
    public static final String PREFIX = "llm.";

    @Override
    public Value tensor(String name, Initial initial, long... shape) {
        return graph.parameter(PREFIX + name, initial, shape);
    }

    @Override
    public Value project(Value x, String name, Initial initial, long in, long out) {
        return x.matmul(tensor(name, initial, in, out));
    }
}
