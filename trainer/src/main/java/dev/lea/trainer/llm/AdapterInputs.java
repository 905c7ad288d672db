package dev.lea.trainer.llm;

import dev.lea.serving.onnx.ElementType;
import dev.lea.trainer.net.Graph;
import dev.lea.trainer.net.Initial;
import dev.lea.trainer.net.Value;

/// A frozen model with low-rank adapters that are fed at every run, for serving: `x W + (x A) B`, alpha / rank being
/// part of B.
///
/// Every matrix that can have an adapter has one here, of any rank: the graph is the same whatever was fitted, so that
/// all LEs over one model share it.
public record AdapterInputs(Graph graph, Llama.Weights backbone) implements Llama.Weights {
    private static final long OPEN = -1;

    @Override
    public Value tensor(String name, Initial initial, long... shape) {
        return backbone.tensor(name, initial, shape);
    }

    @Override
    public Value rows(Value ids, String name, Initial initial, long rows, long columns) {
        return backbone.rows(ids, name, initial, rows, columns);
    }

    @Override
    public Value products(Value x, String name, Initial initial, long rows, long columns) {
        return backbone.products(x, name, initial, rows, columns);
    }

    @Override
    public Value project(Value x, String name, Initial initial, long in, long out) {
        Value plain = backbone.project(x, name, initial, in, out);
        if (!Adapted.LoraConfig.DEFAULT.on(name)) {
            return plain;
        }
        Value a = graph.input(Adapted.PREFIX + name + ".a", ElementType.FLOAT, in, OPEN);
        Value b = graph.input(Adapted.PREFIX + name + ".b", ElementType.FLOAT, OPEN, out);
        return plain.add(x.matmul(a).matmul(b));
    }
}
