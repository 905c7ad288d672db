package dev.lea.environment.toy;

import dev.lea.serving.feature.AdapterWeights;
import dev.lea.serving.feature.EnvironmentSpec;
import dev.lea.serving.feature.HistoryWindow;
import dev.lea.serving.onnx.ElementType;
import dev.lea.serving.onnx.GraphBuilder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;

/// A language environment small enough to be recomputed by hand, one sequence at a time and without packing.
///
/// With e_j the embedding of the j-th token of a sequence (text, or item), the state at place i is
/// `tanh(sum over j <= i of e_j / (1 + i - j)) * (1 + shift)` and its score `3 u . state + shift`. So every token's
/// embedding, place and visibility matter.
///
/// @param items   in the catalogue, n
/// @param width   of states, D
/// @param context items seen at most, C
/// @param shift   tells versions apart
/// @param remembers whether its graph can go on from what an earlier run gave: the embeddings of the places before
/// @param adapted whether the shift is fed to the graph, which is then the same for all versions
public record ToyEnvironment(
        int items, int width, int context, float shift, boolean remembers, boolean adapted) {
    public static final ToyEnvironment SMALL = new ToyEnvironment(20, 4, 6, 0, true, false);

    private static final int TEXTS = 7;
    private static final int[] PROMPT = {1, 5};
    private static final int[] ACTION_PROMPT = {3};

    public ToyEnvironment withShift(float shift) {
        return new ToyEnvironment(items, width, context, shift, remembers, adapted);
    }

    public ToyEnvironment withItems(int items) {
        return new ToyEnvironment(items, width, context, shift, remembers, adapted);
    }

    public ToyEnvironment byAdapter() {
        return new ToyEnvironment(items, width, context, shift, remembers, true);
    }

    /// What is fed to the graph; nothing where the shift is part of it.
    public AdapterWeights adapter() {
        return new AdapterWeights(
                adapted ? Map.of("shift", scalar(shift), "scale", scalar(1 + shift)) : Map.of());
    }

    private static AdapterWeights.Array scalar(float value) {
        return new AdapterWeights.Array(new long[0], new float[] {value});
    }

    public ToyEnvironment forgetful() {
        return new ToyEnvironment(items, width, context, shift, false, adapted);
    }

    public EnvironmentSpec spec() {
        return new EnvironmentSpec(
                TEXTS,
                width,
                2 * width + 1,
                context,
                Arrays.stream(PROMPT).boxed().toList(),
                Arrays.stream(ACTION_PROMPT).boxed().toList(),
                IntStream.range(0, Math.min(3, items)).map(i -> items - 1 - i).boxed().toList(),
                0.5);
    }

    /// The state of a history, seen through its window.
    public double[] state(int... history) {
        return stateOf(sequence(history));
    }

    /// The raw score of an item after a history.
    public double raw(int[] history, int item) {
        return score(sequence(history), item);
    }

    /// The reward of an item after a history.
    public double reward(int[] history, int item) {
        List<double[]> sequence = sequence(history);
        double baseline =
                spec().referenceItems().stream()
                        .mapToDouble(reference -> score(sequence, reference))
                        .average()
                        .orElseThrow();
        return 1 / (1 + Math.exp(-(score(sequence, item) - baseline) / 0.5));
    }

    /// Cosine between the state of a history and an item's key.
    public double similarity(int[] history, int item) {
        double[] state = state(history);
        float[] row = tableRow(item);
        double product = 0;
        double square = 0;
        for (int d = 0; d < width; d++) {
            product += state[d] * row[width + d];
            square += state[d] * state[d];
        }
        return product / Math.sqrt(square);
    }

    /// The items most similar to a history's state.
    public List<Integer> nearest(int[] history, Set<Integer> excluded, int count) {
        return IntStream.range(0, items)
                .boxed()
                .filter(item -> !excluded.contains(item))
                .sorted(Comparator.comparingDouble(item -> -similarity(history, item)))
                .limit(count)
                .toList();
    }

    /// [n, 2 D + 1]
    public float[] table() {
        float[] table = new float[items * (2 * width + 1)];
        for (int item = 0; item < items; item++) {
            System.arraycopy(tableRow(item), 0, table, item * (2 * width + 1), 2 * width + 1);
        }
        return table;
    }

    public byte[] model() {
        return model(true);
    }

    /// A graph whose blocks see one another.
    public byte[] leakyModel() {
        return model(false);
    }

    /// A graph that goes on from what it remembers as if it had stood one place further left.
    public byte[] misrememberingModel() {
        return model(true, 1);
    }

    private byte[] model(boolean blind) {
        return model(blind, 0);
    }

    private byte[] model(boolean blind, int slip) {
        var graph =
                new GraphBuilder()
                        .input("tokens", ElementType.INT64, "batch", "S")
                        .input("position", ElementType.INT64, "batch", "S")
                        .input("block", ElementType.INT64, "batch", "S")
                        .input("limit", ElementType.INT64, "batch", "S")
                        .input("item_tokens", ElementType.FLOAT, "n", 2 * width + 1)
                        .output("states", ElementType.FLOAT, "batch", "S", width)
                        .output("scores", ElementType.FLOAT, "batch", "S")
                        .constant("text", text(), TEXTS, width)
                        .constant("u", scoreHead(), width, 1)
                        .constant("one", new float[] {1})
                        .constant("nil", new long[] {0})
                        .constant("from", new long[] {0}, 1)
                        .constant("to", new long[] {width}, 1)
                        .constant("axis1", new long[] {1}, 1)
                        .constant("axis2", new long[] {2}, 1)
                        .node(
                                "Slice",
                                List.of("item_tokens", "from", "to", "axis1"),
                                List.of("part"))
                        .node("Concat", List.of("text", "part"), List.of("all"), "axis", 0)
                        .node("Gather", List.of("all", "tokens"), List.of("embedded"), "axis", 0);
        if (adapted) {
            graph.input("shift", ElementType.FLOAT).input("scale", ElementType.FLOAT);
        } else {
            graph.constant("shift", new float[] {shift}).constant("scale", new float[] {1 + shift});
        }
        for (String name : List.of("block", "position", "limit")) {
            graph.node("Unsqueeze", List.of(name, "axis2"), List.of(name + "_i"))
                    .node("Unsqueeze", List.of(name, "axis1"), List.of(name + "_j"));
        }
        graph.node("Equal", List.of("block_j", "nil"), List.of("on_trunk"))
                .node("LessOrEqual", List.of("position_j", "limit_i"), List.of("in_limit"))
                .node("And", List.of("on_trunk", "in_limit"), List.of("sees_trunk"))
                .node(
                        blind ? "Equal" : "GreaterOrEqual",
                        List.of("block_i", "block_j"),
                        List.of("same_block"))
                .node("LessOrEqual", List.of("position_j", "position_i"), List.of("before"))
                .node("And", List.of("same_block", "before"), List.of("sees_block"))
                .node("Or", List.of("sees_trunk", "sees_block"), List.of("sees_here"));
        remember(graph, slip);
        return graph.node("Cast", List.of("sees"), List.of("seen"), "to", 1)
                .node("Sub", List.of("position_i", "position_all"), List.of("gap"))
                .node("Cast", List.of("gap"), List.of("gap_f"), "to", 1)
                .node("Add", List.of("gap_f", "one"), List.of("distance"))
                .node("Max", List.of("distance", "one"), List.of("divisor"))
                .node("Div", List.of("seen", "divisor"), List.of("weights"))
                .node("MatMul", List.of("weights", "embedded_all"), List.of("sum"))
                .node("Tanh", List.of("sum"), List.of("squashed"))
                .node("Mul", List.of("squashed", "scale"), List.of("states"))
                .node("MatMul", List.of("states", "u"), List.of("columns"))
                .node("Squeeze", List.of("columns", "axis2"), List.of("unshifted"))
                .node("Add", List.of("unshifted", "shift"), List.of("scores"))
                .build();
    }

    /// What is seen beside the places at hand, if anything.
    private void remember(GraphBuilder graph, int slip) {
        if (!remembers) {
            graph.node("Identity", List.of("sees_here"), List.of("sees"))
                    .node("Identity", List.of("position_j"), List.of("position_all"))
                    .node("Identity", List.of("embedded"), List.of("embedded_all"));
            return;
        }
        graph.input("past", ElementType.FLOAT, "batch", 1, 1, "P", width)
                .input("past_position", ElementType.INT64, "batch", "P")
                .output("present", ElementType.FLOAT, "batch", 1, 1, "S", width)
                .constant("heads", new long[] {1, 2}, 2)
                .constant("slip", new long[] {slip})
                .node("Unsqueeze", List.of("embedded", "heads"), List.of("present"))
                .node("Squeeze", List.of("past", "heads"), List.of("embedded_past"))
                .node(
                        "Concat",
                        List.of("embedded_past", "embedded"),
                        List.of("embedded_all"),
                        "axis",
                        1)
                .node("Unsqueeze", List.of("past_position", "axis1"), List.of("past_j"))
                .node("LessOrEqual", List.of("past_j", "limit_i"), List.of("sees_past"))
                .node("Concat", List.of("sees_past", "sees_here"), List.of("sees"), "axis", 2)
                .node("Sub", List.of("past_j", "slip"), List.of("slipped"))
                .node(
                        "Concat",
                        List.of("slipped", "position_j"),
                        List.of("position_all"),
                        "axis",
                        2);
    }

    public byte[] retrieve() {
        return retrieve(true);
    }

    /// A graph that finds what it was told not to.
    public byte[] carelessRetrieve() {
        return retrieve(false);
    }

    private byte[] retrieve(boolean excluding) {
        return new GraphBuilder()
                .input("states", ElementType.FLOAT, "P", width)
                .input("item_tokens", ElementType.FLOAT, "n", 2 * width + 1)
                .input("excluded", ElementType.INT64, "P", "E")
                .input("k", ElementType.INT64, 1)
                .output("top_items", ElementType.INT64, "P", "places")
                .output("top_similarities", ElementType.FLOAT, "P", "places")
                .constant("zero", new long[] {0}, 1)
                .constant("one", new long[] {1}, 1)
                .constant("last", new long[] {-1}, 1)
                .constant("from", new long[] {width}, 1)
                .constant("to", new long[] {2L * width}, 1)
                .constant("hidden", new float[] {excluding ? Float.NEGATIVE_INFINITY : 0.5f})
                .node("Slice", List.of("item_tokens", "from", "to", "one"), List.of("keys"))
                .node("Gemm", List.of("states", "keys"), List.of("products"), "transB", 1)
                .node("ReduceL2", List.of("states", "one"), List.of("norm"), "keepdims", 1)
                .node("Div", List.of("products", "norm"), List.of("cosines"))
                .node("Slice", List.of("cosines", "zero", "one", "one"), List.of("padding"))
                .node("Concat", List.of("cosines", "padding"), List.of("padded"), "axis", 1)
                .node("Shape", List.of("excluded"), List.of("shape"))
                .node("Expand", List.of("hidden", "shape"), List.of("updates"))
                .node(
                        "ScatterElements",
                        List.of("padded", "excluded", "updates"),
                        List.of("masked"),
                        "axis",
                        1)
                .node("Slice", List.of("masked", "zero", "last", "one"), List.of("kept"))
                .node(
                        "TopK",
                        List.of("kept", "k"),
                        List.of("top_similarities", "top_items"),
                        "axis",
                        1)
                .build();
    }

    private List<double[]> sequence(int[] history) {
        List<double[]> sequence = new ArrayList<>();
        for (int token : PROMPT) {
            sequence.add(textRow(token));
        }
        int start = new HistoryWindow(context).start(history.length);
        for (int t = start; t < history.length; t++) {
            sequence.add(itemRow(history[t]));
        }
        return sequence;
    }

    private double score(List<double[]> sequence, int item) {
        List<double[]> asked = new ArrayList<>(sequence);
        for (int token : ACTION_PROMPT) {
            asked.add(textRow(token));
        }
        asked.add(itemRow(item));
        double[] state = stateOf(asked);
        float[] u = scoreHead();
        double score = shift;
        for (int d = 0; d < width; d++) {
            score += u[d] * state[d];
        }
        return score;
    }

    private double[] stateOf(List<double[]> sequence) {
        double[] state = new double[width];
        int last = sequence.size() - 1;
        for (int j = 0; j <= last; j++) {
            for (int d = 0; d < width; d++) {
                state[d] += sequence.get(j)[d] / (1 + last - j);
            }
        }
        return Arrays.stream(state).map(x -> Math.tanh(x) * (1 + shift)).toArray();
    }

    private double[] textRow(int token) {
        float[] text = text();
        return IntStream.range(0, width).mapToDouble(d -> text[token * width + d]).toArray();
    }

    private double[] itemRow(int item) {
        float[] row = tableRow(item);
        return IntStream.range(0, width).mapToDouble(d -> row[d]).toArray();
    }

    private float[] tableRow(int item) {
        var random = new Random(1_000 + item);
        float[] row = new float[2 * width + 1];
        double square = 0;
        for (int d = 0; d < width; d++) {
            row[d] = (float) random.nextGaussian() / 2;
            row[width + d] = (float) random.nextGaussian();
            square += row[width + d] * row[width + d];
        }
        for (int d = 0; d < width; d++) {
            row[width + d] /= (float) Math.sqrt(square);
        }
        row[2 * width] = 1;
        return row;
    }

    private float[] text() {
        return gaussian(7, TEXTS * width);
    }

    private float[] scoreHead() {
        return gaussian(8, width);
    }

    private static float[] gaussian(long seed, int count) {
        var random = new Random(seed);
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return values;
    }
}
