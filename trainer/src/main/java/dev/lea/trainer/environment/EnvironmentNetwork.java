package dev.lea.trainer.environment;

import dev.lea.serving.onnx.ElementType;
import dev.lea.trainer.llm.KeyValueMemory;
import dev.lea.trainer.llm.Llama;
import dev.lea.trainer.llm.LlamaConfig;
import dev.lea.trainer.llm.Masks;
import dev.lea.trainer.net.Graph;
import dev.lea.trainer.net.Initial;
import dev.lea.trainer.net.Value;

/// The LE's network over packed sequences (docs/architecture.md): a decoder over text and item tokens, a linear
/// state projection, and a score head.
///
/// With h the hidden state after the final norm and D the model's width:
///  - state `s = h W_s + b_s`, read at the last item of a prefix;
///  - raw reward of candidate a after a prefix, read at a's token:
///    `R = h w + b + c cos(s_prefix, key_a) + bias_a`, c learned.
///
/// The linear head `h w + b` is the method's; the cosine and the bias are ours: the first lets the reward use
/// what the state model knows, the second carries how often an item is chosen at all.
///
/// @param positions that the sequences may use
public record EnvironmentNetwork(LlamaConfig config, int positions) {
    /// Prefix of the names of what is neither the language model nor the items.
    public static final String PREFIX = "head.";

    /// The four inputs that say what a packed sequence is: int64 [rows, length].
    public record Inputs(Value tokens, Value position, Value block, Value limit) {
        /// Declares them.
        public static Inputs of(Graph graph, long rows, long length) {
            return new Inputs(
                    graph.input("tokens", ElementType.INT64, rows, length),
                    graph.input("position", ElementType.INT64, rows, length),
                    graph.input("block", ElementType.INT64, rows, length),
                    graph.input("limit", ElementType.INT64, rows, length));
        }
    }

    /// What each place of a sequence would be if it held an item.
    ///
    /// @param token float [rows, length, D], in the model's input space
    /// @param key   float [rows, length, D], of length 1
    /// @param bias  float [rows, length]
    public record ItemRows(Value token, Value key, Value bias) {}

    /// @param states float [rows, length, D]
    /// @param scores float [rows, length]
    public record Outputs(Value states, Value scores) {}

    /// Index of the item at each place, 0 where a text token stands: int64 [rows, length].
    public Value itemIndices(Inputs in) {
        Graph graph = in.tokens().graph();
        Value zero = graph.index(0);
        return zero.where(isText(in), in.tokens().subtract(graph.index(config.vocabulary())));
    }

    /// Adds the network to the graph.
    public Outputs outputs(Inputs in, ItemRows items, Llama.Weights weights) {
        Value mask = Masks.packed(in.position(), in.block(), in.limit());
        return outputs(in, items, weights, mask, Llama.Memory.NONE);
    }

    /// Adds the network to the graph, for sequences whose first places may be remembered from an earlier run; but
    /// not the place that a block hangs off, whose state the block is compared with.
    public Outputs outputs(
            Inputs in, ItemRows items, Llama.Weights weights, KeyValueMemory memory) {
        Value mask = Masks.packed(memory.position(), in.position(), in.block(), in.limit());
        return outputs(in, items, weights, mask, memory);
    }

    private Outputs outputs(
            Inputs in, ItemRows items, Llama.Weights weights, Value mask, Llama.Memory memory) {
        Graph graph = in.tokens().graph();
        Llama llama = new Llama(config, weights);
        Value text = llama.embed(in.tokens().where(isText(in), graph.index(0)));
        Value embedded = text.where(isText(in).unsqueeze(2), items.token());
        Value hidden = llama.hidden(embedded, in.position(), mask, memory);
        long d = config.width();
        Value states =
                hidden.affine(
                        graph.parameter(
                                PREFIX + "state.weight",
                                Initial.normal(1 / Math.sqrt((double) d)),
                                d,
                                d),
                        graph.parameter(PREFIX + "state.bias", Initial.zeros(), d));
        Value linear =
                hidden.multiply(graph.parameter(PREFIX + "score.weight", Initial.zeros(), d))
                        .sum(false, -1)
                        .add(graph.parameter(PREFIX + "score.bias", Initial.zeros(), 1));
        Value cosine = prefixStates(in, states).unitLength().multiply(items.key()).sum(false, -1);
        Value scores =
                linear.add(
                                cosine.multiply(
                                        graph.parameter(
                                                PREFIX + "score.cosine", Initial.constant(1), 1)))
                        .add(items.bias());
        return new Outputs(states, scores);
    }

    /// For each place, the state of the prefix that it hangs off: row `limit` of the trunk, by a product with
    /// the 0-1 matrix that is 1 there.
    private static Value prefixStates(Inputs in, Value states) {
        Graph graph = in.tokens().graph();
        Value trunk = in.block().unsqueeze(1).equalTo(graph.index(0));
        Value here = in.position().unsqueeze(1).equalTo(in.limit().unsqueeze(2));
        return trunk.and(here).cast(ElementType.FLOAT).matmul(states);
    }

    private Value isText(Inputs in) {
        return in.tokens().less(in.tokens().graph().index(config.vocabulary()));
    }
}
