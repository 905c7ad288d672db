package dev.lea.agent;

import dev.lea.serving.Failure;
import dev.lea.serving.feature.HistoryFeature;
import dev.lea.serving.onnx.ElementType;
import dev.lea.serving.onnx.OnnxModel;
import dev.lea.serving.onnx.Outputs;
import dev.lea.serving.onnx.Tensor;
import dev.lea.serving.onnx.TensorSpec;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.function.Supplier;

/// A policy's graph with the contract of its inputs and outputs: queries in, rankings out.
///
/// Queries of one run may differ in everything: the tensors are as wide as the widest of them, and each
/// ranking is cut to what its query asked for. Safe to run from many threads; native code, so only from
/// platform threads.
final class PolicyGraph implements AutoCloseable {
    /// The input with the items' rows.
    static final String ITEM_TOKENS = "item_tokens";

    private static final long OPEN = -1;

    private final OnnxModel model;
    private final HistoryFeature feature;
    private final Optional<Tensor> table; // [n + 1, W]
    private final AtomicInteger sharers; // of the model; the last one closes it

    private PolicyGraph(
            OnnxModel model,
            HistoryFeature feature,
            Optional<Tensor> table,
            AtomicInteger sharers) {
        this.model = model;
        this.feature = feature;
        this.table = table;
        this.sharers = sharers;
    }

    /// Takes over a loaded graph that knows its items by itself; when that fails it closes it.
    ///
    /// @param itemCount items in the bundle's index, n
    /// @throws Failure.Corrupt if the graph does not keep the contract
    static PolicyGraph of(OnnxModel model, int itemCount) {
        return of(model, itemCount, Optional.empty());
    }

    /// Takes over a loaded graph and the rows that it reads; when that fails it closes them.
    ///
    /// @param itemCount items in the bundle's index, n
    /// @param table     [n + 1, W], the last row for the pad; empty for a graph that knows its items by itself
    /// @throws Failure.Corrupt if the graph does not keep the contract
    static PolicyGraph of(OnnxModel model, int itemCount, Optional<Tensor> table) {
        try {
            Map<String, TensorSpec> inputs = byName(model.inputs());
            Map<String, TensorSpec> outputs = byName(model.outputs());
            long n = itemCount;
            List<Long> history = expect("input", inputs, "history", ElementType.INT64, OPEN, OPEN);
            expect("input", inputs, "length", ElementType.INT64, OPEN);
            expect("input", inputs, "excluded", ElementType.INT64, OPEN, OPEN);
            expect("input", inputs, "allowed", ElementType.INT64, OPEN, OPEN);
            expect("input", inputs, "unrestricted", ElementType.BOOL, OPEN, 1);
            expect("input", inputs, "k", ElementType.INT64, 1);
            expect("output", outputs, "top_items", ElementType.INT64, OPEN, OPEN);
            expect("output", outputs, "top_scores", ElementType.FLOAT, OPEN, OPEN);
            expect("output", outputs, "scores", ElementType.FLOAT, OPEN, n);
            table.ifPresent(rows ->
                    expect("input", inputs, ITEM_TOKENS, ElementType.FLOAT, OPEN, rows.shape()[1]));
            int known = table.isPresent() ? 7 : 6;
            if (inputs.size() != known) {
                throw mismatch(
                        "has inputs %s, of which only %d are known"
                                .formatted(inputs.keySet(), known));
            }
            long length = history.get(1);
            if (length < 1 || length > 10_000) {
                throw mismatch(
                        "must fix the length of its input history in [1, 10000] but has shape "
                                + history);
            }
            return new PolicyGraph(
                    model,
                    new HistoryFeature(itemCount, (int) length),
                    table,
                    new AtomicInteger(1));
        } catch (RuntimeException e) {
            model.close();
            table.ifPresent(Tensor::close);
            throw e;
        }
    }

