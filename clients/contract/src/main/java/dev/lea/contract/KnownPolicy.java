package dev.lea.contract;

import dev.lea.serving.bundle.Bundle;
import dev.lea.serving.bundle.BundleWriter;
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

/// A policy whose answers can be worked out by hand: `score(j) = sign * (mean of W[h, j] over the history's last
/// [#LENGTH] items + j / 1000)` with `W[h, j] = ((31 h + 17 j) mod 101) / 101`, and W = 0 where the history is empty.
///
/// @param sign   1 or -1; turns the order around, so that versions can be told apart by what they recommend
/// @param burden multiplications of two [#SIDE] x [#SIDE] matrices that every call does beside, for a slow policy
record KnownPolicy(int sign, int burden) {
    static final int LENGTH = 10;

    private static final int SIDE = 256;
    private static final int ITEMS = Catalogue.ITEMS.size();

    /// One that takes about this long a call on one thread of this machine.
    static KnownPolicy slow(long millis) {
        int tried = 100;
        long nanos = Long.MAX_VALUE;
        try (var model = OnnxModel.load(new KnownPolicy(1, tried).onnx(), OnnxOptions.SERVING)) {
            for (int i = 0; i < 5; i++) {
                long start = System.nanoTime();
                probes(model);
                nanos = Math.min(nanos, System.nanoTime() - start);
            }
        }
        return new KnownPolicy(1, Math.clamp(millis * 1_000_000 * tried / nanos, tried, 5_000));
    }

    Path write(Path folder) {
        byte[] onnx = onnx();
        try (var writer = BundleWriter.create(folder);
                var model = OnnxModel.load(onnx, OnnxOptions.SERVING)) {
            writer.write(Bundle.MODEL, onnx);
            writer.write(Catalogue.ITEMS);
            writer.write(Bundle.PROBES, probes(model).toBytes());
            return writer.commit(
                            Manifest.draft(
                                    "policy",
                                    "policy",
                                    model.inputs(),
                                    model.outputs(),
                                    Map.of(),
                                    Map.of("sign", (double) sign),
                                    Map.of()))
                    .folder();
        }
    }

    private static Probes probes(OnnxModel model) {
        long[] history = new long[LENGTH];
        Arrays.fill(history, ITEMS);
        history[0] = 1;
        try (var historyIn = Tensor.of(history, 1, LENGTH);
                var length = Tensor.of(new long[] {1}, 1);
                var none = Tensor.of(new long[] {ITEMS}, 1, 1);
                var unrestricted = Tensor.of(new boolean[] {true}, 1, 1);
                var k = Tensor.of(new long[] {3}, 1)) {
            Map<String, Tensor> call =
                    Map.of(
                            "history", historyIn,
                            "length", length,
                            "excluded", none,
                            "allowed", none,
                            "unrestricted", unrestricted,
                            "k", k);
            return Probes.record(
                    model, List.of(call), List.of("top_items", "top_scores", "scores"), Map.of());
        }
    }

    private byte[] onnx() {
        int side = ITEMS + 1; // a row of zeros for padding, a column that only padded exclusions
        // write to
        float[] weights = new float[side * side];
        float[] bias = new float[side];
        for (int j = 0; j < ITEMS; j++) {
            bias[j] = sign * j / 1000f;
            for (int h = 0; h < ITEMS; h++) {
                weights[h * side + j] = sign * ((31 * h + 17 * j) % 101) / 101f;
            }
        }
        var graph =
                new GraphBuilder()
                        .input("history", ElementType.INT64, "batch", LENGTH)
                        .input("length", ElementType.INT64, "batch")
                        .input("excluded", ElementType.INT64, "batch", "E")
                        .input("allowed", ElementType.INT64, "batch", "A")
                        .input("unrestricted", ElementType.BOOL, "batch", 1)
                        .input("k", ElementType.INT64, 1)
                        .output("top_items", ElementType.INT64, "batch", "places")
                        .output("top_scores", ElementType.FLOAT, "batch", "places")
                        .output("scores", ElementType.FLOAT, "batch", ITEMS)
                        .constant("W", weights, side, side)
                        .constant("b", bias, 1, side)
                        .constant("minus_infinity", new float[] {Float.NEGATIVE_INFINITY})
                        .constant("zero", new float[] {0})
                        .constant("one", new float[] {1})
                        .constant("axis", new long[] {1}, 1)
                        .constant("from", new long[] {0}, 1)
                        .constant("to", new long[] {ITEMS}, 1)
                        .node("Gather", List.of("W", "history"), List.of("gathered"), "axis", 0)
                        .node(
                                "ReduceSum",
                                List.of("gathered", "axis"),
                                List.of("sum"),
                                "keepdims",
                                0)
                        .node("Cast", List.of("length"), List.of("length_f"), "to", 1)
                        .node("Unsqueeze", List.of("length_f", "axis"), List.of("divisor"))
                        .node("Div", List.of("sum", "divisor"), List.of("mean"))
                        .node("Add", List.of("mean", "b"), List.of("light"));
        burden(graph);
        return mask(graph).build();
    }

    /// Adds nothing to the scores, slowly.
    private void burden(GraphBuilder graph) {
        if (burden == 0) {
            graph.node("Identity", List.of("light"), List.of("logits"));
            return;
        }
        float[] halves = new float[SIDE * SIDE];
        Arrays.fill(halves, 0.5f / SIDE);
        graph.constant("halves", halves, SIDE, SIDE)
                .constant("square", new long[] {SIDE, SIDE}, 2)
                .constant("all", new long[] {0, 1}, 2)
                .node("Cast", List.of("k"), List.of("k_f"), "to", 1)
                .node("Expand", List.of("k_f", "square"), List.of("burden_0"));
        for (int i = 0; i < burden; i++) {
            graph.node("MatMul", List.of("burden_" + i, "halves"), List.of("burden_" + (i + 1)));
        }
        graph.node(
                        "ReduceSum",
                        List.of("burden_" + burden, "all"),
                        List.of("carried"),
                        "keepdims",
                        0)
                .node("Mul", List.of("carried", "zero"), List.of("naught"))
                .node("Add", List.of("light", "naught"), List.of("logits"));
    }

    private static GraphBuilder mask(GraphBuilder graph) {
        return graph.node("Shape", List.of("excluded"), List.of("excluded_shape"))
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
                .node(
                        "TopK",
                        List.of("scores", "k"),
                        List.of("top_scores", "top_items"),
                        "axis",
                        1);
    }
}
