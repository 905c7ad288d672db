package dev.lea.bench;

import dev.lea.serving.bundle.Bundle;
import dev.lea.serving.bundle.BundleWriter;
import dev.lea.serving.bundle.ItemIndex;
import dev.lea.serving.bundle.Manifest;
import dev.lea.serving.bundle.Probes;
import dev.lea.serving.onnx.ElementType;
import dev.lea.serving.onnx.GraphBuilder;
import dev.lea.serving.onnx.OnnxModel;
import dev.lea.serving.onnx.OnnxOptions;
import dev.lea.serving.onnx.Tensor;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/// A policy whose answers are known: `score(j) = mean of W[h, j] over the history's last L items`, an empty history
/// being the padding's row. Item i is called "item-i".
///
/// @param items  n
/// @param length L
/// @param shift  added to the scores of even items, and three times to those of odd ones, so that versions differ by
///               at least as much in every score, and in their order
record SyntheticPolicy(int items, int length, float shift) {
    static String id(int item) {
        return "item-" + item;
    }

    static int index(String id) {
        return Integer.parseInt(id.substring("item-".length()));
    }

    /// The scores of all items.
    float[] scores(int[] history) {
        int from = Math.max(0, history.length - length);
        int used = history.length - from;
        float[] scores = new float[items];
        for (int j = 0; j < items; j++) {
            float sum = 0;
            for (int i = 0; i < used; i++) {
                sum += weight(history[from + i], j);
            }
            scores[j] = bias(j) + sum / Math.max(1, used);
        }
        return scores;
    }

    /// Writes a bundle.
    ///
    /// @param mark told apart bundles of one policy
    /// @param nan  whether the weights are not numbers, although the probes are of those that are
    Path write(Path folder, double mark, boolean nan) {
        byte[] sound = onnx(weights());
        byte[] onnx = sound;
        if (nan) {
            float[] weights = new float[(items + 1) * (items + 1)];
            Arrays.fill(weights, Float.NaN);
            onnx = onnx(weights);
        }
        try (var writer = BundleWriter.create(folder);
                var model = OnnxModel.load(sound, OnnxOptions.SERVING)) {
            writer.write(Bundle.MODEL, onnx);
            writer.write(
                    ItemIndex.of(IntStream.range(0, items).mapToObj(SyntheticPolicy::id).toList()));
            writer.write(Bundle.PROBES, probes(model).toBytes());
            var draft =
                    Manifest.draft(
                            "policy",
                            "policy",
                            model.inputs(),
                            model.outputs(),
                            Map.of(),
                            Map.of("mark", mark),
                            Map.of());
            return writer.commit(draft).folder();
        }
    }

    private static float weight(int history, int item) {
        return (float) Math.sin(1 + 3.7 * history + 0.9 * item + 0.01 * history * item);
    }

    private float bias(int item) {
        return (float) Math.sin(2.3 * item) + (item % 2 == 0 ? shift : 3 * shift);
    }

    /// One more row, of zeros, for padded places, and one more column that only padded exclusions write to.
    private float[] weights() {
        int side = items + 1;
        float[] weights = new float[side * side];
        for (int h = 0; h < items; h++) {
            for (int j = 0; j < items; j++) {
                weights[h * side + j] = weight(h, j);
            }
        }
        return weights;
    }

    private Probes probes(OnnxModel model) {
        long[] history = new long[length];
        Arrays.fill(history, items);
        history[0] = 1;
        try (var historyIn = Tensor.of(history, 1, length);
                var lengthIn = Tensor.of(new long[] {1}, 1);
                var none = Tensor.of(new long[] {items}, 1, 1);
                var unrestricted = Tensor.of(new boolean[] {true}, 1, 1);
                var k = Tensor.of(new long[] {3}, 1)) {
            Map<String, Tensor> call =
                    Map.of(
                            "history", historyIn,
                            "length", lengthIn,
                            "excluded", none,
                            "allowed", none,
                            "unrestricted", unrestricted,
                            "k", k);
            return Probes.record(
                    model, List.of(call), List.of("top_items", "top_scores", "scores"), Map.of());
        }
    }

    private byte[] onnx(float[] weights) {
        int side = items + 1;
        float[] bias = new float[side];
        for (int j = 0; j < items; j++) {
            bias[j] = bias(j);
        }
        return new GraphBuilder()
                .input("history", ElementType.INT64, "batch", length)
                .input("length", ElementType.INT64, "batch")
                .input("excluded", ElementType.INT64, "batch", "E")
                .input("allowed", ElementType.INT64, "batch", "A")
                .input("unrestricted", ElementType.BOOL, "batch", 1)
                .input("k", ElementType.INT64, 1)
                .output("top_items", ElementType.INT64, "batch", "places")
                .output("top_scores", ElementType.FLOAT, "batch", "places")
                .output("scores", ElementType.FLOAT, "batch", items)
                .constant("W", weights, side, side)
                .constant("b", bias, 1, side)
                .constant("minus_infinity", new float[] {Float.NEGATIVE_INFINITY})
                .constant("zero", new float[] {0})
                .constant("one", new float[] {1})
                .constant("axis", new long[] {1}, 1)
                .constant("from", new long[] {0}, 1)
                .constant("to", new long[] {items}, 1)
                .node("Gather", List.of("W", "history"), List.of("gathered"), "axis", 0)
                .node("ReduceSum", List.of("gathered", "axis"), List.of("sum"), "keepdims", 0)
                .node("Cast", List.of("length"), List.of("length_f"), "to", 1)
                .node("Unsqueeze", List.of("length_f", "axis"), List.of("divisor"))
                .node("Div", List.of("sum", "divisor"), List.of("mean"))
                .node("Add", List.of("mean", "b"), List.of("logits"))
                .node("Shape", List.of("excluded"), List.of("excluded_shape"))
                .node("Expand", List.of("minus_infinity", "excluded_shape"), List.of("lowered"))
                .node(
                        "ScatterElements",
                        List.of("logits", "excluded", "lowered"),
                        List.of("kept"),
                        "axis",
                        1)
                .node("Shape", List.of("logits"), List.of("logits_shape"))
                .node("Expand", List.of("zero", "logits_shape"), List.of("nothing"))
                .node("Shape", List.of("allowed"), List.of("allowed_shape"))
                .node("Expand", List.of("one", "allowed_shape"), List.of("raised"))
                .node(
                        "ScatterElements",
                        List.of("nothing", "allowed", "raised"),
                        List.of("listed_f"),
                        "axis",
                        1)
                .node("Cast", List.of("listed_f"), List.of("listed"), "to", 9)
                .node("Or", List.of("listed", "unrestricted"), List.of("passes"))
                .node("Where", List.of("passes", "kept", "minus_infinity"), List.of("masked"))
                .node("Slice", List.of("masked", "from", "to", "axis"), List.of("scores"))
                .node("TopK", List.of("scores", "k"), List.of("top_scores", "top_items"), "axis", 1)
                .build();
    }
}
