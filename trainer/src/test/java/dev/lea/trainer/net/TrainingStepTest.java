package dev.lea.trainer.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lea.serving.Failure;
import dev.lea.serving.onnx.ElementType;
import dev.lea.serving.onnx.OnnxOptions;
import dev.lea.serving.onnx.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TrainingStepTest {
    @TempDir Path folder;

    private static final int ROWS = 16;

    private static TrainingStep compile() {
        Graph graph = new Graph();
        Value x = graph.input("x", ElementType.FLOAT, ROWS, 4);
        Value targets = graph.input("y", ElementType.INT64, ROWS);
        Value loss = logits(x).crossEntropy(targets).mean();
        return TrainingStep.compile(
                graph,
                loss,
                Map.of("loss", loss),
                _ -> true,
                Adam.DEFAULT.withClip(1),
                OnnxOptions.TRAINING);
    }

    private static Value logits(Value x) {
        Graph graph = x.graph;
        Value hidden =
                x.affine(
                                graph.parameter("w1", Initial.glorot(4, 8), 4, 8),
                                graph.parameter("b1", Initial.zeros(), 8))
                        .tanh();
        return hidden.matmul(graph.parameter("w2", Initial.glorot(8, 3), 8, 3));
    }

    private static Parameters initial() {
        Graph graph = new Graph();
        logits(graph.input("x", ElementType.FLOAT, ROWS, 4));
        return Parameters.initial(graph, 7);
    }

    private static Map<String, Tensor> batch(long step) {
        var random = new SplittableRandom(step);
        float[] x = new float[ROWS * 4];
        long[] y = new long[ROWS];
        for (int i = 0; i < ROWS; i++) {
            y[i] = random.nextInt(3);
            for (int j = 0; j < 4; j++) {
                x[i * 4 + j] = (float) random.nextGaussian() + (j == y[i] ? 2 : 0);
            }
        }
        return Map.of("x", Tensor.of(x, ROWS, 4), "y", Tensor.of(y, ROWS));
    }

    @Test
    void run_onASeparableProblem_learnsIt() {
        try (var step = compile();
                var state = new TrainingState(initial())) {
            float first = step.run(state, 0.05, batch(0)).get("loss");
            float last = 0;
            for (int t = 1; t < 200; t++) {
                last = step.run(state, 0.05, batch(t)).get("loss");
            }
            assertThat(last).isLessThan(first / 2);
            assertThat(state.step()).isEqualTo(200);
        }
    }

    @Test
    void tenSteps_equalFiveSavedAndFiveMore_toTheBit() {
        Parameters straight;
        Parameters resumed;
        Path file = folder.resolve("half.ckpt");
        try (var step = compile();
                var state = new TrainingState(initial())) {
            for (int t = 0; t < 10; t++) {
                if (t == 5) {
                    Checkpoint.save(file, state);
                }
                step.run(state, 0.05, batch(t));
            }
            straight = state.parameters();
        }
        try (var step = compile();
                var state = new TrainingState(initial())) {
            Checkpoint.restore(file, state);
            for (long t = state.step(); t < 10; t++) {
                step.run(state, 0.05, batch(t));
            }
            resumed = state.parameters();
        }
        straight.arrays()
                .forEach((name, array) ->
                        assertThat(resumed.get(name)).as(name).isEqualTo(array.elements()));
    }

    @Test
    void load_aCheckpointWithOneBitFlipped_isRefused() throws IOException {
        Path file = folder.resolve("p.ckpt");
        Checkpoint.save(file, 3, initial());
        byte[] bytes = Files.readAllBytes(file);
        for (int at = 0; at < bytes.length; at += 7) {
            byte[] altered = bytes.clone();
            altered[at] ^= 4;
            Files.write(file, altered);
            assertThatThrownBy(() -> Checkpoint.load(file))
                    .as("byte %d", at)
                    .isInstanceOf(Failure.Corrupt.class);
        }
        Files.write(file, java.util.Arrays.copyOf(bytes, bytes.length - 20));
        assertThatThrownBy(() -> Checkpoint.load(file)).isInstanceOf(Failure.Corrupt.class);
    }
}
