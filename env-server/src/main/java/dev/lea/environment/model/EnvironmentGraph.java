package dev.lea.environment.model;

import dev.lea.environment.model.Row.Recall;
import dev.lea.serving.Failure;
import dev.lea.serving.feature.EnvironmentSpec;
import dev.lea.serving.feature.KeyValueShape;
import dev.lea.serving.feature.PackedBatch;
import dev.lea.serving.onnx.ElementType;
import dev.lea.serving.onnx.OnnxModel;
import dev.lea.serving.onnx.Outputs;
import dev.lea.serving.onnx.Tensor;
import dev.lea.serving.onnx.TensorSpec;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;

/// The environment's two graphs, the items' table and what is fed to adapt the language model, with the contract of
/// their inputs and outputs.
///
/// Safe to run from many threads; native code, so only from platform threads.
final class EnvironmentGraph implements AutoCloseable {
    private static final long OPEN = -1;

    private static final String ITEMS = "item_tokens";

    private final Parts parts;
    private final Tensor table;
    private final Map<String, Tensor> shared;
    private final int itemCount;
    private final int width;
    private final Optional<KeyValueShape> keyValues;
    private final AtomicInteger sharers; // of the parts; the last one closes them

    private EnvironmentGraph(
            Parts parts, Tensor table, int itemCount, int width, AtomicInteger sharers) {
        this.sharers = sharers;
        this.parts = parts;
        this.table = table;
        Map<String, Tensor> all = new HashMap<>(parts.adapter);
        all.put(ITEMS, table);
        this.shared = Map.copyOf(all);
        this.itemCount = itemCount;
        this.width = width;
        this.keyValues = KeyValueShape.of(parts.model().inputs());
    }

    /// What it is made of beside the table.
    ///
    /// @param adapter further inputs of the model's graph, the same at every run, by name
    record Parts(Backbones.Hold backbone, OnnxModel retrieve, Map<String, Tensor> adapter)
            implements AutoCloseable {
        OnnxModel model() {
            return backbone.model();
        }

        @Override
        public void close() {
            backbone.close();
            retrieve.close();
            adapter.values().forEach(Tensor::close);
        }
    }

    /// What a run gave; null where it was not asked for.
    ///
    /// @param states  [rows, length, D]
    /// @param scores  raw R [rows, length]
    /// @param present [rows, parts, heads, length, dimension]
    record Result(float[] states, float[] scores, float[] present) {}

    /// An output of the model's graph.
    enum Output {
        STATES("states"),
        SCORES("scores"),
        PRESENT(KeyValueShape.PRESENT);

        private final String key;

        Output(String key) {
            this.key = key;
        }
    }

    /// What retrieval found, row-major [rows, k], the most similar first.
    ///
    /// @param similarities -infinity marks an empty place
    record Nearest(int k, int[] items, float[] similarities) {}

    /// Takes over parts and table; when that fails it closes them.
    ///
    /// @param table [n, W]
    /// @throws Failure.Corrupt if a graph does not keep the contract
    static EnvironmentGraph of(Parts parts, Tensor table, EnvironmentSpec spec) {
        OnnxModel model = parts.model();
        OnnxModel retrieve = parts.retrieve;
        long n = table.shape()[0];
        long w = table.shape()[1];
        long d = spec.width();
        var graph = new EnvironmentGraph(parts, table, (int) n, spec.width(), new AtomicInteger(1));
        try {
            var inputs = new Side("model.onnx", "input", model.inputs());
            for (String name : List.of("tokens", "position", "block", "limit")) {
                inputs.expect(name, ElementType.INT64, OPEN, OPEN);
            }
            inputs.expect(ITEMS, ElementType.FLOAT, n, w);
            for (var adapter : parts.adapter.entrySet()) {
                inputs.expect(adapter.getKey(), ElementType.FLOAT, adapter.getValue().shape());
            }
            var outputs = new Side("model.onnx", "output", model.outputs());
            outputs.expect("states", ElementType.FLOAT, OPEN, OPEN, d);
            outputs.expect("scores", ElementType.FLOAT, OPEN, OPEN);
            if (graph.keyValues.isPresent()) {
                KeyValueShape shape = graph.keyValues.get();
                long[] past = {OPEN, shape.parts(), shape.heads(), OPEN, shape.dimension()};
                inputs.expect(KeyValueShape.PAST, ElementType.FLOAT, past);
                inputs.expect(KeyValueShape.PAST_POSITION, ElementType.INT64, OPEN, OPEN);
                outputs.expect(KeyValueShape.PRESENT, ElementType.FLOAT, past);
            }
            inputs.expectNoMore();
            inputs = new Side("retrieve.onnx", "input", retrieve.inputs());
            inputs.expect("states", ElementType.FLOAT, OPEN, d);
            inputs.expect(ITEMS, ElementType.FLOAT, n, w);
            inputs.expect("excluded", ElementType.INT64, OPEN, OPEN);
            inputs.expect("k", ElementType.INT64, 1);
            inputs.expectNoMore();
            outputs = new Side("retrieve.onnx", "output", retrieve.outputs());
            outputs.expect("top_items", ElementType.INT64, OPEN, OPEN);
            outputs.expect("top_similarities", ElementType.FLOAT, OPEN, OPEN);
            return graph;
        } catch (RuntimeException e) {
            graph.close();
            throw e;
        }
    }

