package dev.lea.trainer.agent;

import dev.lea.trainer.net.Graph;

/// Which network turns a history into a state.
public enum Architecture {
    /// See [SasRec].
    SASREC("SASRec") {
        @Override
        Encoder encoder(Graph graph, String prefix, EncoderSettings settings, ItemVectors items) {
            return new SasRec(graph, prefix, settings, items);
        }
    },
    /// See [Gru4Rec].
    GRU4REC("GRU4Rec") {
        @Override
        Encoder encoder(Graph graph, String prefix, EncoderSettings settings, ItemVectors items) {
            return new Gru4Rec(graph, prefix, settings, items);
        }
    };

    private final String label;

    Architecture(String label) {
        this.label = label;
    }

    /// What it is called in papers and tables.
    public String label() {
        return label;
    }

    /// @param prefix of its parameters' names
    /// @param items  what it reads
    abstract Encoder encoder(
            Graph graph, String prefix, EncoderSettings settings, ItemVectors items);
}
