package dev.lea.trainer.agent;

import static dev.lea.serving.Checks.inRange;
import static java.util.Objects.requireNonNull;

/// The network that turns a history into a state.
///
/// @param architecture       which one
/// @param hidden             width of embeddings and states, 4..1024
/// @param historyLength      items that are looked at, the most recent ones, 1..512
/// @param dropout            share of activations dropped in training, 0..0.9
/// @param embeddingDeviation standard deviation of the embeddings at the start, above 0
/// @param head               by what items are read and scored
public record EncoderSettings(
        Architecture architecture,
        int hidden,
        int historyLength,
        double dropout,
        double embeddingDeviation,
        ItemHead head) {
    public static final EncoderSettings DEFAULT =
            new EncoderSettings(Architecture.SASREC, 64, 10, 0.3, 0.01, ItemHead.FIXED);

    public EncoderSettings {
        requireNonNull(architecture, "architecture");
        inRange("hidden", hidden, 4, 1024);
        inRange("historyLength", historyLength, 1, 512);
        inRange("dropout", dropout, 0, 0.9);
        inRange("embeddingDeviation", embeddingDeviation, 1e-6, 1);
        requireNonNull(head, "head");
    }

    public EncoderSettings withArchitecture(Architecture architecture) {
        return new EncoderSettings(
                architecture, hidden, historyLength, dropout, embeddingDeviation, head);
    }

    public EncoderSettings withHidden(int hidden) {
        return new EncoderSettings(
                architecture, hidden, historyLength, dropout, embeddingDeviation, head);
    }

    public EncoderSettings withHistoryLength(int historyLength) {
        return new EncoderSettings(
                architecture, hidden, historyLength, dropout, embeddingDeviation, head);
    }

    public EncoderSettings withDropout(double dropout) {
        return new EncoderSettings(
                architecture, hidden, historyLength, dropout, embeddingDeviation, head);
    }

    public EncoderSettings withEmbeddingDeviation(double embeddingDeviation) {
        return new EncoderSettings(
                architecture, hidden, historyLength, dropout, embeddingDeviation, head);
    }

    public EncoderSettings withHead(ItemHead head) {
        return new EncoderSettings(
                architecture, hidden, historyLength, dropout, embeddingDeviation, head);
    }
}
