package dev.lea.trainer.llm;

import dev.lea.trainer.net.Graph;
import dev.lea.trainer.net.Initial;
import dev.lea.trainer.net.Rotary;
import dev.lea.trainer.net.Value;

/// The decoder: pre-norm blocks of grouped-query attention with rotary positions and SwiGLU, RMSNorm
/// throughout, output head tied to the embedding (Touvron et al. 2023; Ainslie et al. 2023 for the grouping).
///
/// Matrices are stored `[in, out]`. Where the weights come from (trained, frozen, adapted) is the
/// [Weights]' business, so that one declaration serves pretraining, fitting and serving.
public final class Llama {
    /// Where the network's weights come from.
    public interface Weights {
        /// A vector or table.
        Value tensor(String name, Initial initial, long... shape);

        /// `x W`, with whatever adapter sits on that matrix.
        Value project(Value x, String name, Initial initial, long in, long out);
    }

    private final LlamaConfig config;
    private final Weights weights;

    public Llama(LlamaConfig config, Weights weights) {
        this.config = config;
        this.weights = weights;
    }

    /// Word embeddings, also the output head: [vocabulary, width].
    public Value embedding() {
        return weights.tensor(
                "embedding", Initial.normal(0.02), config.vocabulary(), config.width());
    }

    /// Hidden states after the final norm.
    ///
    /// @param embedded float [batch, length, width]
    /// @param position int64 [batch, length]
    /// @param mask     float, added to the attention logits: broadcasts to [batch, 1, 1, length, length]
    /// @return float [batch, length, width]
    public Value hidden(Value embedded, Value position, Value mask) {
        Graph graph = embedded.graph();
        Rotary rotary =
                Rotary.plain(graph, config.headDimension(), config.ropeTheta(), config.positions());
        Value heads = position.unsqueeze(1).unsqueeze(1);
        Value x = embedded;
        for (int layer = 0; layer < config.layers(); layer++) {
            String name = "layers." + layer + ".";
            x =
                    x.add(
                            attention(
                                    norm(x, name + "attention.norm"),
                                    name + "attention.",
                                    rotary,
                                    heads,
                                    mask));
            x = x.add(feedForward(norm(x, name + "feed_forward.norm"), name + "feed_forward."));
        }
        return norm(x, "norm");
    }

    /// Logits of the next text token: float [batch, length, vocabulary].
    public Value logits(Value hidden) {
        return hidden.matmul(embedding().transposeLast());
    }

    private Value attention(Value x, String name, Rotary rotary, Value position, Value mask) {
        int d = config.headDimension();
        int groups = config.keyValueHeads();
        int each = config.heads() / groups;
        long width = config.width();
        // [batch, length, heads * d] -> [batch, groups, heads of the group, length, d]
        Value query =
                project(x, name + "query", width, (long) config.heads() * d)
                        .reshape(0, 0, groups, each, d)
                        .transpose(0, 2, 3, 1, 4);
        Value key =
                project(x, name + "key", width, (long) groups * d)
                        .reshape(0, 0, groups, 1, d)
                        .transpose(0, 2, 3, 1, 4);
        Value value =
                project(x, name + "value", width, (long) groups * d)
                        .reshape(0, 0, groups, 1, d)
                        .transpose(0, 2, 3, 1, 4);
        Value scaled = rotary.rotate(query, position).multiply((float) (1 / Math.sqrt(d)));
        Value logits = scaled.matmul(rotary.rotate(key, position).transposeLast()).add(mask);
        Value mixed =
                logits.softmax()
                        .matmul(value)
                        .transpose(0, 3, 1, 2, 4)
                        .reshape(0, 0, (long) config.heads() * d);
        return project(mixed, name + "output", (long) config.heads() * d, width);
    }

    private Value feedForward(Value x, String name) {
        long width = config.width();
        long inner = config.feedForward();
        Value gate = project(x, name + "gate", width, inner).silu();
        return project(
                gate.multiply(project(x, name + "up", width, inner)), name + "down", inner, width);
    }

    private Value norm(Value x, String name) {
        return x.rmsNormalization(
                weights.tensor(name, Initial.constant(1), config.width()),
                (float) config.normEpsilon());
    }

    /// Matrices that write into the residual stream start smaller, so that depth does not blow it up.
    private Value project(Value x, String name, long in, long out) {
        boolean writes = name.endsWith("output") || name.endsWith("down");
        double deviation =
                1 / Math.sqrt((double) in) / (writes ? Math.sqrt(2.0 * config.layers()) : 1);
        return weights.project(x, name, Initial.normal(deviation), in, out);
    }
}
