package dev.lea.trainer.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.lea.serving.onnx.ElementType;
import dev.lea.serving.onnx.Tensor;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/// Every rule against finite differences, on seeded random inputs.
class GradientRulesTest {
    private static final long SEED = 20_260_101;

    /// A differentiable expression of some float inputs.
    private record Case(
            String name,
            List<long[]> shapes,
            boolean positive,
            Function<List<Value>, Value> expression) {}

    private static long[] s(long... shape) {
        return shape;
    }

    private static Stream<Case> cases() {
        return Stream.of(
                new Case(
                        "add_broadcast",
                        List.of(s(2, 3, 4), s(3, 1)),
                        false,
                        v -> v.get(0).add(v.get(1))),
                new Case(
                        "subtract_broadcast",
                        List.of(s(4), s(2, 3, 4)),
                        false,
                        v -> v.get(0).subtract(v.get(1))),
                new Case(
                        "multiply_broadcast",
                        List.of(s(2, 1, 4), s(3, 1)),
                        false,
                        v -> v.get(0).multiply(v.get(1))),
                new Case(
                        "divide_broadcast",
                        List.of(s(2, 4), s(1, 4)),
                        true,
                        v -> v.get(0).divide(v.get(1))),
                new Case("negate", List.of(s(5)), false, v -> v.get(0).negate()),
                new Case("exp", List.of(s(5)), false, v -> v.get(0).exp()),
                new Case("log", List.of(s(5)), true, v -> v.get(0).log()),
                new Case("sqrt", List.of(s(5)), true, v -> v.get(0).sqrt()),
                new Case("reciprocal", List.of(s(5)), true, v -> v.get(0).reciprocal()),
                new Case("sin", List.of(s(5)), false, v -> v.get(0).sin()),
                new Case("cos", List.of(s(5)), false, v -> v.get(0).cos()),
                new Case("tanh", List.of(s(5)), false, v -> v.get(0).tanh()),
                new Case("sigmoid", List.of(s(5)), false, v -> v.get(0).sigmoid()),
                new Case("relu", List.of(s(5)), false, v -> v.get(0).relu()),
                new Case("softplus", List.of(s(5)), false, v -> v.get(0).softplus()),
                new Case("gelu", List.of(s(5)), false, v -> v.get(0).gelu()),
                new Case("logSumExp", List.of(s(3, 4)), false, v -> v.get(0).logSumExp()),
                new Case("silu", List.of(s(5)), false, v -> v.get(0).silu()),
                new Case("softmax", List.of(s(3, 4)), false, v -> v.get(0).softmax()),
                new Case("logSoftmax", List.of(s(3, 4)), false, v -> v.get(0).logSoftmax()),
                new Case(
                        "crossEntropy",
                        List.of(s(3, 4)),
                        false,
                        v -> v.get(0).crossEntropy(v.get(0).graph.constant(new long[] {3, 0, 3}))),
                new Case("sum_keep", List.of(s(2, 3, 4)), false, v -> v.get(0).sum(true, 1)),
                new Case("sum_drop", List.of(s(2, 3, 4)), false, v -> v.get(0).sum(false, 0, 2)),
                new Case("mean_keep", List.of(s(2, 3, 4)), false, v -> v.get(0).mean(true, -1)),
                new Case("mean_drop", List.of(s(2, 3, 4)), false, v -> v.get(0).mean(false, 1)),
                new Case(
                        "matmul", List.of(s(3, 4), s(4, 2)), false, v -> v.get(0).matmul(v.get(1))),
                new Case(
                        "matmul_batched",
                        List.of(s(2, 3, 4), s(2, 4, 5)),
                        false,
                        v -> v.get(0).matmul(v.get(1))),
                new Case(
                        "matmul_weight",
                        List.of(s(2, 3, 4), s(4, 5)),
                        false,
                        v -> v.get(0).matmul(v.get(1))),
                new Case(
                        "matmul_broadcast",
                        List.of(s(2, 3, 2, 4), s(2, 1, 4, 5)),
                        false,
                        v -> v.get(0).matmul(v.get(1))),
                new Case(
                        "matmul_tall",
                        List.of(s(2, 4), s(3, 4, 5)),
                        false,
                        v -> v.get(0).matmul(v.get(1))),
                new Case(
                        "affine",
                        List.of(s(2, 3, 4), s(4, 5), s(5)),
                        false,
                        v -> v.get(0).affine(v.get(1), v.get(2))),
                new Case("reshape", List.of(s(2, 6)), false, v -> v.get(0).reshape(0, 3, -1).exp()),
                new Case("unsqueeze", List.of(s(2, 3)), false, v -> v.get(0).unsqueeze(1).exp()),
                new Case(
                        "transpose",
                        List.of(s(2, 3, 4)),
                        false,
                        v -> v.get(0).transpose(2, 0, 1).exp()),
                new Case("expand", List.of(s(2, 1, 3)), false, v -> v.get(0).expand(2, 4, 3).exp()),
                new Case("slice", List.of(s(2, 5)), false, v -> v.get(0).slice(1, 1, 4).exp()),
                new Case(
                        "slice_negative",
                        List.of(s(2, 5)),
                        false,
                        v -> v.get(0).slice(-1, -2, 5).exp()),
                new Case(
                        "concat",
                        List.of(s(2, 2), s(2, 3)),
                        false,
                        v -> v.get(0).graph.concat(1, v.get(0), v.get(1), v.get(0)).exp()),
                new Case(
                        "gather_repeated",
                        List.of(s(4, 3)),
                        false,
                        v ->
                                v.get(0)
                                        .gather(v.get(0).graph.constant(new long[] {1, 3, 1, 1}))
                                        .exp()),
                new Case(
                        "gatherElements_repeated",
                        List.of(s(2, 4)),
                        false,
                        v ->
                                v.get(0)
                                        .gatherElements(
                                                v.get(0)
                                                        .graph
                                                        .constant(new long[] {1, 1, 3, 0, 2, 0})
                                                        .reshape(2, 3))
                                        .exp()),
                new Case(
                        "where",
                        List.of(s(2, 3), s(3)),
                        false,
                        v ->
                                v.get(0)
                                        .where(
                                                v.get(0)
                                                        .graph
                                                        .constant(new long[] {1, 0, 1})
                                                        .lessOrEqual(v.get(0).graph.index(0)),
                                                v.get(1))
                                        .exp()),
                new Case(
                        "layerNormalization",
                        List.of(s(3, 4), s(4), s(4)),
                        false,
                        v -> v.get(0).layerNormalization(v.get(1), v.get(2), 1e-5f)),
                new Case(
                        "rmsNormalization",
                        List.of(s(3, 4), s(4)),
                        false,
                        v -> v.get(0).rmsNormalization(v.get(1), 1e-5f)),
                new Case("unitLength", List.of(s(3, 4)), false, v -> v.get(0).unitLength()),
                new Case(
                        "used_twice",
                        List.of(s(3)),
                        false,
                        v -> v.get(0).multiply(v.get(0)).add(v.get(0).exp())));
    }

