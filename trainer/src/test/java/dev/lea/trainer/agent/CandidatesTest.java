package dev.lea.trainer.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.lea.trainer.data.CounterRandom;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CandidatesTest {
    private static final long SEED = 20_261_123;

    /// Counts as catalogues have them: few items have most of the events, many have none.
    private static double[] weights(int items, double popular) {
        int[] counts = IntStream.range(0, items).map(item -> 200 / (1 + item)).toArray();
        return Candidates.weights(counts, null, popular);
    }

    private static List<Integer> draw(Candidates candidates, long step) {
        List<Integer> drawn = new ArrayList<>();
        candidates.draw(CounterRandom.of(SEED, "test", step), drawn::add);
        return drawn;
    }

    /// Items come as often as is said, and sums over all items are estimated without bias.
    @ParameterizedTest
    @CsvSource({"97, 13, 0", "97, 13, 0.5", "97, 90, 0.9", "300, 7, 0.5", "5, 2, 0.5", "3, 1, 0"})
    void draw_oftenEnough_comesOutAtTheProbabilities(int items, int count, double popular) {
        Candidates candidates = Candidates.of(weights(items, popular), count, SEED);
        int draws = 40_000;
        int[] came = new int[items];
        for (long step = 0; step < draws; step++) {
            List<Integer> drawn = draw(candidates, step);
            assertThat(drawn).doesNotHaveDuplicates().hasSizeLessThanOrEqualTo(count);
            drawn.forEach(item -> came[item]++);
        }
        for (int item = 0; item < items; item++) {
            double expected = Math.exp(-candidates.correction(item));
            assertThat(expected).isBetween(0.0, 1 + 1e-6);
            double deviation = Math.sqrt(expected * (1 - Math.min(1, expected)) / draws);
            assertThat(came[item] / (double) draws)
                    .as("item %d, seed %d", item, SEED)
                    .isCloseTo(expected, within(5 * deviation + 1e-6));
        }
    }

    @Test
    void draw_ofAsManyAsThereAre_givesAllWithoutCorrection() {
        for (int count : new int[] {97, 1000}) {
            Candidates candidates = Candidates.of(weights(97, 0.5), count, SEED);
            assertThat(candidates.count()).isEqualTo(97);
            assertThat(draw(candidates, 0))
                    .containsExactlyInAnyOrder(
                            IntStream.range(0, 97).boxed().toArray(Integer[]::new));
            for (int item = 0; item < 97; item++) {
                assertThat(candidates.correction(item)).isZero();
            }
        }
    }

    @Test
    void draw_leavesOutItemsThatCannotCome() {
        boolean[] drawn = new boolean[50];
        Arrays.fill(drawn, 10, 30, true);
        int[] counts = new int[50];
        Arrays.fill(counts, 3);
        Candidates candidates = Candidates.of(Candidates.weights(counts, drawn, 0.5), 40, SEED);
        assertThat(draw(candidates, 1)).hasSize(20).allMatch(item -> item >= 10 && item < 30);
        assertThatThrownBy(() -> Candidates.of(new double[4], 2, SEED))
                .hasMessageContaining("no item has a weight");
    }

    @Test
    void draw_dependsOnItsRandomNumbersAlone() {
        Candidates candidates = Candidates.of(weights(97, 0.5), 13, SEED);
        List<Integer> first = draw(candidates, 7);
        draw(candidates, 8);
        assertThat(draw(Candidates.of(weights(97, 0.5), 13, SEED), 7)).isEqualTo(first);
        assertThat(draw(candidates, 8)).isNotEqualTo(first);
    }
}
