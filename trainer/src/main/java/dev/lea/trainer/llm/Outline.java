package dev.lea.trainer.llm;

import dev.lea.serving.onnx.ElementType;
import dev.lea.trainer.net.Graph;
import dev.lea.trainer.net.Initial;
import dev.lea.trainer.net.Value;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/// The weights that a model of some sizes and parts has, learned from the network itself by building it.
public final class Outline {
    /// What a weight is to the network.
    public enum Role {
        /// A norm's scale or a bias: [size].
        VECTOR,
        /// A matrix that something is multiplied with: [in, out].
        MATRIX,
        /// A table whose rows are looked up: [rows, columns].
        TABLE
    }

    /// A weight.
    public record Weight(Role role, long rows, long columns) {
        public long elements() {
            return rows * columns;
        }
    }

    private Outline() {}

    /// All weights by name, in the order in which the network asks for them.
    public static Map<String, Weight> of(LlamaConfig config) {
        Graph graph = new Graph();
        var collected = new Collected(graph, new LinkedHashMap<>());
        Llama llama = new Llama(config, collected);
        Value tokens = graph.input("tokens", ElementType.INT64, 1, 1);
        Value hidden = llama.hidden(llama.embed(tokens), tokens, graph.constant(0f));
        llama.logits(hidden);
        return Collections.unmodifiableMap(collected.weights);
    }

    private record Collected(Graph graph, Map<String, Weight> weights) implements Llama.Weights {
        @Override
        public Value tensor(String name, Initial initial, long... shape) {
            return keep(name, new Weight(Role.VECTOR, 1, shape[0]), initial, shape);
        }

        @Override
        public Value project(Value x, String name, Initial initial, long in, long out) {
            return x.matmul(keep(name, new Weight(Role.MATRIX, in, out), initial, in, out));
        }

        @Override
        public Value rows(Value ids, String name, Initial initial, long rows, long columns) {
            return keep(name, new Weight(Role.TABLE, rows, columns), initial, rows, columns)
                    .gather(ids);
        }

        @Override
        public Value products(Value x, String name, Initial initial, long rows, long columns) {
            return x.matmul(
                    keep(name, new Weight(Role.TABLE, rows, columns), initial, rows, columns)
                            .transposeLast());
        }

        private Value keep(String name, Weight weight, Initial initial, long... shape) {
            weights.put(name, weight);
            return graph.parameter(name, initial, shape);
        }
    }
}
