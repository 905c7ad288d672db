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
import java.util.SplittableRandom;
import java.util.stream.IntStream;

/// A policy of random weights that costs what a real one's head costs: the mean of the history's vectors against the
/// vectors of all items, with exclusions, allow-list and top k. Item i is called "item-i".
///
/// @param items  n
/// @param width  of vectors
/// @param length of histories, L
record FactorPolicy(int items, int width, int length) {
    /// Writes a bundle.
    Bundle write(Path folder) {
        byte[] onnx = onnx();
        try (var writer = BundleWriter.create(folder);
                var model = OnnxModel.load(onnx, OnnxOptions.SERVING)) {
            writer.write(Bundle.MODEL, onnx);
            writer.write(
                    ItemIndex.of(IntStream.range(0, items).mapToObj(SyntheticPolicy::id).toList()));
            Map<String, Tensor> call = inputs(List.of(new int[] {1, 2}), 3);
            try {
                var probes =
                        Probes.record(
                                model, List.of(call), List.of("top_items", "top_scores"), Map.of());
                writer.write(Bundle.PROBES, probes.toBytes());
            } finally {
                call.values().forEach(Tensor::close);
            }
            return writer.commit(
                    Manifest.draft(
                            "policy",
                            "policy",
                            model.inputs(),
                            model.outputs(),
                            Map.of(),
                            Map.of(),
                            Map.of()));
        }
    }

    /// What a run on some histories is fed with; close them.
    Map<String, Tensor> inputs(List<int[]> histories, int k) {
        int rows = histories.size();
        long[] history = new long[Math.multiplyExact(rows, length)];
        Arrays.fill(history, items);
        long[] lengths = new long[rows];
        boolean[] unrestricted = new boolean[rows];
        Arrays.fill(unrestricted, true);
        long[] none = new long[rows];
        Arrays.fill(none, items);
        for (int row = 0; row < rows; row++) {
            int[] given = histories.get(row);
            int from = Math.max(0, given.length - length);
            lengths[row] = (long) given.length - from;
            for (int i = from; i < given.length; i++) {
                history[row * length + i - from] = given[i];
            }
        }
        return Map.of(
                "history", Tensor.of(history, rows, length),
                "length", Tensor.of(lengths, rows),
                "excluded", Tensor.of(none, rows, 1),
                "allowed", Tensor.of(none, rows, 1),
                "unrestricted", Tensor.of(unrestricted, rows, 1),
                "k", Tensor.of(new long[] {k}, 1));
    }

    private byte[] onnx() {
        int rows = items + 1; // one more for padded places and padded exclusions
        float[] vectors = new float[rows * width];
        var random = new SplittableRandom(1);
        for (int i = 0; i < items * width; i++) {
            vectors[i] = (float) (random.nextDouble() - 0.5);
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
                .constant("E", vectors, rows, width)
                .constant("minus_infinity", new float[] {Float.NEGATIVE_INFINITY})
                .constant("zero", new float[] {0})
                .constant("one", new float[] {1})
                .constant("axis", new long[] {1}, 1)
                .constant("from", new long[] {0}, 1)
                .constant("to", new long[] {items}, 1)
                .node("Gather", List.of("E", "history"), List.of("gathered"), "axis", 0)
                .node("ReduceSum", List.of("gathered", "axis"), List.of("sum"), "keepdims", 0)
                .node("Cast", List.of("length"), List.of("length_f"), "to", 1)
                .node("Unsqueeze", List.of("length_f", "axis"), List.of("length_1"))
                .node("Max", List.of("length_1", "one"), List.of("divisor"))
                .node("Div", List.of("sum", "divisor"), List.of("mean"))
                .node("Gemm", List.of("mean", "E"), List.of("logits"), "transB", 1)
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