    @TestFactory
    Stream<DynamicTest> rule_agreesWithFiniteDifferences() {
        return cases().map(c ->
                DynamicTest.dynamicTest(c.name() + " (seed " + SEED + ")", () -> check(c)));
    }

    private static void check(Case c) {
        Graph graph = new Graph();
        var random = new SplittableRandom(SEED);
        List<Value> leaves = new ArrayList<>();
        Map<String, Tensor> inputs = new LinkedHashMap<>();
        List<float[]> data = new ArrayList<>();
        for (int i = 0; i < c.shapes().size(); i++) {
            float[] elements = new float[(int) Shapes.count(c.shapes().get(i))];
            for (int j = 0; j < elements.length; j++) {
                elements[j] =
                        (float) (c.positive() ? 0.5 + random.nextDouble() : random.nextGaussian());
            }
            data.add(elements);
            leaves.add(graph.input("x" + i, ElementType.FLOAT, c.shapes().get(i)));
        }
        Value y = c.expression().apply(leaves);
        float[] weights = new float[(int) Shapes.count(y.shape())];
        for (int j = 0; j < weights.length; j++) {
            weights[j] = (float) random.nextGaussian();
        }
        Value loss = y.multiply(graph.constant("weights", weights, y.shape())).sum();
        Map<Value, Value> gradients = Gradients.of(loss, leaves);
        List<Value> outputs = new ArrayList<>(gradients.values());
        refresh(inputs, c, data);
        List<float[]> analytic = Runs.run(graph, outputs, inputs);
        float h = 5e-3f;
        for (int i = 0; i < leaves.size(); i++) {
            for (int j = 0; j < data.get(i).length; j++) {
                float kept = data.get(i)[j];
                data.get(i)[j] = kept + h;
                double up = weighted(graph, y, weights, inputs, c, data);
                data.get(i)[j] = kept - h;
                double down = weighted(graph, y, weights, inputs, c, data);
                data.get(i)[j] = kept;
                double numeric = (up - down) / (2 * (double) h);
                assertThat((double) analytic.get(i)[j])
                        .as("d/dx%d[%d]", i, j)
                        .isCloseTo(numeric, within(2e-3 * (1 + Math.abs(numeric))));
            }
        }
    }

    /// The loss in float64 from a fresh forward pass.
    private static double weighted(
            Graph graph,
            Value y,
            float[] weights,
            Map<String, Tensor> inputs,
            Case c,
            List<float[]> data) {
        refresh(inputs, c, data);
        float[] out = Runs.run(graph, List.of(y), inputs).getFirst();
        double total = 0;
        for (int j = 0; j < out.length; j++) {
            total += (double) out[j] * weights[j];
        }
        return total;
    }

    private static void refresh(Map<String, Tensor> inputs, Case c, List<float[]> data) {
        for (int i = 0; i < data.size(); i++) {
            inputs.put("x" + i, Tensor.of(data.get(i), c.shapes().get(i)));
        }
    }

    @Test
    void of_anOperatorWithoutRule_namesIt() {
        Graph graph = new Graph();
        Value x = graph.input("x", ElementType.FLOAT, 3);
        Value loss = x.clip(0, 1).sum();
        assertThatThrownBy(() -> Gradients.of(loss, List.of(x)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("operator Clip has no gradient rule");
    }

    @Test
    void of_aValueBehindStopGradient_isRefused() {
        Graph graph = new Graph();
        Value x = graph.input("x", ElementType.FLOAT, 3);
        Value loss = x.exp().stopGradient().sum();
        assertThatThrownBy(() -> Gradients.of(loss, List.of(x)))
                .hasMessageContaining("does not depend");
    }

    @Test
    void stopGradient_leavesTheOtherWay() {
        Graph graph = new Graph();
        Value x = graph.input("x", ElementType.FLOAT, 2);
        Value loss = x.multiply(x.stopGradient()).sum();
        Value gradient = Gradients.of(loss, List.of(x)).get(x);
        float[] g =
                Runs.run(graph, List.of(gradient), Map.of("x", Tensor.of(new float[] {3, -2}, 2)))
                        .getFirst();
        assertThat(g).containsExactly(3, -2);
    }
}
