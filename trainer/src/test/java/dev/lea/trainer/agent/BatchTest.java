package dev.lea.trainer.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.lea.serving.onnx.Tensor;
import dev.lea.trainer.data.Sequence;
import dev.lea.trainer.data.Transitions;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class BatchTest {
    private static final int L = 5;
    private static final int M = 2;
    private static final int J = 10;
    private static final AgentSettings LEASR =
            Tiny.SETTINGS.withLea(LeaSettings.NONE.withVariant(Lea.LEASR).withPositiveActions(M));

    private static Batch batch(AgentSettings settings, AgentData data) {
        Update update = Update.of(settings, data.items(), data.stateWidth(settings));
        return new Batch(settings, update, data);
    }

    private static Map<String, float[]> filled(AgentSettings settings, long step) {
        try (Batch batch = batch(settings, Tiny.annotated(20))) {
            batch.fill(step - 1);
            batch.fill(step);
            Map<String, float[]> copies = new HashMap<>();
            batch.tensors().forEach((name, tensor) -> copies.put(name, toFloats(tensor)));
            return copies;
        }
    }

    private static float[] toFloats(Tensor tensor) {
        if (tensor.type() == dev.lea.serving.onnx.ElementType.FLOAT) {
            return tensor.toFloats();
        }
        long[] longs = tensor.toLongs();
        float[] floats = new float[longs.length];
        for (int i = 0; i < longs.length; i++) {
            floats[i] = longs[i];
        }
        return floats;
    }

    @Test
    void fill_dependsOnSeedAndStepAlone() {
        Map<String, float[]> a = filled(LEASR, 17);
        filled(LEASR, 17).forEach((name, b) -> assertThat(b).as(name).isEqualTo(a.get(name)));
        assertThat(filled(LEASR, 18).get(Batch.ACTIONS)).isNotEqualTo(a.get(Batch.ACTIONS));
        assertThat(filled(LEASR.withSeed(2), 17).get(Batch.ACTIONS))
                .isNotEqualTo(a.get(Batch.ACTIONS));
    }

    @Test
    void fill_negatives_areNoneOfTheActionsThatCount() {
        float[] actions = filled(LEASR, 1).get(Batch.ACTIONS);
        int width = 1 + M + J;
        for (int row = 0; row < 32; row++) {
            float[] taken = Arrays.copyOfRange(actions, row * width, row * width + 1 + M);
            for (int j = 0; j < J; j++) {
                assertThat(taken).doesNotContain(actions[row * width + 1 + M + j]);
            }
        }
    }

    @Test
    void fill_laterHistories_haveTheActionAppended() {
        Map<String, float[]> inputs = filled(LEASR, 3);
        int width = 1 + M + J;
        for (int row = 0; row < 32; row++) {
            for (int k = 0; k <= M; k++) {
                int at = row * (1 + M) + k;
                int length = (int) inputs.get(Batch.LATER_LENGTH)[at];
                float last = inputs.get(Batch.LATER_HISTORY)[at * L + length - 1];
                assertThat(last).isEqualTo(inputs.get(Batch.ACTIONS)[row * width + k]);
            }
        }
    }

    @Test
    void fill_sharesOfPositiveActions_sumToOneWhereThereAreAny() {
        float[] shares = filled(LEASR, 3).get(Batch.SHARES);
        for (int row = 0; row < 32; row++) {
            float sum = shares[row * M] + shares[row * M + 1];
            assertThat(sum == 0 || sum == 1).as("row %d: %f", row, sum).isTrue();
        }
        assertThat(shares).contains(0f, 0.5f, 1f);
    }

    @Test
    void fill_drawnActions_areEachOfThemAsOften() {
        AgentSettings one = LEASR.withLea(LEASR.lea().withDrawnActions(1));
        int[] drawn = new int[M];
        try (Batch batch = batch(one, Tiny.annotated(20))) {
            for (long step = 0; step < 50; step++) {
                batch.fill(step);
                float[] actions = toFloats(batch.tensors().get(Batch.ACTIONS));
                float[] shares = toFloats(batch.tensors().get(Batch.SHARES));
                for (int row = 0; row < 32; row++) {
                    int transition = batch.transition(row);
                    boolean none = transition % 5 == 0;
                    assertThat(shares[row]).isEqualTo(none ? 0 : 1);
                    if (!none && transition % 2 == 1) { // it has two
                        int first = row * (2 + J);
                        int rank = (int) (actions[first + 1] - actions[first] - 1 + Tiny.ITEMS);
                        drawn[rank % Tiny.ITEMS]++;
                    }
                }
            }
        }
        assertThat(drawn[0]).isGreaterThan(200);
        assertThat(drawn[0] / (double) drawn[1]).isCloseTo(1, within(0.2));
    }

    @Test
    void fill_oneKnownTransition_isWrittenAsTheMethodSays() {
        var only = Transitions.of(List.of(new Sequence("u", new int[] {7}, null)));
        var data = new AgentData(Tiny.ITEMS, only, null, "one");
        try (Batch batch = batch(Tiny.SETTINGS, data)) {
            batch.fill(0);
            float n = Tiny.ITEMS;
            Map<String, Tensor> inputs = batch.tensors();
            assertThat(Arrays.copyOf(toFloats(inputs.get(Batch.HISTORY)), L))
                    .containsExactly(n, n, n, n, n);
            assertThat(inputs.get(Batch.LENGTH).longs().get(0)).isEqualTo(1);
            assertThat(Arrays.copyOf(toFloats(inputs.get(Batch.LATER_HISTORY)), L))
                    .containsExactly(7, n, n, n, n);
            assertThat(inputs.get(Batch.REWARDS).floats().get(0)).isEqualTo(1);
            assertThat(inputs.get(Batch.CONTINUES).floats().get(0)).isZero();
        }
    }

    @Test
    void fill_rewards_replaceOrShapeTheLoggedOnes() {
        float[] replaced = filled(LEASR, 3).get(Batch.REWARDS);
        var shaping = LEASR.withLea(LEASR.lea().withCombination(RewardCombination.SHAPE));
        float[] shaped = filled(shaping, 3).get(Batch.REWARDS);
        for (int row = 0; row < 32; row++) { // logged rewards are 1 here
            assertThat(shaped[row * (1 + M)]).isEqualTo(2 * replaced[row * (1 + M)]);
        }
        var without = LEASR.withLea(LEASR.lea().withVariant(Lea.named("LEAS")));
        assertThat(filled(without, 3).get(Batch.REWARDS)).containsOnly(1f);
    }

    @Test
    void fill_masks_dropAboutTheirShare() {
        float[] mask = filled(Tiny.SETTINGS, 5).get("dropout.embedding");
        int dropped = 0;
        for (float element : mask) {
            dropped += element == 0 ? 1 : 0;
            assertThat(element == 0 || element == (float) (1 / 0.9)).isTrue();
        }
        assertThat((double) dropped / mask.length).isCloseTo(0.1, within(0.03));
    }
}
