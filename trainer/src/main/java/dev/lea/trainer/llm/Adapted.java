package dev.lea.trainer.llm;

import dev.lea.trainer.net.Graph;
import dev.lea.trainer.net.Initial;
import dev.lea.trainer.net.Value;
import java.util.Set;

/// A frozen model with low-rank adapters: `x W + (alpha / rank) (x A) B`, B zero at the start (Hu et al. 2021).
///
/// The backbone gets no gradient; only the adapters, under the prefix `lora.`, are parameters.
public final class Adapted implements Llama.Weights {
    /// Prefix of the adapters' names in a graph.
    public static final String PREFIX = "lora.";

    private final Graph graph;
    private final Llama.Weights backbone;
    private final LoraConfig lora;

    /// @param backbone frozen, in the same graph
    public Adapted(Graph graph, Llama.Weights backbone, LoraConfig lora) {
        this.graph = graph;
        this.backbone = backbone;
        this.lora = lora;
    }

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
        if (!lora.on(name)) {
            return plain;
        }
        Value a =
                graph.parameter(
                        PREFIX + name + ".a",
                        Initial.normal(1 / Math.sqrt((double) in)),
                        in,
                        lora.rank());
        Value b = graph.parameter(PREFIX + name + ".b", Initial.zeros(), lora.rank(), out);
        return plain.add(x.matmul(a).matmul(b).multiply((float) (lora.alpha() / lora.rank())));
    }

    /// Which matrices get an adapter, and of what size.
    ///
    /// @param rank    of the product A B, 0 for no adapters at all
    /// @param alpha   scale; the update is multiplied by alpha / rank
    /// @param targets last part of the names of the adapted matrices
    public record LoraConfig(int rank, double alpha, Set<String> targets) {
        /// Every matrix of attention and feed-forward, rank 8, alpha 16.
        public static final LoraConfig DEFAULT =
                new LoraConfig(
                        8, 16, Set.of("query", "key", "value", "output", "gate", "up", "down"));

        public LoraConfig {
            dev.lea.serving.Checks.inRange("rank", rank, 0, 1024);
            dev.lea.serving.Checks.inRange("alpha", alpha, 0, 1e6);
            targets = Set.copyOf(targets);
        }

        boolean on(String name) {
            return rank > 0 && targets.contains(name.substring(name.lastIndexOf('.') + 1));
        }
    }
}
