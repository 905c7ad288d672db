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
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class GatedRecurrentUnitTest {
    private static final int STEPS = 5;
    private static final int ROWS = 2;
    private static final int INPUTS = 3;
    private static final int HIDDEN = 4;

    private final JsonNode golden = Golden.read("ops.json").get("gru");
    private final Graph graph = new Graph();
    private final Map<String, Tensor> inputs = new HashMap<>();
    private final Value present = graph.input("present", ElementType.FLOAT, STEPS, ROWS, 1);
    private final Value last = last();

    @Test
    void last_ofFullRows_hasTheReferencesStateAndGradients() {
        feedPresent(STEPS, STEPS);
        Value weights = graph.constant("w", Golden.floats(golden.get("grad_output")), ROWS, HIDDEN);
        List<Value> trained = List.copyOf(graph.parameters().values());
        Map<Value, Value> gradients = Gradients.of(last.multiply(weights).sum(), trained);
        List<Value> wanted = new ArrayList<>(List.of(last));
        trained.forEach(parameter -> wanted.add(gradients.get(parameter)));

        List<float[]> results = Runs.run(graph, wanted, inputs);

        assertClose(results.get(0), Golden.floats(golden.get("output")));
        JsonNode expected = golden.get("grads");
        assertClose(results.get(1), transposed(expected.get("weight_ih_l0")));
        assertClose(results.get(2), Golden.floats(expected.get("bias_ih_l0")));
        assertClose(results.get(3), transposed(expected.get("weight_hh_l0")));
        assertClose(results.get(4), Golden.floats(expected.get("bias_hh_l0")));
    }

    @Test
    void last_ofAShorterRow_isItsStateWhereItEnds() {
        feedPresent(STEPS, 2);
        float[] before = Runs.run(graph, List.of(last), inputs).getFirst();
        for (int t = 2; t < STEPS; t++) {
            for (int i = 0; i < INPUTS; i++) {
                inputs.get("x").floats().put((t * ROWS + 1) * INPUTS + i, 9);
            }
        }
        assertThat(Runs.run(graph, List.of(last), inputs).getFirst()).isEqualTo(before);
        feedPresent(STEPS, 3);
        assertThat(Runs.run(graph, List.of(last), inputs).getFirst()).isNotEqualTo(before);
    }

    private Value last() {
        Value steps = graph.input("x", ElementType.FLOAT, STEPS, ROWS, INPUTS);
        Value state = new GatedRecurrentUnit(graph, "", INPUTS, HIDDEN).last(steps, present);
        JsonNode weights = golden.get("weights");
        feed("input.weight", transposed(weights.get("weight_ih_l0")), INPUTS, 3L * HIDDEN);
        feed("input.bias", Golden.floats(weights.get("bias_ih_l0")), 3L * HIDDEN);
        feed("hidden.weight", transposed(weights.get("weight_hh_l0")), HIDDEN, 3L * HIDDEN);
        feed("hidden.bias", Golden.floats(weights.get("bias_hh_l0")), 3L * HIDDEN);
        float[] rows = Golden.floats(golden.get("x"));
        float[] stepwise = new float[rows.length];
        for (int t = 0; t < STEPS; t++) {
            for (int row = 0; row < ROWS; row++) {
                System.arraycopy(
                        rows,
                        (row * STEPS + t) * INPUTS,
                        stepwise,
                        (t * ROWS + row) * INPUTS,
                        INPUTS);
            }
        }
        feed("x", stepwise, STEPS, ROWS, INPUTS);
        return state;
    }

    private void feed(String name, float[] elements, long... shape) {
        inputs.put(name, Tensor.of(elements, shape));
    }

    private void feedPresent(int... lengths) {
        float[] elements = new float[STEPS * ROWS];
        for (int t = 0; t < STEPS; t++) {
            for (int row = 0; row < ROWS; row++) {
                elements[t * ROWS + row] = t < lengths[row] ? 1 : 0;
            }
        }
        feed("present", elements, STEPS, ROWS, 1);
    }

    /// The reference keeps a gate's weights in rows.
    private static float[] transposed(JsonNode matrix) {
        long[] shape = Golden.shape(matrix);
        int rows = (int) shape[0];
        int columns = (int) shape[1];
        float[] elements = Golden.floats(matrix);
        float[] turned = new float[elements.length];
        for (int row = 0; row < rows; row++) {
            for (int column = 0; column < columns; column++) {
                turned[column * rows + row] = elements[row * columns + column];
            }
        }
        return turned;
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
