package dev.lea.trainer.net;

import dev.lea.serving.onnx.ElementType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/// The derivative of each operator: from the gradient `g` of its output to those of its inputs, null where
/// an input has none. `x`, `y` are the first input and the output. Slices are not here: see [SliceGradients].
final class GradientRules {
    /// From an operation and the gradient of its output to the gradients of its inputs, in order.
    @FunctionalInterface
    interface Rule {
        List<Value> apply(Operation operation, Value gradient);
    }

    private interface UnaryRule {
        Value apply(Value x, Value y, Value g);
    }

    private static final Map<String, Rule> RULES = new HashMap<>();

    private GradientRules() {}

    /// @throws IllegalArgumentException naming an operator that has no rule
    static Rule of(String name) {
        Rule rule = RULES.get(name);
        if (rule == null) {
            throw new IllegalArgumentException("operator " + name + " has no gradient rule");
        }
        return rule;
    }

    static {
        // Arithmetic: the gradient of a broadcast input is summed over what was repeated.
        RULES.put("Add", (op, g) -> List.of(sumTo(g, op.input(0)), sumTo(g, op.input(1))));
        RULES.put("Sub", (op, g) -> List.of(sumTo(g, op.input(0)), sumTo(g.negate(), op.input(1))));
        RULES.put(
                "Mul",
                (op, g) ->
                        List.of(
                                sumTo(g.multiply(op.input(1)), op.input(0)),
                                sumTo(g.multiply(op.input(0)), op.input(1))));
        RULES.put(
                "Div",
                (op, g) -> {
                    Value quotient = g.divide(op.input(1));
                    return List.of(
                            sumTo(quotient, op.input(0)),
                            sumTo(quotient.multiply(op.output()).negate(), op.input(1)));
                });

        // One input, element by element.
        unary("Identity", (x, y, g) -> g);
        unary("Neg", (x, y, g) -> g.negate());
        unary("Exp", (x, y, g) -> g.multiply(y));
        unary("Log", (x, y, g) -> g.divide(x));
        unary("Sqrt", (x, y, g) -> g.multiply(0.5f).divide(y));
        unary("Reciprocal", (x, y, g) -> g.multiply(y).multiply(y).negate());
        unary("Sin", (x, y, g) -> g.multiply(x.cos()));
        unary("Cos", (x, y, g) -> g.multiply(x.sin()).negate());
        unary("Tanh", (x, y, g) -> g.subtract(g.multiply(y).multiply(y)));
        unary("Sigmoid", (x, y, g) -> g.multiply(y.subtract(y.multiply(y))));
        unary("Relu", (x, y, g) -> g.multiply(x.graph.constant(0).less(x).cast(ElementType.FLOAT)));
        unary(
                "Erf",
                (x, y, g) ->
                        g.multiply(x.multiply(x).negate().exp())
                                .multiply((float) (2 / Math.sqrt(Math.PI))));
        unary(
                "ReduceLogSumExp",
                (x, y, g) -> x.subtract(y.unsqueeze(-1)).exp().multiply(g.unsqueeze(-1)));
        unary("Softplus", (x, y, g) -> g.multiply(x.sigmoid()));

        // Softmax over the last axis.
        unary(
                "Softmax",
                (x, y, g) -> {
                    Value weighted = g.multiply(y);
                    return weighted.subtract(y.multiply(weighted.sum(true, -1)));
                });
        unary("LogSoftmax", (x, y, g) -> g.subtract(y.exp().multiply(g.sum(true, -1))));
        // Inputs: logits, targets, probabilities. sum_k (p - onehot_k) g_k, the one-hot being one
        // subtraction a target.
        RULES.put(
                "CrossEntropy",
                (op, g) -> {
                    Value total = g.shape[1] == 1 ? g : g.sum(true, -1);
                    Value gradient =
                            g.graph.scatterElements(
                                    op.input(2).multiply(total), op.input(1), g.negate(), true);
                    return Arrays.asList(gradient, null, null);
                });

        // Reductions.
        RULES.put("ReduceSum", (op, g) -> Arrays.asList(spread(op, g), null));
        RULES.put(
                "ReduceMean",
                (op, g) -> {
                    long[] x = op.input(0).shape;
                    float share =
                            (float) ((double) Shapes.count(op.output().shape) / Shapes.count(x));
                    return Arrays.asList(spread(op, g.multiply(share)), null);
                });

        // Products.
        RULES.put("MatMul", (op, g) -> matmul(op.input(0), op.input(1), g));
        // The matrix of whole numbers is frozen.
        RULES.put(
                "MatMulNBits",
                (op, g) -> {
                    List<Value> gradients = new ArrayList<>(List.of(g.matmul(widened(op))));
                    while (gradients.size() < op.inputs().size()) {
                        gradients.add(null);
                    }
                    return gradients;
                });

        // Shape and selection.
        unary("Unsqueeze", (x, y, g) -> g.reshape(x.shape));
        unary("Reshape", (x, y, g) -> g.reshape(x.shape));
        unary("Expand", (x, y, g) -> sumTo(g, x));
        RULES.put(
                "Transpose",
                (op, g) -> {
                    long[] permutation = op.integers("perm");
                    long[] inverse = new long[permutation.length];
                    for (int i = 0; i < permutation.length; i++) {
                        inverse[(int) permutation[i]] = i;
                    }
                    return List.of(g.transpose(inverse));
                });
        RULES.put(
                "Concat",
                (op, g) -> {
                    int axis = (int) op.integer("axis");
                    List<Value> parts = new ArrayList<>();
                    long from = 0;
                    for (Value part : op.inputs()) {
                        long to = from + part.shape[axis];
                        parts.add(g.slice(axis, from, to));
                        from = to;
                    }
                    return parts;
                });
        // A row gathered twice gets both gradients: the scatter adds.
        RULES.put(
                "Gather",
                (op, g) -> {
                    Value table = op.input(0);
                    long[] rows =
                            concat(
                                    new long[] {-1},
                                    Arrays.copyOfRange(table.shape, 1, table.shape.length));
                    Value indices = op.input(1).reshape(-1, 1);
                    return Arrays.asList(
                            table.graph.scatterAdd(
                                    table.graph.zeros(table.shape), indices, g.reshape(rows)),
                            null);
                });
        RULES.put(
                "GatherElements",
                (op, g) -> {
                    Value x = op.input(0);
                    return Arrays.asList(
                            x.graph.scatterElements(x.graph.zeros(x.shape), op.input(1), g, true),
                            null);
                });
        RULES.put(
                "Where",
                (op, g) -> {
                    Value yes = op.input(0).cast(ElementType.FLOAT);
                    Value chosen = g.multiply(yes);
                    return Arrays.asList(
                            null,
                            sumTo(chosen, op.input(1)),
                            sumTo(g.subtract(chosen), op.input(2)));
                });

        // Normalisation over the last axis, x^ the normalised input before its scale.
        RULES.put(
                "LayerNormalization",
                (op, g) -> {
                    Value x = op.input(0);
                    Value centred = x.subtract(x.mean(true, -1));
                    Value deviation =
                            centred.multiply(centred)
                                    .mean(true, -1)
                                    .add((float) op.attributes().get("epsilon"))
                                    .sqrt();
                    Value normal = centred.divide(deviation);
                    Value inner = g.multiply(op.input(1));
                    Value dx =
                            inner.subtract(inner.mean(true, -1))
                                    .subtract(
                                            normal.multiply(inner.multiply(normal).mean(true, -1)))
                                    .divide(deviation);
                    return List.of(
                            dx, sumTo(g.multiply(normal), op.input(1)), sumTo(g, op.input(2)));
                });
        RULES.put(
                "RMSNormalization",
                (op, g) -> {
                    Value x = op.input(0);
                    Value size =
                            x.multiply(x)
                                    .mean(true, -1)
                                    .add((float) op.attributes().get("epsilon"))
                                    .sqrt();
                    Value normal = x.divide(size);
                    Value inner = g.multiply(op.input(1));
                    Value dx =
                            inner.subtract(normal.multiply(inner.multiply(normal).mean(true, -1)))
                                    .divide(size);
                    return List.of(dx, sumTo(g.multiply(normal), op.input(1)));
                });
    }