    /// Floats of a row that a graph reads of each item; empty for a graph that knows its items by itself.
    ///
    /// @throws Failure.Corrupt if the graph reads rows of no fixed width, or of a fixed number of items
    static OptionalInt columns(OnnxModel model) {
        TensorSpec spec = byName(model.inputs()).get(ITEM_TOKENS);
        if (spec == null) {
            return OptionalInt.empty();
        }
        List<Long> shape = spec.shape();
        boolean fits = shape.size() == 2 && shape.get(0) == OPEN && shape.get(1) >= 1;
        if (!fits || shape.get(1) > 1 << 22) {
            throw mismatch(
                    "has the input %s as %s but must have [-1, columns] (-1: open)"
                            .formatted(ITEM_TOKENS, shape));
        }
        return OptionalInt.of(shape.get(1).intValue());
    }

    /// The same graph over the first rows of its table and others behind them. Whoever has one of the two closes it; the
    /// model is closed with the last.
    ///
    /// @param own rows that stay
    /// @throws Failure.Corrupt if a row is of another width
    PolicyGraph withOthers(int own, List<float[]> rows) {
        Tensor before = table.orElseThrow();
        int columns = (int) before.shape()[1];
        for (float[] row : rows) {
            if (row.length != columns) {
                throw new Failure.Corrupt(
                        "REVISION_MISMATCH",
                        "an added row has %d floats but the policy reads %d"
                                .formatted(row.length, columns));
            }
        }
        int count = own + rows.size();
        Tensor other = Tensor.zeros(ElementType.FLOAT, count + 1L, columns);
        var out = other.floats();
        out.put(before.floats().slice(0, own * columns));
        rows.forEach(out::put);
        sharers.incrementAndGet();
        return new PolicyGraph(
                model, new HistoryFeature(count, feature.length()), Optional.of(other), sharers);
    }

    /// Inputs that probes do not hold.
    Map<String, Tensor> shared() {
        return table.map(rows -> Map.of(ITEM_TOKENS, rows)).orElse(Map.of());
    }

    /// The graph that probes are replayed on.
    OnnxModel model() {
        return model;
    }

    /// Items in the catalogue, n.
    int itemCount() {
        return feature.itemCount();
    }

    /// Items of a history that the policy reads at most, L.
    int historyLength() {
        return feature.length();
    }

    /// Answers queries in one run. Each answer is made, and checked, when it is asked for, so that a row that is
    /// not a number fails its own query alone: with [Failure.Broken], as the run does.
    List<Supplier<Ranking>> run(List<Query> queries) {
        boolean sampled = queries.stream().anyMatch(query -> query.sampling().isPresent());
        int k = queries.stream().mapToInt(Query::k).max().orElseThrow();
        List<String> wanted =
                sampled
                        ? List.of("top_items", "top_scores", "scores")
                        : List.of("top_items", "top_scores");
        Map<String, Tensor> inputs = inputs(queries, k);
        Map<String, Tensor> fed = new LinkedHashMap<>(inputs);
        fed.putAll(shared());
        try (Outputs outputs = model.run(fed, wanted)) {
            long[] items = outputs.longs("top_items");
            float[] scores = outputs.floats("top_scores");
            float[] all = sampled ? outputs.floats("scores") : new float[0];
            checkSize("top_items", items.length, queries.size(), k);
            checkSize("top_scores", scores.length, queries.size(), k);
            if (sampled) {
                checkSize("scores", all.length, queries.size(), itemCount());
            }
            List<Supplier<Ranking>> rankings = new ArrayList<>(queries.size());
            for (int row = 0; row < queries.size(); row++) {
                Query query = queries.get(row);
                int place = row * k;
                int offset = row * itemCount();
                rankings.add(
                        query.sampling().isPresent()
                                ? () -> drawn(query, all, offset)
                                : () -> best(query.k(), items, scores, place));
            }
            return rankings;
        } finally {
            inputs.values().forEach(Tensor::close);
        }
    }

    @Override
    public void close() {
        table.ifPresent(Tensor::close);
        if (sharers.decrementAndGet() == 0) {
            model.close();
        }
    }

