package dev.lea.trainer.agent;

import dev.lea.serving.onnx.ElementType;
import dev.lea.trainer.net.Graph;
import dev.lea.trainer.net.Initial;
import dev.lea.trainer.net.Value;
import java.util.Optional;

/// Items by their rows E in the environment's table. With x an item's row at mean 0 and deviation 1 a column,
/// ```
/// read:   x M                              M [W, hidden]
/// scored: (s N + o) . x                    N [hidden, W], o [W]
/// ```
/// M, N and o are learned, the rows are not: an item of which there was no event is read and scored as the rows of
/// others have taught. In scores the mean is left out, since it adds the same to all items.
///
/// @param spread  of the rows that are trained on; the same for rows that come later
/// @param rows    float [n + 1, W], the last row for the pad; or those of chosen items
/// @param columns float [W, n] or [W, n + 1]; or those of chosen items
/// @param mask    float [n], added to the scores
record TokenItems(
        Graph graph,
        String prefix,
        EncoderSettings settings,
        ItemRows.Spread spread,
        Value mean,
        Value inverseDeviation,
        Value rows,
        Value columns,
        Optional<Value> mask)
        implements ItemVectors {
    /// The graph's input with the rows of all items, and then one of zeros for the pad: float [n + 1, W].
    static final String INPUT = "item_tokens";

    /// The rows that the histories of an update of the sampled form hold: float [read, W].
    static final String READ = INPUT + ".read";

    /// The rows that are scored in it: float [scored, W].
    static final String SCORED = INPUT + ".scored";

    private static final long OPEN = -1;

    /// Where the networks of a graph find the rows.
    interface Source {
        ItemVectors vectors(Graph graph, String prefix, EncoderSettings settings);
    }

    /// Rows that are part of the graph.
    ///
    /// @param mask added to the scores of all items; empty for none
    static Source constant(Graph graph, PolicyItems items, Optional<float[]> mask) {
        ItemRows all = items.expectRows();
        long n = all.count();
        long w = all.columns();
        return source(
                graph,
                items,
                graph.constant(INPUT, all.padded(), n + 1, w),
                graph.constant(INPUT + ".transposed", all.transposed(), w, n),
                mask.map(elements -> graph.constant(INPUT + ".mask", elements, n)));
    }

    /// Rows that are fed: for serving.
    ///
    /// @param items that were trained on
    static Source input(Graph graph, PolicyItems items) {
        Value rows = graph.input(INPUT, ElementType.FLOAT, OPEN, items.expectRows().columns());
        return source(graph, items, rows, rows.transposeLast(), Optional.empty());
    }

    /// Rows that are chosen for each update.
    ///
    /// @param items that are trained on
    static Source chosen(Graph graph, PolicyItems items, Slots slots) {
        int width = items.expectRows().columns();
        Value read = graph.input(READ, ElementType.FLOAT, slots.read(), width);
        Value scored = graph.input(SCORED, ElementType.FLOAT, slots.scored(), width);
        return source(graph, items, read, scored.transposeLast(), Optional.empty());
    }

    private static Source source(
            Graph graph, PolicyItems items, Value rows, Value columns, Optional<Value> mask) {
        ItemRows.Spread spread = items.spread();
        int width = spread.mean().length;
        Value mean = graph.constant(INPUT + ".mean", spread.mean(), width);
        Value inverse =
                graph.constant(INPUT + ".inverse_deviation", spread.inverseDeviation(), width);
        return (own, prefix, settings) ->
                new TokenItems(own, prefix, settings, spread, mean, inverse, rows, columns, mask);
    }

    @Override
    public Value embedded(Value indices) {
        int width = spread.mean().length;
        Value map =
                graph.parameter(
                        prefix + "item_tokens.read",
                        Initial.normal(settings.embeddingDeviation() / Math.sqrt(width)),
                        width,
                        settings.hidden());
        return rows.gather(indices).subtract(mean).multiply(inverseDeviation).matmul(map);
    }

    @Override
    public Value logits(Value states) {
        int width = spread.mean().length;
        int hidden = settings.hidden();
        // scores start as spread as those of a vector an item
        Value map =
                graph.parameter(
                        prefix + "item_tokens.score.weight",
                        Initial.normal(1 / Math.sqrt(3.0 * hidden * width)),
                        hidden,
                        width);
        Value offset = graph.parameter(prefix + "item_tokens.score.bias", Initial.zeros(), width);
        Value scores = states.affine(map, offset).multiply(inverseDeviation).matmul(columns);
        return mask.map(scores::add).orElse(scores);
    }
}
