package dev.lea.trainer.agent;

import dev.lea.trainer.net.Graph;
import dev.lea.trainer.net.Initial;
import dev.lea.trainer.net.Value;

/// A vector an item that the encoder reads, and another that scores it; the pad has one to be read.
///
/// Weights that score are stored item by item, `[n, hidden]`, so that a few items cost a few rows.
record LearnedItems(Graph graph, String prefix, EncoderSettings settings, ItemTables tables)
        implements ItemVectors {
    @Override
    public Value embedded(Value indices) {
        return tables.read(
                        graph,
                        prefix + "item_embedding",
                        Initial.normal(settings.embeddingDeviation()),
                        settings.hidden())
                .gather(indices);
    }

    @Override
    public Value logits(Value states) {
        int hidden = settings.hidden();
        Value weight =
                tables.scored(
                        graph,
                        prefix + "supervised.weight",
                        Initial.uniform(1 / Math.sqrt(hidden)),
                        hidden);
        Value bias = tables.scored(graph, prefix + "supervised.bias", Initial.zeros());
        return states.affine(weight.transposeLast(), bias);
    }
}
