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
    private final int items;
    private final ItemVectors vectors;
    private final Encoder encoder;

    /// @param prefix of all parameters' names, so that two networks can share a graph
    /// @param source of the items' rows, the same for all networks of a graph; see [#source]
    PolicyNetwork(
            Graph graph,
            String prefix,
            EncoderSettings settings,
            PolicyItems items,
            TokenItems.Source source) {
        this.graph = graph;
        this.prefix = prefix;
        this.settings = settings;
        this.items = items.count();
        this.vectors = source.vectors(graph, prefix, settings);
        this.encoder = settings.architecture().encoder(graph, prefix, settings, vectors);
    }

    /// A network that is alone in its graph, to be trained.
    PolicyNetwork(Graph graph, String prefix, EncoderSettings settings, PolicyItems items) {
        this(graph, prefix, settings, items, source(graph, settings, items));
    }

    /// Where the networks of a graph that is trained find the items.
    static TokenItems.Source source(Graph graph, EncoderSettings settings, PolicyItems items) {
        return switch (settings.head()) {
            case FIXED -> learned(items);
            case TOKENS -> TokenItems.constant(graph, items, items.mask());
        };
    }

    /// The same without regard to which items took part in training.
    static TokenItems.Source unmasked(Graph graph, EncoderSettings settings, PolicyItems items) {
        return switch (settings.head()) {
            case FIXED -> learned(items);
            case TOKENS -> TokenItems.constant(graph, items, Optional.empty());
        };
    }

    /// Where the network of a graph that is served finds them.
    static TokenItems.Source served(Graph graph, EncoderSettings settings, PolicyItems items) {
        return switch (settings.head()) {
            case FIXED -> learned(items);
            case TOKENS -> TokenItems.input(graph, items);
        };
    }

    private static TokenItems.Source learned(PolicyItems items) {
        return (graph, prefix, settings) ->
                new LearnedItems(graph, prefix, settings, items.count());
    }

    /// States of histories, see [Encoder#encode].
    Value encode(Value history, Value length, Dropout dropout) {
        return encoder.encode(history, length, dropout);
    }

    /// `f(s)`, see [ItemVectors#logits].
    Value logits(Value states) {
        return vectors.logits(states);
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

    /// `argmax_a Q(s, a)`, int64 [rows]. No gradient passes.
    Value best(Value states) {
        return states.stopGradient().affine(weight("q").transposeLast(), bias("q")).argMax();
    }

    private Value weight(String head) {
        int hidden = settings.hidden();
        return graph.parameter(
                prefix + head + ".weight", Initial.uniform(1 / Math.sqrt(hidden)), items, hidden);
    }

    private Value bias(String head) {
        return graph.parameter(prefix + head + ".bias", Initial.zeros(), items);
    }
}