    /// The same graphs over the first rows of the table and others behind them. Whoever has one of the two closes
    /// it; the graphs are closed with the last.
    EnvironmentGraph withOthers(int own, List<float[]> rows) {
        int columns = columns();
        Tensor other = Tensor.zeros(ElementType.FLOAT, own + rows.size(), columns);
        var out = other.floats();
        out.put(table.floats().slice(0, own * columns));
        rows.forEach(out::put);
        sharers.incrementAndGet();
        return new EnvironmentGraph(parts, other, own + rows.size(), width, sharers);
    }

    /// Floats of an item's row, W.
    int columns() {
        return (int) table.shape()[1];
    }

    /// Items in the catalogue, n.
    int itemCount() {
        return itemCount;
    }

    /// Floats of a state, D.
    int width() {
        return width;
    }

    /// The graph that probes are replayed on.
    OnnxModel model() {
        return parts.model();
    }

    /// Inputs that probes do not hold.
    Map<String, Tensor> shared() {
        return shared;
    }

    /// What it remembers of a place; empty if it is a graph that remembers nothing.
    Optional<KeyValueShape> keyValues() {
        return keyValues;
    }

    /// State at every place, [rows, length, D].
    float[] states(PackedBatch batch) {
        return run(batch, List.of(), Set.of(Output.STATES)).states;
    }

    /// Raw R at every place, [rows, length].
    float[] scores(PackedBatch batch) {
        return run(batch, List.of(), Set.of(Output.SCORES)).scores;
    }

    /// Runs rows that go on from what is remembered.
    ///
    /// @param recalls of each row; none at all if no row remembers anything
    Result run(PackedBatch batch, List<Recall> recalls, Set<Output> wanted) {
        Map<String, Tensor> inputs = new HashMap<>();
        try {
            inputs.putAll(batch.tensors());
            keyValues.ifPresent(shape -> putPast(inputs, shape, batch.rows(), recalls));
            Map<String, Tensor> all = new HashMap<>(inputs);
            all.putAll(shared);
            try (Outputs outputs =
                    parts.model().run(all, wanted.stream().map(o -> o.key).toList())) {
                return new Result(
                        read(outputs, wanted, Output.STATES, batch, width),
                        read(outputs, wanted, Output.SCORES, batch, 1),
                        read(
                                outputs,
                                wanted,
                                Output.PRESENT,
                                batch,
                                keyValues.map(KeyValueShape::floats).orElse(0)));
            }
        } finally {
            inputs.values().forEach(Tensor::close);
        }
    }

    /// The k items most similar to each state.
    ///
    /// @param states   [excluded.length, D]
    /// @param excluded a row's items that are not to be found, in any order
    /// @param k        1..n
    Nearest nearest(float[] states, int[][] excluded, int k) {
        int rows = excluded.length;
        Map<String, Tensor> inputs = new LinkedHashMap<>();
        try {
            inputs.put("states", Tensor.of(states, rows, width));
            inputs.put("excluded", padded(excluded));
            inputs.put("k", Tensor.of(new long[] {k}, 1));
            Map<String, Tensor> all = new HashMap<>(inputs);
            all.put(ITEMS, table);
            try (Outputs outputs =
                    parts.retrieve.run(all, List.of("top_items", "top_similarities"))) {
                long[] items = outputs.longs("top_items");
                float[] similarities = outputs.floats("top_similarities");
                checkSize("top_items", items.length, (long) rows * k);
                checkSize("top_similarities", similarities.length, (long) rows * k);
                return checked(k, items, similarities);
            }
        } finally {
            inputs.values().forEach(Tensor::close);
        }
    }

