package dev.lea.trainer.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.lea.serving.onnx.ElementType;
import dev.lea.serving.onnx.Tensor;
import dev.lea.trainer.net.Gradients;
import dev.lea.trainer.net.Runs;
import dev.lea.trainer.net.Value;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Whole updates at tiny sizes: the gradient of every parameter of the trained network against finite
/// differences of the loss along random directions. SAC and SA2C are not here: their loss depends on weights through
/// which no gradient passes, which differences cannot see ([LossesTest] has theirs).
class UpdateGradientTest {
    private static final int ITEMS = 7;
    private static final int ROWS = 4;
    private static final int WIDTH = 3;
    private static final float STEP = 4e-3f;

    private static final AgentSettings TINY =
            AgentSettings.DEFAULT
                    .withBatchSize(ROWS)
                    .withEncoder(EncoderSettings.DEFAULT.withHidden(4).withHistoryLength(3))
                    .withQ(QSettings.DEFAULT.withNegatives(3).withWeight(0.7));

    @Test
    void gradient_ofAnAlignment_equalsFiniteDifferences() {
        var lea =
                LeaSettings.NONE
                        .withVariant(Lea.named("LES"))
                        .withStateUse(StateUse.ALIGN)
                        .withStateWeight(0.4);
        check(TINY.withAlgorithm(Algorithm.SNQN).withLea(lea));
    }

    @ParameterizedTest
    @CsvSource({
        "SASREC, SUPERVISED, NONE",
        "GRU4REC, SUPERVISED, NONE",
        "SASREC, SQN, NONE",
        "SASREC, SNQN, NONE",
        "SASREC, SNQN, LES",
        "SASREC, SNQN, LEA",
        "SASREC, SNQN, LEASR",
        "GRU4REC, SNQN, LEASR",
    })
    void gradient_ofAnUpdate_equalsFiniteDifferences(
            Architecture architecture, Algorithm algorithm, String variant) {
        var lea =
                LeaSettings.NONE
                        .withVariant(Lea.named(variant))
                        .withPositiveActions(2)
                        .withActionWeight(0.6);
        AgentSettings settings =
                TINY.withEncoder(TINY.encoder().withArchitecture(architecture))
                        .withAlgorithm(algorithm)
                        .withLea(lea);
        check(settings);
    }

    private static void check(AgentSettings settings) {
        Update update = Update.of(settings, ITEMS, WIDTH);
        var random = new SplittableRandom(20_260_102);
        Map<String, Tensor> inputs = inputs(update, settings, random);
        List<Value> trained =
                update.graph().parameters().values().stream()
                        .filter(parameter -> parameter.name().startsWith(Update.MAIN))
                        .toList();
        List<Value> outputs = new ArrayList<>(List.of(update.loss()));
        outputs.addAll(Gradients.of(update.loss(), trained).values());
        try (var runs = new Runs(update.graph(), outputs)) {
            List<float[]> results = runs.run(inputs);
            for (int i = 0; i < trained.size(); i++) {
                Value parameter = trained.get(i);
                float[] gradient = results.get(i + 1);
                for (int direction = 0; direction < 3; direction++) {
                    float[] d = normal(random, gradient.length, 1);
                    double expected = 0;
                    for (int e = 0; e < d.length; e++) {
                        expected += (double) gradient[e] * d[e];
                    }
                    Tensor tensor = inputs.get(parameter.name());
                    double up = lossAt(runs, inputs, tensor, d, STEP);
                    double down = lossAt(runs, inputs, tensor, d, -STEP);
                    assertThat((up - down) / (2 * STEP))
                            .as("%s along direction %d", parameter, direction)
                            .isCloseTo(expected, within(2e-3 + 1e-2 * Math.abs(expected)));
                }
            }
        }
    }

    private static double lossAt(
            Runs runs, Map<String, Tensor> inputs, Tensor parameter, float[] direction, float by) {
        float[] kept = parameter.toFloats();
        float[] moved = kept.clone();
        for (int i = 0; i < moved.length; i++) {
            moved[i] += by * direction[i];
        }
        parameter.floats().put(moved);
        double loss = runs.run(inputs).getFirst()[0];
        parameter.floats().put(kept);
        return loss;
    }

    /// Random parameters and a random batch.
    private static Map<String, Tensor> inputs(
            Update update, AgentSettings settings, SplittableRandom random) {
        int taken = Batch.taken(settings);
        int places = settings.encoder().historyLength();
        int wanted = taken + Batch.negatives(settings);
        long later = (long) ROWS * taken;
        Map<String, Tensor> inputs = new HashMap<>();
        update.graph()
                .parameters()
                .forEach((name, value) -> {
                    long count = 1;
                    for (long dimension : value.shape()) {
                        count *= dimension;
                    }
                    inputs.put(name, Tensor.of(normal(random, (int) count, 0.5), value.shape()));
                });
        // Every action is worth the same to the target: else the loss jumps where an argmax turns.
        fill(inputs.get(Update.TARGET + "q.weight"), 0);
        fill(inputs.get(Update.TARGET + "q.bias"), 0.3f);
        update.dropout()
                .masks()
                .forEach((name, mask) -> {
                    Tensor tensor = Tensor.zeros(ElementType.FLOAT, mask.shape());
                    for (int i = 0; i < tensor.size(); i++) {
                        tensor.floats().put(i, random.nextInt(5) == 0 ? 0 : 1.25f);
                    }
                    inputs.put(name, tensor);
                });
        inputs.put(Batch.HISTORY, indices(random, 0, ITEMS + 1, ROWS, places));
        inputs.put(Batch.LENGTH, indices(random, 1, places + 1, ROWS));
        inputs.put(Batch.LATER_HISTORY, indices(random, 0, ITEMS + 1, later, places));
        inputs.put(Batch.LATER_LENGTH, indices(random, 1, places + 1, later));
        inputs.put(Batch.ACTIONS, indices(random, 0, ITEMS, ROWS, wanted));
        inputs.put(Batch.REWARDS, Tensor.of(normal(random, ROWS * taken, 1), ROWS, taken));
        inputs.put(Batch.CONTINUES, Tensor.of(new float[ROWS * taken], ROWS, taken));
        inputs.get(Batch.CONTINUES).floats().put(1, 1).put(2, 1);
        inputs.put(Batch.SHARES, Tensor.of(normal(random, ROWS * (taken - 1), 1), ROWS, taken - 1));
        inputs.put(Batch.STATES, Tensor.of(normal(random, ROWS * WIDTH, 1), ROWS, WIDTH));
        inputs.put(
                Batch.LATER_STATES,
                Tensor.of(normal(random, ROWS * taken * WIDTH, 1), later, WIDTH));
        return inputs;
    }

    private static void fill(Tensor tensor, float value) {
        for (int i = 0; tensor != null && i < tensor.size(); i++) {
            tensor.floats().put(i, value);
        }
    }

    private static Tensor indices(SplittableRandom random, int from, int to, long... shape) {
        Tensor tensor = Tensor.zeros(ElementType.INT64, shape);
        for (int i = 0; i < tensor.size(); i++) {
            tensor.longs().put(i, random.nextInt(from, to));
        }
        return tensor;
    }

    private static float[] normal(SplittableRandom random, int count, double deviation) {
        float[] draws = new float[count];
        for (int i = 0; i < count; i++) {
            draws[i] = (float) (random.nextGaussian() * deviation);
        }
        return draws;
    }
}
