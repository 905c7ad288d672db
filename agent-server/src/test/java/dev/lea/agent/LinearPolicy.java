package dev.lea.agent;

import dev.lea.serving.onnx.ElementType;
import dev.lea.serving.onnx.GraphBuilder;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/// A policy whose answers are known: `score(j) = shift + sum of W[h, j] over the row's L places / length`,
/// where a padded place is item n. Its graph keeps the contract of the policy's bundle.
///
/// @param items  n
/// @param length L
/// @param shift  added to every score, so that versions can be told apart by their answers
record LinearPolicy(int items, int length, float shift) {
    /// W[h, j], without two equal scores in a row.
    static float weight(int history, int item) {
        return (float) Math.sin(1 + 3.7 * history + 0.9 * item + 0.01 * history * item);
    }

    float score(int[] history, int item) {
        int from = Math.max(0, history.length - length);
        int used = history.length - from;
        float sum = 0;
        for (int i = 0; i < length; i++) {
            sum += weight(i < used ? history[from + i] : items, item);
        }
        return shift + sum / Math.max(1, used);
    }

    /// The best of the items that `allowed` lets through, best first.
    int[] best(int[] history, int k, java.util.function.IntPredicate allowed) {
        return IntStream.range(0, items)
                .filter(allowed)
                .boxed()
                .sorted((a, b) -> Float.compare(score(history, b), score(history, a)))
                .limit(k)
                .mapToInt(Integer::intValue)
                .toArray();
    }

    byte[] onnx() {
        return graph(weights()).build();
    }

    /// The same graph with one weight replaced.
    byte[] onnxWithWeight(float value) {
        float[] weights = weights();
        Arrays.fill(weights, 0, weights.length, value);
        return graph(weights).build();
    }

    private float[] weights() {
        // one more row for the padding, one more column that only padded exclusions write to
        int side = items + 1;
        float[] weights = new float[side * side];
        for (int h = 0; h < side; h++) {
            for (int j = 0; j < side; j++) {
                weights[h * side + j] = j < items ? weight(h, j) : 0;
            }
        }
        return weights;
    }

    private GraphBuilder graph(float[] weights) {
        int side = items + 1;
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
                .constant("shift", new float[] {shift})
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
                .node("Add", List.of("mean", "shift"), List.of("logits"))
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
                .node(
                        "TopK",
                        List.of("scores", "k"),
                        List.of("top_scores", "top_items"),
                        "axis",
                        1);
    }
}
