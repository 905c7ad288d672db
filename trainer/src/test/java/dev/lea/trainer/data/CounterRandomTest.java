package dev.lea.trainer.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import org.junit.jupiter.api.Test;

class CounterRandomTest {
    private static final int DRAWS = 100_000;

    @Test
    void of_sameKey_drawsTheSameNumbers() {
        var first = CounterRandom.of(5, "negatives", 17);
        var second = CounterRandom.of(5, "negatives", 17);

        for (int i = 0; i < 100; i++) {
            assertThat(second.nextLong()).isEqualTo(first.nextLong());
            assertThat(second.nextGaussian()).isEqualTo(first.nextGaussian());
            assertThat(second.nextInt(9)).isEqualTo(first.nextInt(9));
        }
    }

    @Test
    void of_anotherSeedStreamOrStep_drawsOthers() {
        long[] drawn = {
            CounterRandom.of(5, "negatives", 17).nextLong(),
            CounterRandom.of(6, "negatives", 17).nextLong(),
            CounterRandom.of(5, "dropout", 17).nextLong(),
            CounterRandom.of(5, "negatives", 18).nextLong(),
        };

        assertThat(drawn).doesNotHaveDuplicates();
    }

    /// Pins the numbers: a change here changes every run that was ever seeded.
    @Test
    void nextLong_knownKey_isPinned() {
        var random = CounterRandom.of(1, "pinned", 2);

        assertThat(new long[] {random.nextLong(), random.nextLong()})
                .containsExactly(-5200986013811620212L, -5696773093854864531L);
    }

    @Test
    void nextInt_manyDraws_areUniform() {
        var random = CounterRandom.of(1, "uniform", 0);
        int[] counts = new int[10];
        for (int i = 0; i < DRAWS; i++) {
            counts[random.nextInt(10)]++;
        }

        for (int count : counts) {
            assertThat(count).isCloseTo(DRAWS / 10, within(500));
        }
        assertThatThrownBy(() -> random.nextInt(0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("but is 0");
    }

    @Test
    void of_consecutiveSteps_areUncorrelated() {
        double sum = 0;
        for (int step = 0; step < DRAWS; step++) {
            double here = CounterRandom.of(3, "s", step).nextDouble() - 0.5;
            double next = CounterRandom.of(3, "s", step + 1).nextDouble() - 0.5;
            sum += here * next;
        }

        assertThat(12 * sum / DRAWS).isCloseTo(0, within(0.015));
    }

    @Test
    void nextGaussian_manyDraws_haveUnitMoments() {
        var random = CounterRandom.of(1, "normal", 0);
        double sum = 0;
        double squares = 0;
        for (int i = 0; i < DRAWS; i++) {
            double x = random.nextGaussian();
            sum += x;
            squares += x * x;
        }

        assertThat(sum / DRAWS).isCloseTo(0, within(0.02));
        assertThat(squares / DRAWS).isCloseTo(1, within(0.03));
    }

    @Test
    void shuffle_array_isAPermutation() {
        int[] elements = new int[1000];
        Arrays.setAll(elements, i -> i);

        CounterRandom.of(2, "order", 0).shuffle(elements);

        assertThat(elements).doesNotHaveDuplicates().isNotEqualTo(sorted(elements));
        assertThat(sorted(elements)[999]).isEqualTo(999);
    }

    @Test
    void sample_weights_areMet() {
        double[] weights = {1, 0, 5, 0.5, 3.5, 0};
        AliasTable table = AliasTable.of(weights);
        var random = CounterRandom.of(4, "alias", 0);
        int[] counts = new int[weights.length];
        for (int i = 0; i < DRAWS; i++) {
            counts[table.sample(random)]++;
        }

        for (int i = 0; i < weights.length; i++) {
            assertThat(counts[i]).isCloseTo((int) (DRAWS * weights[i] / 10), within(500));
        }
        assertThat(counts[1]).isZero();
        assertThat(counts[5]).isZero();
    }

    @Test
    void alias_badWeights_areRefused() {
        assertThatThrownBy(() -> AliasTable.of(new double[] {1, Double.NaN}))
                .hasMessageContaining("weight 1");
        assertThatThrownBy(() -> AliasTable.of(new double[] {0, 0}))
                .hasMessageContaining("positive finite sum");
        assertThatThrownBy(() -> AliasTable.of(new double[] {})).hasMessageContaining("sum");
    }

    private static int[] sorted(int[] elements) {
        int[] copy = elements.clone();
        Arrays.sort(copy);
        return copy;
    }
}