    private Map<String, Tensor> inputs(List<Query> queries, int k) {
        int rows = queries.size();
        Tensor history = Tensor.zeros(ElementType.INT64, rows, feature.length());
        long[] lengths = new long[rows];
        boolean[] unrestricted = new boolean[rows];
        var historyOut = history.longs();
        for (int row = 0; row < rows; row++) {
            Query query = queries.get(row);
            int[] items = query.history();
            lengths[row] = feature.write(items, 0, items.length, historyOut, row);
            unrestricted[row] = query.unrestricted();
        }
        Map<String, Tensor> inputs = new LinkedHashMap<>();
        inputs.put("history", history);
        inputs.put("length", Tensor.of(lengths, rows));
        inputs.put("excluded", padded(queries, Query::excluded));
        inputs.put("allowed", padded(queries, Query::allowed));
        inputs.put("unrestricted", Tensor.of(unrestricted, rows, 1));
        inputs.put("k", Tensor.of(new long[] {k}, 1));
        return inputs;
    }

    /// Item lists of different lengths as one tensor [rows, longest], padded with n; at least one column.
    private Tensor padded(List<Query> queries, Function<Query, int[]> list) {
        int width = 1;
        for (Query query : queries) {
            width = Math.max(width, list.apply(query).length);
        }
        Tensor tensor = Tensor.zeros(ElementType.INT64, queries.size(), width);
        var out = tensor.longs();
        for (Query query : queries) {
            int[] items = list.apply(query);
            for (int i = 0; i < width; i++) {
                out.put(i < items.length ? items[i] : itemCount());
            }
        }
        return tensor;
    }

    private Ranking drawn(Query query, float[] scores, int offset) {
        for (int i = 0; i < itemCount(); i++) {
            checkScore(scores[offset + i]);
        }
        return query.sampling().orElseThrow().draw(scores, offset, itemCount(), query.k());
    }

    private Ranking best(int k, long[] items, float[] scores, int offset) {
        int places = 0;
        while (places < k && scores[offset + places] != Float.NEGATIVE_INFINITY) {
            places++;
        }
        int[] best = new int[places];
        float[] bestScores = new float[places];
        float[] propensities = new float[places];
        for (int place = 0; place < places; place++) {
            best[place] = checkItem(items[offset + place]);
            bestScores[place] = checkScore(scores[offset + place]);
            propensities[place] = 1;
        }
        return new Ranking(best, bestScores, propensities);
    }

    private int checkItem(long item) {
        if (item < 0 || item >= itemCount()) {
            throw broken("item " + item + " of " + itemCount());
        }
        return (int) item;
    }

    private static float checkScore(float score) {
        if (!(score < Float.POSITIVE_INFINITY)) {
            throw broken("a score of " + score);
        }
        return score;
    }

    private static void checkSize(String output, int size, int rows, int columns) {
        if (size != (long) rows * columns) {
            throw broken(size + " elements in " + output + " for [" + rows + ", " + columns + "]");
        }
    }

    private static Failure broken(String what) {
        return new Failure.Broken("the policy gave " + what, null);
    }

    private static Map<String, TensorSpec> byName(List<TensorSpec> specs) {
        Map<String, TensorSpec> byName = new LinkedHashMap<>();
        specs.forEach(spec -> byName.put(spec.name(), spec));
        return byName;
    }

    private static List<Long> expect(
            String what,
            Map<String, TensorSpec> specs,
            String name,
            ElementType type,
            long... shape) {
        TensorSpec spec =
                Optional.ofNullable(specs.get(name))
                        .orElseThrow(() -> mismatch("lacks the " + what + " " + name));
        boolean fits = spec.type() == type && spec.shape().size() == shape.length;
        for (int i = 0; fits && i < shape.length; i++) {
            long is = spec.shape().get(i);
            fits = shape[i] == OPEN || is == OPEN || is == shape[i];
        }
        if (!fits) {
            throw mismatch(
                    "has the %s %s as %s %s but must have %s %s (-1: open)"
                            .formatted(
                                    what,
                                    name,
                                    spec.type(),
                                    spec.shape(),
                                    type,
                                    Arrays.toString(shape)));
        }
        return spec.shape();
    }

    private static Failure mismatch(String what) {
        return new Failure.Corrupt("SCHEMA_MISMATCH", "the policy's graph " + what);
    }
}