    @Override
    public void close() {
        table.close();
        if (sharers.decrementAndGet() == 0) {
            parts.close();
        }
    }

    private static float[] read(
            Outputs outputs, Set<Output> wanted, Output output, PackedBatch batch, int columns) {
        if (!wanted.contains(output)) {
            return null;
        }
        float[] values = outputs.floats(output.key);
        checkSize(output.key, values.length, (long) batch.rows() * batch.length() * columns);
        return values;
    }

    private static void putPast(
            Map<String, Tensor> inputs, KeyValueShape shape, int rows, List<Recall> recalls) {
        int longest = recalls.stream().mapToInt(Recall::places).max().orElse(0);
        if (longest == 0) {
            inputs.putAll(shape.nothing(rows));
            return;
        }
        long[] positions = new long[rows * longest];
        Arrays.fill(positions, KeyValueShape.NOWHERE);
        float[] past = new float[Math.multiplyExact(rows, shape.floats() * longest)];
        for (int row = 0; row < rows; row++) {
            Recall recall = recalls.get(row);
            recall.keyValues()
                    .copyTo(shape, recall.places(), past, row * shape.floats() * longest, longest);
            for (int place = 0; place < recall.places(); place++) {
                positions[row * longest + place] = place;
            }
        }
        inputs.put(
                KeyValueShape.PAST,
                Tensor.of(past, rows, shape.parts(), shape.heads(), longest, shape.dimension()));
        inputs.put(KeyValueShape.PAST_POSITION, Tensor.of(positions, rows, longest));
    }

    /// Lists of different lengths as one tensor [rows, longest], padded with n; at least one column.
    private Tensor padded(int[][] lists) {
        int longest = 1;
        for (int[] list : lists) {
            longest = Math.max(longest, list.length);
        }
        Tensor tensor = Tensor.zeros(ElementType.INT64, lists.length, longest);
        var out = tensor.longs();
        for (int[] list : lists) {
            for (int i = 0; i < longest; i++) {
                out.put(i < list.length ? list[i] : itemCount);
            }
        }
        return tensor;
    }

    private Nearest checked(int k, long[] items, float[] similarities) {
        int[] found = new int[items.length];
        for (int i = 0; i < items.length; i++) {
            if (Float.isNaN(similarities[i])) {
                throw new Failure.Broken("retrieval gave a similarity of NaN", null);
            }
            boolean empty = similarities[i] == Float.NEGATIVE_INFINITY;
            if (!empty && (items[i] < 0 || items[i] >= itemCount)) {
                throw new Failure.Broken(
                        "retrieval gave item " + items[i] + " of " + itemCount, null);
            }
            found[i] = empty ? itemCount : (int) items[i];
        }
        return new Nearest(k, found, similarities);
    }

    private static void checkSize(String output, int size, long expected) {
        if (size != expected) {
            throw new Failure.Broken(
                    output + " has " + size + " elements instead of " + expected, null);
        }
    }

    /// The inputs or the outputs of a graph.
    private static final class Side {
        private final String file;
        private final String what;
        private final Map<String, TensorSpec> specs = new LinkedHashMap<>();
        private final Set<String> open = new LinkedHashSet<>();

        Side(String file, String what, List<TensorSpec> specs) {
            this.file = file;
            this.what = what;
            specs.forEach(spec -> {
                this.specs.put(spec.name(), spec);
                open.add(spec.name());
            });
        }

        void expect(String name, ElementType type, long... shape) {
            TensorSpec spec =
                    Optional.ofNullable(specs.get(name))
                            .orElseThrow(() -> mismatch("lacks the " + what + " " + name));
            open.remove(name);
            boolean fits = spec.type() == type && spec.shape().size() == shape.length;
            for (int i = 0; fits && i < shape.length; i++) {
                long is = spec.shape().get(i);
                // an input that is open here must take any size; of an output any size is checked
                // as it comes
                fits =
                        shape[i] == OPEN
                                ? is == OPEN || what.equals("output")
                                : is == OPEN || is == shape[i];
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
        }

        void expectNoMore() {
            if (!open.isEmpty()) {
                throw mismatch("has %ss that nothing is fed to: %s".formatted(what, open));
            }
        }

        private Failure mismatch(String problem) {
            return new Failure.Corrupt("SCHEMA_MISMATCH", file + " " + problem);
        }
    }
}
