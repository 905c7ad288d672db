package dev.lea.trainer.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.lea.serving.onnx.ElementType;
import dev.lea.serving.onnx.OnnxOptions;
import dev.lea.serving.onnx.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class AccumulatedStepTest {
    private static final int ROWS = 12;
    private static final int INPUTS = 5;
    private static final Adam CLIPPED = Adam.DEFAULT.withClip(0.5f);

    private final float[] x = new float[ROWS * INPUTS];
    private final long[] y = new long[ROWS];

    AccumulatedStepTest() {
        var random = new Random(11);
        for (int i = 0; i < x.length; i++) {
            x[i] = (float) random.nextGaussian();
        }
        for (int i = 0; i < y.length; i++) {
            y[i] = random.nextInt(3);
        }
    }

    /// The gradients are summed, clipped as a whole and applied once: three small batches are one large one.
    @Test
    void run_equalParts_isTheUpdateOfTheWhole() {
        Parameters whole = trained(ROWS, 7, true);
        for (int rows : new int[] {12, 6, 4, 1}) {
            Parameters parts = trained(rows, 7, false);
            for (String name : List.of("w", "b", "unused")) {
                float[] expected = whole.get(name);
                for (int i = 0; i < expected.length; i++) {
                    assertThat(parts.get(name)[i])
                            .as("%s[%d] in parts of %d", name, i, rows)
                            .isCloseTo(expected[i], within(2e-6f));
                }
            }
        }
    }

    @Test
    void run_loss_isTheMeanOfTheParts() {
        Parameters initial = initial();
        try (var step = new AccumulatedStep(initial, _ -> 1, CLIPPED, OnnxOptions.TRAINING);
                TrainingState state = new TrainingState(initial);
                TrainingState same = new TrainingState(initial);
                var all = new AccumulatedStep(initial, _ -> 1, CLIPPED, OnnxOptions.TRAINING)) {
            float parts = step.run(state, 0.01, batches(step, 4));
            float once = all.run(same, 0.01, batches(all, ROWS));
            assertThat(parts).isCloseTo(once, within(1e-5f));
        }
    }

    private Parameters trained(int rows, int steps, boolean atOnce) {
        Parameters initial = initial();
        try (TrainingState state = new TrainingState(initial)) {
            if (atOnce) {
                Graph graph = new Graph();
                Value loss = loss(graph, rows);
                try (var step =
                        TrainingStep.compile(
                                graph,
                                loss,
                                Map.of("loss", loss),
                                _ -> true,
                                name -> name.equals("b") ? 2 : 1,
                                CLIPPED,
                                OnnxOptions.TRAINING)) {
                    for (int t = 0; t < steps; t++) {
                        Map<String, Tensor> batch = batch(0, rows);
                        var _ = step.run(state, 0.05, batch);
                        batch.values().forEach(Tensor::close);
                    }
                }
            } else {
                try (var step =
                        new AccumulatedStep(
                                initial,
                                name -> name.equals("b") ? 2 : 1,
                                CLIPPED,
                                OnnxOptions.TRAINING)) {
                    List<AccumulatedStep.Batch> batches = batches(step, rows);
                    for (int t = 0; t < steps; t++) {
                        var _ = step.run(state, 0.05, batches);
                    }
                }
            }
            return state.parameters();
        }
    }

    private List<AccumulatedStep.Batch> batches(AccumulatedStep step, int rows) {
        Graph graph = new Graph();
        AccumulatedStep.Pass pass = step.pass(graph, loss(graph, rows));
        List<AccumulatedStep.Batch> batches = new ArrayList<>();
        for (int from = 0; from < ROWS; from += rows) {
            int first = from;
            batches.add(new AccumulatedStep.Batch(pass, () -> batch(first, rows)));
        }
        return batches;
    }

    private Map<String, Tensor> batch(int from, int rows) {
        return Map.of(
                "x",
                Tensor.of(
                        Arrays.copyOfRange(x, from * INPUTS, (from + rows) * INPUTS), rows, INPUTS),
                "y",
                Tensor.of(Arrays.copyOfRange(y, from, from + rows), rows));
    }

    private static Value loss(Graph graph, int rows) {
        Value x = graph.input("x", ElementType.FLOAT, rows, INPUTS);
        Value y = graph.input("y", ElementType.INT64, rows);
        Value logits =
                x.affine(
                        graph.parameter("w", Initial.glorot(INPUTS, 3), INPUTS, 3),
                        graph.parameter("b", Initial.zeros(), 3));
        Value hardly = graph.parameter("unused", Initial.constant(1), 1).multiply(0);
        return logits.crossEntropy(y).mean().add(hardly.sum());
    }

    private static Parameters initial() {
        Graph graph = new Graph();
        loss(graph, 1);
        return Parameters.initial(graph, 3);
    }
}
