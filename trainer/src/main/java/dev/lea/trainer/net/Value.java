package dev.lea.trainer.net;

import dev.lea.serving.onnx.ElementType;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/// A tensor in a [Graph] that will exist when the graph runs. Every method adds the nodes that compute
/// another one. Axes may be negative; -1 is the last.
public final class Value {
    final Graph graph;
    final String name;
    final ElementType type;
    final long[] shape;

    Value(Graph graph, String name, ElementType type, long[] shape) {
        this.graph = graph;
        this.name = name;
        this.type = type;
        this.shape = shape;
    }

    public Graph graph() {
        return graph;
    }

    public String name() {
        return name;
    }

    public ElementType type() {
        return type;
    }

    /// Dimensions; -1 where known only when the graph runs.
    public long[] shape() {
        return shape.clone();
    }

    /// The dimension of an axis.
    public long size(int axis) {
        return shape[Shapes.axis(axis, shape.length)];
    }

    // Arithmetic, broadcasting as NumPy does.

    public Value add(Value other) {
        return binary("Add", other);
    }

    public Value subtract(Value other) {
        return binary("Sub", other);
    }

    public Value multiply(Value other) {
        return binary("Mul", other);
    }

    public Value divide(Value other) {
        return binary("Div", other);
    }

    public Value add(float other) {
        return add(graph.constant(other));
    }

    public Value multiply(float other) {
        return multiply(graph.constant(other));
    }

    public Value negate() {
        return unary("Neg");
    }

    public Value exp() {
        return unary("Exp");
    }

    public Value log() {
        return unary("Log");
    }

    public Value sqrt() {
        return unary("Sqrt");
    }

    public Value reciprocal() {
        return unary("Reciprocal");
    }

    public Value tanh() {
        return unary("Tanh");
    }

    public Value sin() {
        return unary("Sin");
    }

    public Value cos() {
        return unary("Cos");
    }

    public Value sigmoid() {
        return unary("Sigmoid");
    }

    public Value floor() {
        return unary("Floor");
    }

    public Value relu() {
        return unary("Relu");
    }

    /// `log(1 + e^x)`, without overflow.
    public Value softplus() {
        return unary("Softplus");
    }

    /// `x * sigmoid(x)`.
    public Value silu() {
        return multiply(sigmoid());
    }

    /// `x * P(N(0, 1) <= x)`, with the exact error function.
    public Value gelu() {
        return multiply(multiply((float) Math.sqrt(0.5)).erf().add(1).multiply(0.5f));
    }

    private Value erf() {
        return unary("Erf");
    }

    /// Limits every element to `[low, high]`; no gradient passes.
    public Value clip(float low, float high) {
        return graph.add(
                "Clip",
                List.of(this, graph.constant(low), graph.constant(high)),
                Map.of(),
                type,
                shape);
    }

    // Softmax family, over the last axis.

    public Value softmax() {
        return graph.add("Softmax", List.of(this), Map.of("axis", -1L), type, shape);
    }

    public Value logSoftmax() {
        return graph.add("LogSoftmax", List.of(this), Map.of("axis", -1L), type, shape);
    }

    /// `log sum e^x` over the last axis, which is dropped.
    public Value logSumExp() {
        return graph.add(
                "ReduceLogSumExp",
                List.of(this, graph.constant(new long[] {-1})),
                Map.of("keepdims", 0L),
                type,
                Arrays.copyOf(shape, shape.length - 1));
    }

    /// Cross entropy of each row against its target, see [#crossEntropies].
    ///
    /// @param targets int64 [rows]; this is float [rows, classes]
    /// @return float [rows]
    public Value crossEntropy(Value targets) {
        return crossEntropies(targets.reshape(-1, 1)).reshape(-1);
    }

    /// Cross entropies of each row against its k targets: `-log softmax(row)[target]`, at most 85.
    ///
    /// The probabilities are computed once and are the gradient too, with 1 subtracted at each target; no
    /// one-hot matrix is ever made.
    ///
    /// @param targets int64 [rows, k]; this is float [rows, classes]
    /// @return float [rows, k]
    public Value crossEntropies(Value targets) {
        Value probabilities =
                graph.add("Softmax", List.of(this), Map.of("axis", -1L), type, shape, "none");
        Value loss = probabilities.gatherElements(targets).clip(1e-37f, 1).log().negate();
        return graph.tie("CrossEntropy", List.of(this, targets, probabilities), loss);
    }

    // Reductions.

    /// Sum over `axes`, which stay as dimensions of 1 where `keep`.
    public Value sum(boolean keep, long... axes) {
        return reduce("ReduceSum", keep, axes);
    }

    /// Mean over `axes`, which stay as dimensions of 1 where `keep`.
    public Value mean(boolean keep, long... axes) {
        return reduce("ReduceMean", keep, axes);
    }

    /// Mean of all elements, a scalar.
    public Value mean() {
        return reshape(-1).mean(false, 0);
    }

    /// Sum of all elements, a scalar.
    public Value sum() {
        return reshape(-1).sum(false, 0);
    }

    /// Index of the largest element of the last axis, int64; no gradient.
    public Value argMax() {
        return graph.add(
                "ArgMax",
                List.of(this),
                Map.of("axis", -1L, "keepdims", 0L),
                ElementType.INT64,
                Arrays.copyOf(shape, shape.length - 1));
    }

    // Products.

    /// Matrix product over the last two axes; the axes before them broadcast.
    public Value matmul(Value other) {
        return graph.add(
                "MatMul", List.of(this, other), Map.of(), type, Shapes.matmul(shape, other.shape));
    }

