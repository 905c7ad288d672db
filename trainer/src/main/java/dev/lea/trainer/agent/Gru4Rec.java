package dev.lea.trainer.agent;

import dev.lea.serving.onnx.ElementType;
import dev.lea.trainer.net.Graph;
import dev.lea.trainer.net.Value;
import java.util.stream.LongStream;

/// Item embeddings and one layer of gated recurrent units (GRU4Rec); `s_t` is the state after the last item.
///
/// Source: Hidasi et al. 2016, arXiv:1511.06939, in the form of Xin et al. 2020, arXiv:2006.05779: a state a
/// history instead of session-parallel batches, and a full softmax over it.
///
/// What differs: dropout on the embeddings and on the state, which those authors do not use here (0 brings
/// theirs back). The pad has an embedding of its own, which is what an empty history starts from. Heads are not
/// tied to the item embeddings.
final class Gru4Rec implements Encoder {
    private final Graph graph;
    private final String prefix;
    private final EncoderSettings settings;
    private final ItemVectors items;

    Gru4Rec(Graph graph, String prefix, EncoderSettings settings, ItemVectors items) {
        this.graph = graph;
        this.prefix = prefix;
        this.settings = settings;
        this.items = items;
    }

    @Override
    public Value encode(Value history, Value length, Dropout dropout) {
        int hidden = settings.hidden();
        int places = settings.historyLength();
        Value steps = dropout.apply("embedding", items.embedded(history.transpose(1, 0)));
        Value step = graph.constant(LongStream.range(0, places).toArray()).reshape(-1, 1, 1);
        Value present = step.less(length.reshape(1, -1, 1)).cast(ElementType.FLOAT);
        var layer = new GatedRecurrentUnit(graph, prefix + "gru.", hidden, hidden);
        return dropout.apply("state", layer.last(steps, present));
    }
}
