package dev.lea.trainer.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import dev.lea.serving.onnx.ElementType;
import dev.lea.serving.onnx.Tensor;
import dev.lea.trainer.net.Golden;
import dev.lea.trainer.net.Gradients;
import dev.lea.trainer.net.Graph;
import dev.lea.trainer.net.Runs;
import dev.lea.trainer.net.Value;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/// Losses and their gradients against numbers that another implementation computed in float64.
class LossesTest {
    /// One golden case as a graph: dense Q values take the place of a network.
    private static final class Case {
        final JsonNode numbers;
        final Graph graph = new Graph();
        final Map<String, Tensor> inputs = new HashMap<>();
        final Value logits;
        final Value q;
        final Value crossEntropy;
        final Value values;
        final Value target;
        final Value negativeTarget;

        Case(JsonNode numbers) {
            this.numbers = numbers;
            logits = matrix("logits");
            q = matrix("q");
            int rows = numbers.get("action").size();
            Value action = actions("action", rows, 1);
            Value taken = graph.concat(1, action, actions("negatives", rows, -1));
            crossEntropy = logits.crossEntropy(action.reshape(-1));
            values = q.gatherElements(taken);
            var difference = new TemporalDifference(numbers.get("gamma").asDouble());
            Value next =
                    matrix("q_target_next")
                            .gatherElements(matrix("q_main_next").argMax().unsqueeze(-1));
            Value same = matrix("q_target_same").gatherElements(q.argMax().unsqueeze(-1));
            target =
                    difference.target(
                            vector("reward"),
                            graph.constant(1).subtract(vector("done")),
                            next.reshape(-1));
            negativeTarget = difference.targetOfNegatives(same.reshape(-1));
        }

        Value value() {
            return values.slice(1, 0, 1).reshape(-1);
        }

        Value negativeValues() {
            return values.slice(1, 1, values.size(1));
        }

        Value snqn() {
            return new SnqnLoss(1)
                    .perTransition(crossEntropy, value(), target, negativeValues(), negativeTarget);
        }

        Value sac() {
            return new SacLoss(1).perTransition(crossEntropy, value(), target);
        }

        Value sa2c() {
            var loss = new Sa2cLoss(1, actor());
            Value column = crossEntropy.unsqueeze(-1);
            Value importance =
                    loss.importance(value().unsqueeze(-1), negativeValues(), column, popularity());
            return loss.perTransition(
                    crossEntropy,
                    importance.reshape(-1),
                    value(),
                    target,
                    negativeValues(),
                    negativeTarget);
        }

        private ActorCriticSettings actor() {
            return ActorCriticSettings.DEFAULT.withSmooth(numbers.get("smooth").asDouble());
        }

        /// Of each row's action, [rows, 1].
        private Value popularity() {
            Value all = vector("popularity");
            return all.gather(graph.constant(targets())).unsqueeze(-1);
        }

        private long[] targets() {
            return StreamSupport.stream(numbers.get("action").spliterator(), false)
                    .mapToLong(JsonNode::asLong)
                    .toArray();
        }

        Value sqn() {
            return new SqnLoss(1).perTransition(crossEntropy, value(), target);
        }

        private Value matrix(String name) {
            long[] shape = Golden.shape(numbers.get(name));
            inputs.put(name, Tensor.of(Golden.floats(numbers.get(name)), shape));
            return graph.input(name, ElementType.FLOAT, shape);
        }

        private Value vector(String name) {
            float[] elements = Golden.floats(numbers.get(name));
            inputs.put(name, Tensor.of(elements, elements.length));
            return graph.input(name, ElementType.FLOAT, elements.length);
        }

        private Value actions(String name, int rows, int columns) {
            long[] elements =
                    StreamSupport.stream(numbers.get(name).spliterator(), false)
                            .flatMap(row ->
                                    row.isArray()
                                            ? StreamSupport.stream(row.spliterator(), false)
                                            : Stream.of(row))
                            .mapToLong(JsonNode::asLong)
                            .toArray();
            long[] shape = {rows, columns < 0 ? elements.length / rows : columns};
            inputs.put(name, Tensor.of(elements, shape));
            return graph.input(name, ElementType.INT64, shape);
        }
    }

    @TestFactory
    Stream<DynamicTest> loss_equalsReference() {
        return StreamSupport.stream(Golden.read("losses.json").get("cases").spliterator(), false)
                .flatMap(numbers ->
                        Stream.of(
                                DynamicTest.dynamicTest("parts", () -> checkParts(numbers)),
                                DynamicTest.dynamicTest(
                                        "SQN",
                                        () -> {
                                            var c = new Case(numbers);
                                            check("sqn", c, c.sqn());
                                        }),
                                DynamicTest.dynamicTest(
                                        "SAC",
                                        () -> {
                                            var c = new Case(numbers);
                                            check("sac", c, c.sac());
                                        }),
                                DynamicTest.dynamicTest(
                                        "SNQN",
                                        () -> {
                                            var c = new Case(numbers);
                                            check("snqn", c, c.snqn());
                                        }),
                                DynamicTest.dynamicTest(
                                        "SA2C",
                                        () -> {
                                            var c = new Case(numbers);
                                            check("sa2c", c, c.sa2c());
                                        })));
    }

    private static void checkParts(JsonNode numbers) {
        var c = new Case(numbers);
        Value q = TemporalDifference.loss(c.value(), c.target);
        Value negative =
                TemporalDifference.loss(c.negativeValues(), c.negativeTarget.reshape(-1, 1))
                        .sum(false, -1);
        List<float[]> parts = Runs.run(c.graph, List.of(c.crossEntropy, q, negative), c.inputs);
        JsonNode reference = numbers.get("per_sample");
        assertClose(parts.get(0), Golden.floats(reference.get("ce")));
        assertClose(parts.get(1), Golden.floats(reference.get("l_q")));
        assertClose(parts.get(2), Golden.floats(reference.get("l_neg")));
    }

    private static void check(String name, Case c, Value perTransition) {
        Value loss = perTransition.mean();
        Map<Value, Value> gradients = Gradients.of(loss, List.of(c.logits, c.q));
        List<float[]> results =
                Runs.run(
                        c.graph,
                        List.of(loss, gradients.get(c.logits), gradients.get(c.q)),
                        c.inputs);
        JsonNode reference = c.numbers.get("results").get(name);
        assertClose(results.get(0), new float[] {(float) reference.get("loss").asDouble()});
        assertClose(results.get(1), Golden.floats(reference.get("grad_logits")));
        assertClose(results.get(2), Golden.floats(reference.get("grad_q")));
    }

    private static void assertClose(float[] actual, float[] expected) {
        assertThat(actual).hasSameSizeAs(expected);
        for (int i = 0; i < actual.length; i++) {
            assertThat(actual[i])
                    .as("element %d", i)
                    .isCloseTo(expected[i], within(1e-6f + 1e-5f * Math.abs(expected[i])));
        }
    }
}
