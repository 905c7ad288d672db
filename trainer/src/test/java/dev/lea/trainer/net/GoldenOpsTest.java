package dev.lea.trainer.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import dev.lea.serving.onnx.ElementType;
import dev.lea.serving.onnx.OnnxOptions;
import dev.lea.serving.onnx.Tensor;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/// Operators and the optimiser against numbers that another implementation computed in float64.
class GoldenOpsTest {
    @TestFactory
    Stream<DynamicTest> operator_equalsReference() {
        return StreamSupport.stream(Golden.read("ops.json").get("ops").spliterator(), false)
                .map(op -> DynamicTest.dynamicTest(op.get("name").asText(), () -> check(op)));
    }

    private static void check(JsonNode op) {
        Graph graph = new Graph();
        List<Value> leaves = new ArrayList<>();
        Map<String, Tensor> inputs = new LinkedHashMap<>();
        for (JsonNode input : op.get("inputs")) {
            String name = "x" + leaves.size();
            boolean ids = input.has("ints");
            leaves.add(
                    graph.input(
                            name,
                            ids ? ElementType.INT64 : ElementType.FLOAT,
                            Golden.shape(input)));
            inputs.put(
                    name,
                    ids
                            ? Tensor.of(Golden.longs(input), Golden.shape(input))
                            : Tensor.of(Golden.floats(input), Golden.shape(input)));
        }
        Value y = expression(op, leaves);
        assertThat(y.shape()).isEqualTo(Golden.shape(op.get("output")));
        Value weights = graph.constant("weights", Golden.floats(op.get("grad_output")), y.shape());
        List<Value> trained =
                leaves.stream().filter(leaf -> leaf.type() == ElementType.FLOAT).toList();
        Map<Value, Value> gradients = Gradients.of(y.multiply(weights).sum(), trained);
        List<Value> outputs = new ArrayList<>(List.of(y));
        trained.forEach(leaf -> outputs.add(gradients.get(leaf)));
        List<float[]> results = Runs.run(graph, outputs, inputs);
        assertClose("output", results.get(0), Golden.floats(op.get("output")));
        for (int i = 0; i < trained.size(); i++) {
            assertClose(
                    "gradient " + i,
                    results.get(i + 1),
                    Golden.floats(op.get("grad_inputs").get(i)));
        }
    }

    private static Value expression(JsonNode op, List<Value> x) {
        Value a = x.getFirst();
        float epsilon = (float) op.path("epsilon").asDouble(0);
        return switch (op.get("name").asText()) {
            case "matmul_batched", "matmul_broadcast" -> a.matmul(x.get(1));
            case "add_broadcast" -> a.add(x.get(1));
            case "mul_broadcast" -> a.multiply(x.get(1));
            case "div_broadcast" -> a.divide(x.get(1));
            case "softmax_last" -> a.softmax();
            case "log_softmax_last" -> a.logSoftmax();
            case "layer_norm" -> a.layerNormalization(x.get(1), x.get(2), epsilon);
            case "rms_norm" -> a.rmsNormalization(x.get(1), epsilon);
            case "silu" -> a.silu();
            case "gelu_exact" -> a.gelu();
            case "tanh" -> a.tanh();
            case "sigmoid" -> a.sigmoid();
            case "embedding_repeated_ids" -> a.gather(x.get(1));
            case "reduce_mean_axis1" -> a.mean(true, 1);
            case "reduce_logsumexp_last" -> a.logSumExp();
            case "rope_half_split_theta_10000" -> rope(a);
            case "causal_attention" -> attention(a, x.get(1), x.get(2));
            case "cosine_similarity_last" ->
                    a.unitLength().multiply(x.get(1).unitLength()).sum(false, -1);
            default -> throw new AssertionError("no expression for " + op.get("name"));
        };
    }

    private static Value rope(Value x) {
        int length = (int) x.size(-2);
        long[] positions = java.util.stream.LongStream.range(0, length).toArray();
        double[] frequencies = new double[(int) x.size(-1) / 2];
        for (int i = 0; i < frequencies.length; i++) {
            frequencies[i] = Math.pow(10_000, -2.0 * i / x.size(-1));
        }
        return Rotary.at(x.graph.constant(positions), frequencies).rotate(x);
    }

    private static Value attention(Value q, Value k, Value v) {
        int length = (int) q.size(-2);
        float[] mask = new float[length * length];
        for (int i = 0; i < length; i++) {
            for (int j = i + 1; j < length; j++) {
                mask[i * length + j] = -1e9f;
            }
        }
        float scale = (float) (1 / Math.sqrt((double) q.size(-1)));
        return q.matmul(k.transposeLast())
                .multiply(scale)
                .add(q.graph.constant("mask", mask, length, length))
                .softmax()
                .matmul(v);
    }

    @Test
    void adam_fiveSteps_equalReference() {
        JsonNode golden = Golden.read("ops.json").get("adam");
        float[] start = Golden.floats(golden.get("parameters").get(0));
        Graph graph = new Graph();
        Value p = graph.parameter("p", start.length);
        Value g = graph.input("g", ElementType.FLOAT, start.length);
        Value loss = p.multiply(g).sum();
        var parameters = new Parameters(Map.of()).with("p", start, start.length);
        try (var step =
                        TrainingStep.compile(
                                graph,
                                loss,
                                Map.of(),
                                _ -> true,
                                Adam.DEFAULT,
                                OnnxOptions.TRAINING);
                var state = new TrainingState(parameters)) {
            for (int t = 0; t < golden.get("gradients").size(); t++) {
                float[] gradient = Golden.floats(golden.get("gradients").get(t));
                step.run(
                        state,
                        golden.get("lr").asDouble(),
                        Map.of("g", Tensor.of(gradient, gradient.length)));
                assertClose(
                        "step " + t,
                        state.parameters().get("p"),
                        Golden.floats(golden.get("parameters").get(t + 1)));
            }
        }
    }

    static void assertClose(String what, float[] actual, float[] expected) {
        assertThat(actual).as(what).hasSameSizeAs(expected);
        for (int i = 0; i < expected.length; i++) {
            assertThat((double) actual[i])
                    .as(what + "[" + i + "]")
                    .isCloseTo(
                            (double) expected[i],
                            within(1e-6 + 1e-5 * Math.abs((double) expected[i])));
        }
    }
}
