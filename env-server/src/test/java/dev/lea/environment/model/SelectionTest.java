package dev.lea.environment.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import org.junit.jupiter.api.Test;

class SelectionTest {
    private static final int[] ITEMS = {10, 11, 12, 13};
    private static final float[] RAW = {1, 4, 4, 2};

    @Test
    void choose_byScore_isTheBestFirst_tiesByItem() {
        assertThat(new Selection(3, 4, 0, 0).choose(ITEMS, RAW, 0)).containsExactly(1, 2, 3);
        assertThat(new Selection(9, 9, 0, 0).choose(ITEMS, RAW, 0)).hasSize(4);
        assertThat(Selection.DEFAULT.choose(new int[0], new float[0], 0)).isEmpty();
    }

    @Test
    void choose_drawing_dependsOnSeedAndHistory_notOnOrder() {
        var drawn = new Selection(2, 4, 2, 7);
        int[] reversed = {13, 12, 11, 10};
        float[] reversedRaw = {2, 4, 4, 1};
        boolean different = false;
        for (long history = 0; history < 50; history++) {
            int[] chosen = items(ITEMS, drawn.choose(ITEMS, RAW, history));
            assertThat(items(reversed, drawn.choose(reversed, reversedRaw, history)))
                    .isEqualTo(chosen);
            different |= !Arrays.equals(chosen, items(ITEMS, drawn.choose(ITEMS, RAW, 99)));
        }
        assertThat(different).isTrue();
        assertThat(new Selection(2, 4, 2, 8).choose(ITEMS, RAW, 1)).hasSize(2);
    }

    @Test
    void choose_drawingOften_followsTheSoftmax() {
        double temperature = 1.5;
        double[] weight = new double[RAW.length];
        for (int i = 0; i < RAW.length; i++) {
            weight[i] = Math.exp(RAW[i] / temperature);
        }
        double total = Arrays.stream(weight).sum();
        int draws = 20_000;
        int[] counts = new int[RAW.length];
        for (int seed = 0; seed < draws; seed++) {
            counts[new Selection(1, 4, temperature, seed).choose(ITEMS, RAW, 5)[0]]++;
        }
        for (int i = 0; i < RAW.length; i++) {
            assertThat(counts[i] / (double) draws).isCloseTo(weight[i] / total, within(0.015));
        }
    }

    @Test
    void of_aHistory_isWhatAppendingItsItemsGives() {
        long history = Selection.EMPTY_HISTORY;
        for (int item : ITEMS) {
            history = Selection.appended(history, item);
        }
        assertThat(Selection.of(ITEMS)).isEqualTo(history);
        assertThat(Selection.of(new int[] {0})).isNotEqualTo(Selection.of(new int[] {0, 0}));
    }

    @Test
    void selection_outOfRange_isRefused() {
        assertThatThrownBy(() -> new Selection(5, 4, 0, 0))
                .hasMessage("candidates must be in [5, 1000] but is 4");
        assertThatThrownBy(() -> new Selection(1, 4, Double.NaN, 0))
                .hasMessageContaining("temperature");
    }

    private static int[] items(int[] items, int[] places) {
        return Arrays.stream(places).map(place -> items[place]).toArray();
    }
}