    private static void unary(String type, UnaryRule rule) {
        RULES.put(
                type,
                (op, g) -> {
                    List<Value> gradients = new ArrayList<>();
                    gradients.add(rule.apply(op.input(0), op.output(), g));
                    while (gradients.size() < op.inputs().size()) {
                        gradients.add(null);
                    }
                    return gradients;
                });
    }

    /// `dA = g B^T`, `dB = A^T g`; a plain matrix under a batch is treated as one tall product.
    private static Value widened(Operation product) {
        return new QuantizedMatrix(
                        product.input(1),
                        product.input(2),
                        product.input(3),
                        (int) product.integer("bits"),
                        (int) product.integer("block_size"),
                        product.integer("K"),
                        product.integer("N"))
                .widened();
    }

    private static List<Value> matmul(Value a, Value b, Value g) {
        if (b.shape.length == 2 && a.shape.length > 2) {
            long inner = b.shape[0];
            long outer = b.shape[1];
            Value da = g.matmul(b.transposeLast());
            Value db = a.reshape(-1, inner).transposeLast().matmul(g.reshape(-1, outer));
            return List.of(da, db);
        }
        return List.of(
                sumTo(g.matmul(b.transposeLast()), a), sumTo(a.transposeLast().matmul(g), b));
    }

    /// Sums `g` over the axes along which an input of this shape was repeated.
    private static Value sumTo(Value g, Value input) {
        long[] to = input.shape;
        if (Arrays.equals(g.shape, to)) {
            return g;
        }
        int extra = g.shape.length - to.length;
        long[] axes =
                IntStream.range(0, g.shape.length)
                        .filter(i -> i < extra || (to[i - extra] == 1 && g.shape[i] != 1))
                        .mapToLong(i -> i)
                        .toArray();
        Value summed = axes.length == 0 ? g : g.sum(true, axes);
        return Arrays.equals(summed.shape, to) ? summed : summed.reshape(to);
    }

    private static Value spread(Operation op, Value g) {
        long[] x = op.input(0).shape;
        return g.reshape(Shapes.reduce(x, g.graph.integers(op.input(1)), true)).expand(x);
    }

    private static long[] concat(long[] a, long[] b) {
        long[] joined = Arrays.copyOf(a, a.length + b.length);
        System.arraycopy(b, 0, joined, a.length, b.length);
        return joined;
    }
}
