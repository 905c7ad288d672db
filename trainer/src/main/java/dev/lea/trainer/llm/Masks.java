package dev.lea.trainer.llm;

import dev.lea.trainer.net.Graph;
import dev.lea.trainer.net.Value;

/// What attention adds to its logits so that a token does not see another.
public final class Masks {
    private static final float UNSEEN = -1e9f;

    private Masks() {}

    /// Each token sees itself and those before it: float [length, length].
    public static Value causal(Graph graph, int length) {
        float[] mask = new float[length * length];
        for (int i = 0; i < length; i++) {
            for (int j = i + 1; j < length; j++) {
                mask[i * length + j] = UNSEEN;
            }
        }
        return graph.constant("causal." + length, mask, length, length);
    }

    /// Each token sees those whose position is not after its own.
    ///
    /// @param position int64 [batch, length], growing along a row
    /// @return float [batch, 1, 1, length, length]
    public static Value ordered(Value position) {
        Graph graph = position.graph();
        return graph.constant(0f)
                .where(
                        position.unsqueeze(1).lessOrEqual(position.unsqueeze(2)),
                        graph.constant(UNSEEN))
                .unsqueeze(1)
                .unsqueeze(1);
    }

    /// The visibility of packed sequences: token i sees token j iff j is on the trunk at or before i's limit,
    /// or both are of one block and j is not after i.
    ///
    /// @param position int64 [batch, length]
    /// @param block    int64 [batch, length]; 0 the trunk, -1 padding
    /// @param limit    int64 [batch, length]
    /// @return float [batch, 1, 1, length, length]
    public static Value packed(Value position, Value block, Value limit) {
        return mask(sees(position, block, limit));
    }

    /// The visibility of packed sequences that go on behind remembered places of their trunks.
    ///
    /// @param past int64 [batch, remembered]: positions, above every limit where nothing is remembered
    /// @return float [batch, 1, 1, length, remembered + length]
    public static Value packed(Value past, Value position, Value block, Value limit) {
        Value remembered = past.unsqueeze(1).lessOrEqual(limit.unsqueeze(2));
        return mask(past.graph().concat(-1, remembered, sees(position, block, limit)));
    }

    /// @return bool [batch, length, length]
    private static Value sees(Value position, Value block, Value limit) {
        Graph graph = position.graph();
        Value seenBlock = block.unsqueeze(1);
        Value seenPosition = position.unsqueeze(1);
        Value trunk =
                seenBlock.equalTo(graph.index(0)).and(seenPosition.lessOrEqual(limit.unsqueeze(2)));
        Value own =
                seenBlock
                        .equalTo(block.unsqueeze(2))
                        .and(seenPosition.lessOrEqual(position.unsqueeze(2)));
        return trunk.or(own);
    }

    private static Value mask(Value sees) {
        Graph graph = sees.graph();
        return graph.constant(0f).where(sees, graph.constant(UNSEEN)).unsqueeze(1).unsqueeze(1);
    }
}
