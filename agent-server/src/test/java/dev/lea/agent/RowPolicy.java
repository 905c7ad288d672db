package dev.lea.agent;

import dev.lea.serving.bundle.Bundle;
import dev.lea.serving.bundle.BundleWriter;
import dev.lea.serving.bundle.Manifest;
import dev.lea.serving.bundle.Probes;
import dev.lea.serving.onnx.ElementType;
import dev.lea.serving.onnx.GraphBuilder;
import dev.lea.serving.onnx.OnnxModel;
import dev.lea.serving.onnx.OnnxOptions;
import dev.lea.serving.onnx.Tensor;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// A policy that reads items' rows and whose answers are known:
/// `score(j) = shift + row(j) . (sum of the rows of the newest L items) / max(1, items)`.
///
/// @param items  n
/// @param shift  added to every score, so that versions can be told apart by their answers
record RowPolicy(int items, float shift) {
    static final int COLUMNS = 3;
    static final int LENGTH = 4;
    static final String ENVIRONMENT = "e".repeat(64);

    /// Row of any item, also of one that comes later.
    static float[] row(int item) {
        return new float[] {
            (float) Math.sin(1 + item), (float) Math.cos(2.3 * item), (float) Math.sin(0.7 * item)
        };
    }

    float score(int[] history, int item) {
        int from = Math.max(0, history.length - LENGTH);
        float[] own = row(item);
        float sum = 0;
        for (int i = from; i < history.length; i++) {
            float[] read = row(history[i]);
            for (int c = 0; c < COLUMNS; c++) {
                sum += read[c] * own[c];
            }
        }
        return shift + sum / Math.max(1, history.length - from);
    }

    /// The best k of the first `count` items.
    int[] best(int count, int[] history, int k) {
        return java.util.stream.IntStream.range(0, count)
                .boxed()
                .sorted((a, b) -> Float.compare(score(history, b), score(history, a)))
                .limit(k)
                .mapToInt(Integer::intValue)
                .toArray();
    }

    Path write(Path folder) {
        return write(folder, Map.of("environment", ENVIRONMENT), true, "n");
    }

    /// @param parents of the manifest
    /// @param table   whether the bundle holds the rows
    /// @param rows    first dimension of the graph's input
    Path write(Path folder, Map<String, String> parents, boolean table, Object rows) {
        byte[] onnx = onnx(rows);
        try (var writer = BundleWriter.create(folder);
                var model = OnnxModel.load(onnx, OnnxOptions.SERVING)) {
            writer.write(Bundle.MODEL, onnx);
            writer.write(TestBundles.index(items));
            if (table) {
                writer.write("item_tokens.f32", bytes());
            }
            writer.write(Bundle.PROBES, probes(model).toBytes());
            return writer.commit(
                            Manifest.draft(
                                    "policy",
                                    "policy",
                                    model.inputs(),
                                    model.outputs(),
                                    parents,
                                    Map.of(),
                                    Map.of()))
                    .folder();
        }
    }

    private float[] rows(int more) {
        float[] rows = new float[(items + more) * COLUMNS];
        for (int item = 0; item < items; item++) {
            System.arraycopy(row(item), 0, rows, item * COLUMNS, COLUMNS);
        }
        return rows;
    }

    private byte[] bytes() {
        var bytes = ByteBuffer.allocate(4 * items * COLUMNS).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asFloatBuffer().put(rows(0));
        return bytes.array();
    }

    private Probes probes(OnnxModel model) {
        long[] history = new long[LENGTH];
        Arrays.fill(history, items);
        history[0] = 1;
        Map<String, Tensor> call = new HashMap<>();
        try (var table = Tensor.of(rows(1), items + 1L, COLUMNS)) {
            call.put("history", Tensor.of(history, 1, LENGTH));
            call.put("length", Tensor.of(new long[] {1}, 1));
            call.put("excluded", Tensor.of(new long[] {items}, 1, 1));
            call.put("allowed", Tensor.of(new long[] {items}, 1, 1));
            call.put("unrestricted", Tensor.of(new boolean[] {true}, 1, 1));
            call.put("k", Tensor.of(new long[] {3}, 1));
            return Probes.record(
                    model,
                    List.of(call),
                    List.of("top_items", "top_scores", "scores"),
                    Map.of("item_tokens", table));
        } finally {
            call.values().forEach(Tensor::close);
        }
    }

    private byte[] onnx(Object rows) {
        return new GraphBuilder()
                .input("history", ElementType.INT64, "batch", LENGTH)
                .input("length", ElementType.INT64, "batch")
                .input("excluded", ElementType.INT64, "batch", "E")
                .input("allowed", ElementType.INT64, "batch", "A")
                .input("unrestricted", ElementType.BOOL, "batch", 1)
                .input("k", ElementType.INT64, 1)
                .input("item_tokens", ElementType.FLOAT, rows, COLUMNS)
                .output("top_items", ElementType.INT64, "batch", "places")
                .output("top_scores", ElementType.FLOAT, "batch", "places")
                .output("scores", ElementType.FLOAT, "batch", "n")
                .constant("shift", new float[] {shift})
                .constant("minus_infinity", new float[] {Float.NEGATIVE_INFINITY})
                .constant("zero", new float[] {0})
                .constant("one", new float[] {1})
                .constant("axis", new long[] {1}, 1)
                .constant("from", new long[] {0}, 1)
                .constant("to", new long[] {-1}, 1)
                .node("Gather", List.of("item_tokens", "history"), List.of("gathered"), "axis", 0)
                .node("ReduceSum", List.of("gathered", "axis"), List.of("sum"), "keepdims", 0)
                .node("Cast", List.of("length"), List.of("length_f"), "to", 1)
                .node("Unsqueeze", List.of("length_f", "axis"), List.of("divisor"))
                .node("Div", List.of("sum", "divisor"), List.of("state"))
                .node("Gemm", List.of("state", "item_tokens"), List.of("products"), "transB", 1)
                .node("Add", List.of("products", "shift"), List.of("logits"))
                .node("Shape", List.of("excluded"), List.of("excluded_shape"))
                .node(
                        "Expand",
                        List.of("minus_infinity", "excluded_shape"),
                        List.of("excluded_updates"))
                .node(
                        "ScatterElements",
                        List.of("logits", "excluded", "excluded_updates"),
                        List.of("kept"),
                        "axis",
                        1)
                .node("Shape", List.of("logits"), List.of("logits_shape"))
                .node("Expand", List.of("zero", "logits_shape"), List.of("nothing_allowed"))
                .node("Shape", List.of("allowed"), List.of("allowed_shape"))
                .node("Expand", List.of("one", "allowed_shape"), List.of("allowed_updates"))
                .node(
                        "ScatterElements",
                        List.of("nothing_allowed", "allowed", "allowed_updates"),
                        List.of("allowed_f"),
                        "axis",
                        1)
                .node("Cast", List.of("allowed_f"), List.of("listed"), "to", 9)
                .node("Or", List.of("listed", "unrestricted"), List.of("passes"))
                .node("Where", List.of("passes", "kept", "minus_infinity"), List.of("masked"))
                .node("Slice", List.of("masked", "from", "to", "axis"), List.of("scores"))
                .node("TopK", List.of("scores", "k"), List.of("top_scores", "top_items"), "axis", 1)
                .build();
    }
}