    /// `this * weight + bias` over the last axis.
    public Value affine(Value weight, Value bias) {
        return matmul(weight).add(bias);
    }

    // Shape and selection.

    /// ONNX's Reshape: 0 keeps a dimension, one -1 is inferred.
    public Value reshape(long... to) {
        return graph.add(
                "Reshape",
                List.of(this, graph.constant(to)),
                Map.of(),
                type,
                Shapes.reshape(shape, to));
    }

    /// Inserts a dimension of 1.
    public Value unsqueeze(int axis) {
        int at = axis < 0 ? axis + shape.length + 1 : axis;
        long[] to = new long[shape.length + 1];
        for (int i = 0; i < to.length; i++) {
            to[i] = i < at ? shape[i] : i == at ? 1 : shape[i - 1];
        }
        return graph.add(
                "Unsqueeze", List.of(this, graph.constant(new long[] {at})), Map.of(), type, to);
    }

    public Value transpose(long... permutation) {
        long[] to = Arrays.stream(permutation).map(axis -> shape[(int) axis]).toArray();
        return graph.add("Transpose", List.of(this), Map.of("perm", permutation), type, to);
    }

    /// Swaps the last two axes.
    public Value transposeLast() {
        long[] permutation = java.util.stream.LongStream.range(0, shape.length).toArray();
        permutation[shape.length - 1] = shape.length - 2L;
        permutation[shape.length - 2] = shape.length - 1L;
        return transpose(permutation);
    }

    /// Repeats along dimensions of 1 until the shape is `to`.
    public Value expand(long... to) {
        return graph.add("Expand", List.of(this, graph.constant(to)), Map.of(), type, to);
    }

    /// Elements `from` (included) to `to` (excluded) of an axis.
    public Value slice(int axis, long from, long to) {
        int at = Shapes.axis(axis, shape.length);
        long[] sliced = shape.clone();
        if (sliced[at] != Shapes.OPEN) {
            long end = to < 0 ? to + sliced[at] : Math.min(to, sliced[at]);
            sliced[at] = end - (from < 0 ? from + sliced[at] : from);
        } else if (from >= 0 && to >= 0) {
            sliced[at] = to - from;
        }
        return graph.add(
                "Slice",
                List.of(
                        this,
                        graph.constant(new long[] {from}),
                        graph.constant(new long[] {to}),
                        graph.constant(new long[] {at})),
                Map.of(),
                type,
                sliced);
    }

    /// Rows of this table: `this[indices]`, shape of the indices plus the table's later dimensions.
    public Value gather(Value indices) {
        long[] to = Arrays.copyOf(indices.shape, indices.shape.length + shape.length - 1);
        System.arraycopy(shape, 1, to, indices.shape.length, shape.length - 1);
        return graph.add("Gather", List.of(this, indices), Map.of("axis", 0L), type, to);
    }

    /// Along the last axis, the elements at `indices` (of the same shape but for the last axis).
    public Value gatherElements(Value indices) {
        return graph.add(
                "GatherElements", List.of(this, indices), Map.of("axis", -1L), type, indices.shape);
    }

    /// This where the condition holds, else `other`.
    public Value where(Value condition, Value other) {
        long[] to = Shapes.broadcast(Shapes.broadcast(shape, other.shape), condition.shape);
        return graph.add("Where", List.of(condition, this, other), Map.of(), type, to);
    }

    /// The same numbers, through which no gradient passes.
    public Value stopGradient() {
        return graph.add("Identity", List.of(this), Map.of(), type, shape, "none");
    }

    // Normalisation, over the last axis.

    public Value layerNormalization(Value scale, Value bias, float epsilon) {
        return graph.add(
                "LayerNormalization",
                List.of(this, scale, bias),
                Map.of("axis", -1L, "epsilon", epsilon),
                type,
                shape);
    }

    public Value rmsNormalization(Value scale, float epsilon) {
        return graph.add(
                "RMSNormalization",
                List.of(this, scale),
                Map.of("axis", -1L, "epsilon", epsilon),
                type,
                shape);
    }

    /// This divided by its length over the last axis, so that products of two such values are cosines.
    public Value unitLength() {
        return divide(multiply(this).sum(true, -1).add(1e-12f).sqrt());
    }

    // Comparisons and conversions; no gradient passes.

    public Value equalTo(Value other) {
        return compare("Equal", other);
    }

    public Value lessOrEqual(Value other) {
        return compare("LessOrEqual", other);
    }

    public Value less(Value other) {
        return compare("Less", other);
    }

    public Value and(Value other) {
        return compare("And", other);
    }

    public Value or(Value other) {
        return compare("Or", other);
    }

    public Value cast(ElementType to) {
        return graph.add("Cast", List.of(this), Map.of("to", (long) to.code()), to, shape);
    }

    private Value unary(String operator) {
        return graph.add(operator, List.of(this), Map.of(), type, shape);
    }

    private Value binary(String operator, Value other) {
        return graph.add(
                operator,
                List.of(this, other),
                Map.of(),
                type,
                Shapes.broadcast(shape, other.shape));
    }

    private Value compare(String operator, Value other) {
        return graph.add(
                operator,
                List.of(this, other),
                Map.of(),
                ElementType.BOOL,
                Shapes.broadcast(shape, other.shape));
    }

    private Value reduce(String operator, boolean keep, long... axes) {
        return graph.add(
                operator,
                List.of(this, graph.constant(axes)),
                Map.of("keepdims", keep ? 1L : 0L),
                type,
                Shapes.reduce(shape, axes, keep));
    }

    @Override
    public String toString() {
        return name + ":" + type + Arrays.toString(shape);
    }
}
