package dev.lea.trainer.agent;

import dev.lea.trainer.net.Graph;
import dev.lea.trainer.net.Initial;
import dev.lea.trainer.net.Value;
import java.util.Optional;

/// An encoder with a supervised head `f(s) in R^n` and a Q head `Q(s, .) in R^n`, both linear.
///
/// Weights of the Q head are stored item by item, `[n, hidden]`, so that the values of a few items cost a few
/// rows. The supervised head reads the encoder's state alone: what is served needs nothing else. By what it knows
/// items is [ItemVectors]' business.
final class PolicyNetwork {
    private final Graph graph;
    private final String prefix;
    private final EncoderSettings settings;
    private final ItemTables tables;
    private final ItemVectors vectors;
    private final Encoder encoder;

    /// @param prefix of all parameters' names, so that two networks can share a graph
    /// @param tables of the items
    /// @param source of the items' vectors, the same for all networks of a graph
    PolicyNetwork(
            Graph graph,
            String prefix,
            EncoderSettings settings,
            ItemTables tables,
            TokenItems.Source source) {
        this.graph = graph;
        this.prefix = prefix;
        this.settings = settings;
        this.tables = tables;
        this.vectors = source.vectors(graph, prefix, settings);
        this.encoder = settings.architecture().encoder(graph, prefix, settings, vectors);
    }

    /// A network over all items, which has only parameters of its own.
    PolicyNetwork(
            Graph graph,
            String prefix,
            EncoderSettings settings,
            PolicyItems items,
            TokenItems.Source source) {
        this(graph, prefix, settings, ItemTables.whole(items.count()), source);
    }

    /// Where the networks of a graph that is trained find the items.
    static TokenItems.Source source(
            Graph graph, EncoderSettings settings, PolicyItems items, ItemTables tables) {
        return switch (settings.head()) {
            case FIXED -> learned(tables);
            case TOKENS ->
                    tables.sampled()
                            .map(sampled -> TokenItems.chosen(graph, items, sampled.slots()))
                            .orElseGet(() -> TokenItems.constant(graph, items, items.mask()));
        };
    }

    /// The same without regard to which items took part in training.
    static TokenItems.Source unmasked(Graph graph, EncoderSettings settings, PolicyItems items) {
        return switch (settings.head()) {
            case FIXED -> learned(ItemTables.whole(items.count()));
            case TOKENS -> TokenItems.constant(graph, items, Optional.empty());
        };
    }

    /// Where the network of a graph that is served finds them.
    static TokenItems.Source served(Graph graph, EncoderSettings settings, PolicyItems items) {
        return switch (settings.head()) {
            case FIXED -> learned(ItemTables.whole(items.count()));
            case TOKENS -> TokenItems.input(graph, items);
        };
    }

    private static TokenItems.Source learned(ItemTables tables) {
        return (graph, prefix, settings) -> new LearnedItems(graph, prefix, settings, tables);
    }

    /// States of histories, see [Encoder#encode].
    Value encode(Value history, Value length, Dropout dropout) {
        return encoder.encode(history, length, dropout);
    }

    /// `f(s)`, see [ItemVectors#logits]; corrected where a sample of the items stands for all, see [ItemTables].
    Value logits(Value states) {
        Value logits = vectors.logits(states);
        return tables.sampled().map(s -> logits.add(s.corrections())).orElse(logits);
    }

    /// What the Q head reads where the environment's states are used: `s + W s^e`, with `s^e` brought to a
    /// mean square of 1, since the environment gives only its direction a meaning.
    ///
    /// @param environment float [rows, width]; a row of zeros adds nothing
    Value join(Value states, Value environment) {
        long width = environment.size(-1);
        int hidden = settings.hidden();
        Value projection =
                graph.parameter(
                        prefix + "environment.weight",
                        Initial.glorot(width, hidden),
                        width,
                        hidden);
        Value direction = environment.unitLength().multiply((float) Math.sqrt((double) width));
        return states.add(direction.matmul(projection));
    }

    /// `W' s`, to be compared with the environment's states: float [rows, width].
    Value project(Value states, int width) {
        int hidden = settings.hidden();
        return states.matmul(
                graph.parameter(
                        prefix + "alignment.weight", Initial.glorot(hidden, width), hidden, width));
    }

    /// `Q(s, a)` of a few actions a row.
    ///
    /// @param actions int64 [rows, k]
    /// @return float [rows, k]
    Value values(Value states, Value actions) {
        Value rows = weight("q").gather(actions);
        return rows.multiply(states.unsqueeze(1)).sum(false, -1).add(bias("q").gather(actions));
    }

    /// `argmax_a Q(s, a)`, int64 [rows]; among the candidates and the logged actions where a sample of the items
    /// stands for all. No gradient passes.
    Value best(Value states) {
        Value weight = weight("q");
        Value bias = bias("q");
        if (tables.sampled().isPresent()) {
            ItemTables.Sampled sampled = tables.sampled().get();
            int competing = sampled.slots().competing();
            weight = weight.slice(0, 0, competing);
            bias = bias.slice(0, 0, competing).add(sampled.open());
        }
        return states.stopGradient().affine(weight.transposeLast(), bias).argMax();
    }

    private Value weight(String head) {
        int hidden = settings.hidden();
        return tables.valued(
                graph, prefix + head + ".weight", Initial.uniform(1 / Math.sqrt(hidden)), hidden);
    }

    private Value bias(String head) {
        return tables.valued(graph, prefix + head + ".bias", Initial.zeros());
    }
}
