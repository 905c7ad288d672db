package dev.lea.trainer.llm;

import dev.lea.trainer.net.Initial;
import dev.lea.trainer.net.Rotary;
import dev.lea.trainer.net.Value;

/// The decoder of the Llama, Qwen2 and Qwen3 families: pre-norm blocks of grouped-query attention with rotary
/// positions and SwiGLU, RMSNorm throughout (Touvron et al. 2023; Ainslie et al. 2023 for the grouping). What the
/// families differ in (biases, head norms, an own output head) is the [LlamaConfig]'s business.
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

        /// Rows of a table.
        ///
        /// @param ids int64 [...]
        /// @return float [..., columns]
        default Value rows(Value ids, String name, Initial initial, long rows, long columns) {
            return tensor(name, initial, rows, columns).gather(ids);
        }

        /// Products of x with every row of a table.
        ///
        /// @param x float [..., columns]
        /// @return float [..., rows]
        default Value products(Value x, String name, Initial initial, long rows, long columns) {
            return x.matmul(tensor(name, initial, rows, columns).transposeLast());
        }
    }

    /// What attention sees beside the places at hand.
    public interface Memory {
        /// Nothing.
        Memory NONE = (_, _, fresh) -> fresh;

        /// What a layer attends to.
        ///
        /// @param fresh keys, rotated, or values of the places at hand: [batch, keyValueHeads, 1, length, d]
        /// @return the same with what is remembered before it
        Value with(int layer, Kind kind, Value fresh);

        /// What is remembered of a place.
        enum Kind {
            KEY,
            VALUE
        }
    }

    /// Name of the table of word embeddings.
    static final String EMBEDDING = "embedding";

    /// Name of an output head of its own.
    static final String HEAD = "head";

    private static final Initial SMALL = Initial.normal(0.02);

    private final LlamaConfig config;
    private final Weights weights;

    public Llama(LlamaConfig config, Weights weights) {
        this.config = config;
        this.weights = weights;
    }

    /// Word embeddings of text tokens.
    ///
    /// @param ids int64 [batch, length]
    /// @return float [batch, length, width]
    public Value embed(Value ids) {
        return weights.rows(ids, EMBEDDING, SMALL, config.vocabulary(), config.width());
    }

    /// Hidden states after the final norm.
    ///
    /// @param embedded float [batch, length, width]
    /// @param position int64 [batch, length]
    /// @param mask     float, added to the attention logits: broadcasts to [batch, 1, 1, length, length]
    /// @return float [batch, length, width]
    public Value hidden(Value embedded, Value position, Value mask) {
        return hidden(embedded, position, mask, Memory.NONE);
    }

    /// Hidden states after the final norm, of places that follow others.
    ///
    /// @param mask broadcasts to [batch, 1, 1, length, remembered + length]
    public Value hidden(Value embedded, Value position, Value mask, Memory memory) {
        Rotary rotary = Rotary.at(position.unsqueeze(1).unsqueeze(1), config.rotaryFrequencies());
        Value x = embedded;
        for (int layer = 0; layer < config.layers(); layer++) {
            String name = "layers." + layer + ".";
            x =
                    x.add(
                            attention(
                                    norm(x, name + "attention.norm", config.width()),
                                    layer,
                                    rotary,
                                    mask,
                                    memory));
            x =
                    x.add(
                            feedForward(
                                    norm(x, name + "feed_forward.norm", config.width()),
                                    name + "feed_forward."));
        }
        return norm(x, "norm", config.width());
    }

    /// Logits of the next text token: float [batch, length, vocabulary].
    public Value logits(Value hidden) {
        int width = config.width();
        return config.parts().ownHead()
                ? weights.project(hidden, HEAD, SMALL, width, config.vocabulary())
                : weights.products(hidden, EMBEDDING, SMALL, config.vocabulary(), width);
    }

    private Value attention(Value x, int layer, Rotary rotary, Value mask, Memory memory) {
        String name = "layers." + layer + ".attention.";
        int d = config.headDimension();
        int groups = config.keyValueHeads();
        int each = config.heads() / groups;
        Value query = rotary.rotate(headNorm(heads(x, name + "query", each), name + "query"));
        Value key = rotary.rotate(headNorm(heads(x, name + "key", 1), name + "key"));
        Value value = heads(x, name + "value", 1);
        Value scaled = query.multiply((float) (1 / Math.sqrt(d)));
        Value mixed =
                scaled.matmul(memory.with(layer, Memory.Kind.KEY, key).transposeLast())
                        .add(mask)
                        .softmax()
                        .matmul(memory.with(layer, Memory.Kind.VALUE, value))
                        .transpose(0, 3, 1, 2, 4)
                        .reshape(0, 0, (long) config.heads() * d);
        return project(
                mixed,
                name + "output",
                (long) config.heads() * d,
                config.width(),
                config.parts().outputBias());
    }

    /// Projected to heads: [batch, length, width] -> [batch, groups, heads of the group, length, d].
    private Value heads(Value x, String name, int each) {
        int d = config.headDimension();
        int groups = config.keyValueHeads();
        return project(
                        x,
                        name,
                        config.width(),
                        (long) groups * each * d,
                        config.parts().inputBias())
                .reshape(0, 0, groups, each, d)
                .transpose(0, 2, 3, 1, 4);
    }

    private Value headNorm(Value heads, String name) {
        return config.parts().headNorms()
                ? norm(heads, name + ".norm", config.headDimension())
                : heads;
    }

    private Value feedForward(Value x, String name) {
        long width = config.width();
        long inner = config.feedForward();
        boolean bias = config.parts().feedForwardBias();
        Value gate = project(x, name + "gate", width, inner, bias).silu();
        Value up = project(x, name + "up", width, inner, bias);
        return project(gate.multiply(up), name + "down", inner, width, bias);
    }

    private Value norm(Value x, String name, long size) {
        return x.rmsNormalization(
                weights.tensor(name, Initial.constant(1), size), (float) config.normEpsilon());
    }

    /// Matrices that write into the residual stream start smaller, so that depth does not blow it up.
    private Value project(Value x, String name, long in, long out, boolean bias) {
        boolean writes = name.endsWith("output") || name.endsWith("down");
        double deviation =
                1 / Math.sqrt((double) in) / (writes ? Math.sqrt(2.0 * config.layers()) : 1);
        Value y = weights.project(x, name, Initial.normal(deviation), in, out);
        return bias ? y.add(weights.tensor(name + ".bias", Initial.zeros(), out)) : y;
    }
}
