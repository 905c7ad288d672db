package dev.lea.trainer.agent;

import dev.lea.serving.onnx.ElementType;
import dev.lea.trainer.net.Graph;
import dev.lea.trainer.net.Initial;
import dev.lea.trainer.net.Value;
import java.util.stream.LongStream;

/// One block of self-attention with one head (SASRec).
///
/// With embeddings `x_j = sqrt(d) e(item_j) + p_j` and t the last place of the history:
/// ```
/// q = LN(x_t)                                    a_j = softmax_{j <= t}( (q Wq) (x_j Wk)^T / sqrt(d) )
/// y = LN( q + (sum_j a_j x_j) Wv )               s_t = LN( y + relu(y W1 + b1) W2 + b2 )
/// ```
/// Source: Kang & McAuley 2018, arXiv:1808.09781; the residual paths go through the normalised query, as in
/// its authors' code.
///
/// What differs: only the last place is asked for, so only its query is computed, and keys and values are
/// never formed: `(q Wq) (x_j Wk)^T = ((q Wq) Wk^T) x_j^T` and `sum_j a_j (x_j Wv) = (sum_j a_j x_j) Wv`. With
/// one block this changes nothing but the order of sums. The projections have no biases. The pad has an
/// embedding of its own, which is what an empty history starts from; elsewhere pads stand after t and are
/// never seen. Heads are not tied to the item embeddings.
final class SasRec implements Encoder {
    private static final float EPSILON = 1e-6f;
    private static final float UNSEEN = -1e9f;

    private final Graph graph;
    private final String prefix;
    private final EncoderSettings settings;
    private final ItemVectors items;

    SasRec(Graph graph, String prefix, EncoderSettings settings, ItemVectors items) {
        this.graph = graph;
        this.prefix = prefix;
        this.settings = settings;
        this.items = items;
    }

    @Override
    public Value encode(Value history, Value length, Dropout dropout) {
        int hidden = settings.hidden();
        int places = settings.historyLength();
        Value read = items.embedded(history);
        Value positions = table("position_embedding", places);
        float scale = (float) Math.sqrt(hidden);
        Value embedded = read.multiply(scale).add(positions);
        Value x = dropout.apply("embedding", embedded);

        Value place = graph.constant(LongStream.range(0, places).toArray());
        Value last = length.subtract(graph.index(1)).reshape(-1, 1);
        Value isLast = place.equalTo(last).cast(ElementType.FLOAT).unsqueeze(1);
        Value seen = place.lessOrEqual(last).unsqueeze(1);

        Value query = normalise("attention", isLast.matmul(x).reshape(-1, hidden));
        Value key =
                query.matmul(matrix("query", hidden)).matmul(matrix("key", hidden).transposeLast());
        Value similarity = key.unsqueeze(1).matmul(x.transposeLast()).multiply(1 / scale);
        Value attention =
                dropout.apply(
                        "attention", similarity.where(seen, graph.constant(UNSEEN)).softmax());
        Value context = attention.matmul(x).reshape(-1, hidden).matmul(matrix("value", hidden));

        Value y = normalise("feed_forward", query.add(context));
        Value inner =
                dropout.apply(
                        "feed_forward.inner",
                        y.affine(matrix("feed_forward.inner", hidden), bias("feed_forward.inner"))
                                .relu());
        Value outer =
                dropout.apply(
                        "feed_forward.outer",
                        inner.affine(
                                matrix("feed_forward.outer", hidden), bias("feed_forward.outer")));
        return normalise("state", y.add(outer));
    }

    private Value table(String name, long rows) {
        return graph.parameter(
                prefix + name,
                Initial.normal(settings.embeddingDeviation()),
                rows,
                settings.hidden());
    }

    private Value matrix(String name, long size) {
        return graph.parameter(prefix + name + ".weight", Initial.glorot(size, size), size, size);
    }

    private Value bias(String name) {
        return graph.parameter(prefix + name + ".bias", Initial.zeros(), settings.hidden());
    }

    private Value normalise(String name, Value value) {
        long size = settings.hidden();
        return value.layerNormalization(
                graph.parameter(prefix + name + ".norm.scale", Initial.constant(1), size),
                graph.parameter(prefix + name + ".norm.bias", Initial.zeros(), size),
                EPSILON);
    }
}
