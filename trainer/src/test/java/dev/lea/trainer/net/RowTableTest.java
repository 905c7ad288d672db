package dev.lea.trainer.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.lea.serving.onnx.ElementType;
import dev.lea.serving.onnx.OnnxOptions;
import dev.lea.serving.onnx.Tensor;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A table of which updates see a few rows beside the same parameter updated whole.
class RowTableTest {
    private static final int ROWS = 50;
    private static final int WIDTH = 3;
    private static final int SLOTS = 4;
    private static final double RATE = 0.01;
    private static final Initial START = Initial.normal(1);

    @TempDir Path folder;

    /// Draws rows towards given ones: `mean of (row - goal)^2`, of rows that come rarely, often and never.
    private static Value loss(Graph graph, Value rows) {
        Value error = rows.subtract(graph.input("goal", ElementType.FLOAT, SLOTS, WIDTH));
        Value counted = graph.input("counted", ElementType.FLOAT, SLOTS, 1);
        return error.multiply(error).multiply(counted).mean();
    }

    private static TrainingStep compile(Graph graph, Value loss) {
        return TrainingStep.compile(
                graph, loss, Map.of("loss", loss), _ -> true, Adam.DEFAULT, OnnxOptions.TRAINING);
    }

    private record Whole(TrainingStep step, TrainingState state) implements AutoCloseable {
        static Whole start() {
            Graph graph = new Graph();
            Value table = graph.parameter("table", START, ROWS, WIDTH);
            Value rows = table.gather(graph.input("rows", ElementType.INT64, SLOTS));
            return new Whole(
                    compile(graph, loss(graph, rows)),
                    new TrainingState(Parameters.initial(graph, 5)));
        }

        void update(long number) {
            Map<String, Tensor> inputs = inputs(number);
            int[] choice = choice(number);
            long[] rows = Arrays.stream(choice).mapToLong(row -> Math.max(0, row)).toArray();
            inputs.put("rows", Tensor.of(rows, SLOTS));
            step.run(state, RATE, inputs);
        }

        @Override
        public void close() {
            step.close();
            state.close();
        }
    }

    private record Sparse(TrainingStep step, TrainingState state) implements AutoCloseable {
        static Sparse start() {
            Graph graph = new Graph();
            Value rows = graph.parameter("table", START, new TableRows("few", ROWS, SLOTS), WIDTH);
            return new Sparse(
                    compile(graph, loss(graph, rows)),
                    new TrainingState(Parameters.initial(graph, 5), graph.tables(), Adam.DEFAULT));
        }

        void update(long number) {
            step.run("", state, Map.of(), RATE, inputs(number), Map.of("few", choice(number)));
        }

        @Override
        public void close() {
            step.close();
            state.close();
        }
    }

    private static int[] choice(long number) {
        var random = new SplittableRandom(number);
        int often = random.nextInt(5);
        int rarely = 5 + random.nextInt(ROWS - 6); // the last one never
        return number % 3 == 0
                ? new int[] {often, TableRows.EMPTY, rarely, TableRows.EMPTY}
                : new int[] {often, TableRows.EMPTY, TableRows.EMPTY, TableRows.EMPTY};
    }

    private static Map<String, Tensor> inputs(long number) {
        int[] choice = choice(number);
        float[] goal = new float[SLOTS * WIDTH];
        float[] counted = new float[SLOTS];
        var random = new SplittableRandom(number + 1_000_000);
        for (int slot = 0; slot < SLOTS; slot++) {
            counted[slot] = choice[slot] == TableRows.EMPTY ? 0 : 1;
            for (int i = 0; i < WIDTH; i++) {
                goal[slot * WIDTH + i] = (float) random.nextGaussian();
            }
        }
        var inputs = new HashMap<String, Tensor>();
        inputs.put("goal", Tensor.of(goal, SLOTS, WIDTH));
        inputs.put("counted", Tensor.of(counted, SLOTS, 1));
        return inputs;
    }

    /// Rows that are seen again after a few and after hundreds of updates, and one that never is.
    @Test
    void updates_ofChosenRows_doWhatAdamDoesToTheWhole() {
        try (Whole whole = Whole.start();
                Sparse sparse = Sparse.start()) {
            for (long number = 0; number < 1500; number++) {
                whole.update(number);
                sparse.update(number);
                if (number < 20 || number % 100 == 0) {
                    assertThat(sparse.state().parameters().get("table"))
                            .as("after update %d", number)
                            .containsExactly(
                                    whole.state().parameters().get("table"), within(2e-5f));
                }
            }
            whole.state().forget();
            sparse.state().forget();
            for (long number = 0; number < 20; number++) {
                whole.update(number);
                sparse.update(number);
            }
            assertThat(sparse.state().parameters().get("table"))
                    .containsExactly(whole.state().parameters().get("table"), within(2e-5f));
        }
    }

    @Test
    void restore_goesOnWithTheSameBits() {
        float[] straight;
        Path file = folder.resolve("state.ckpt");
        try (Sparse sparse = Sparse.start()) {
            for (long number = 0; number < 700; number++) {
                if (number == 350) {
                    Checkpoint.save(file, sparse.state());
                    sparse.state().parameters(); // which must change nothing
                }
                sparse.update(number);
            }
            straight = sparse.state().parameters().get("table");
        }
        try (Sparse sparse = Sparse.start()) {
            Checkpoint.restore(file, sparse.state());
            assertThat(sparse.state().step()).isEqualTo(350);
            for (long number = 350; number < 700; number++) {
                sparse.update(number);
            }
            assertThat(sparse.state().parameters().get("table")).isEqualTo(straight);
        }
    }
}
