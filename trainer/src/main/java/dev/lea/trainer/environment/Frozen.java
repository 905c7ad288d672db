package dev.lea.trainer.environment;

import dev.lea.trainer.llm.Adapted;
import dev.lea.trainer.llm.Llama;
import dev.lea.trainer.net.Graph;
import dev.lea.trainer.net.Initial;
import dev.lea.trainer.net.Parameters;
import dev.lea.trainer.net.Value;
import java.util.Set;

/// A language model that is not trained at all.
record Frozen(Adapted weights) implements Llama.Weights {
    Frozen(Graph graph, Parameters backbone) {
        this(new Adapted(graph, backbone, new Adapted.LoraConfig(0, 0, Set.of())));
    }

    @Override
    public Value tensor(String name, Initial initial, long... shape) {
        return weights.tensor(name, initial, shape);
    }

    @Override
    public Value project(Value x, String name, Initial initial, long in, long out) {
        return weights.project(x, name, initial, in, out);
    }
}
