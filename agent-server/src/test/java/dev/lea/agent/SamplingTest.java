package dev.lea.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.ThreadLocalRandom;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;

class SamplingTest {
    private static final float NONE = Float.NEGATIVE_INFINITY;

    @RepeatedTest(10)
    void draw_anyScores_hasTheSoftmaxOfWhatWasLeftAsPropensity() {
        long seed = ThreadLocalRandom.current().nextLong();
        var random = new Random(seed);
        int n = 2 + random.nextInt(30);
        float[] scores = new float[n];
        for (int i = 0; i < n; i++) {
            scores[i] = random.nextInt(4) == 0 ? NONE : 3 * (float) random.nextGaussian();
        }
        float temperature = 0.1f + 2 * random.nextFloat();
        int k = 1 + random.nextInt(n);

        Ranking drawn = new Sampling(temperature, seed).draw(scores, 0, n, k);

        long possible = Arrays.stream(toDoubles(scores)).filter(s -> s > NONE).count();
        assertThat(drawn.items()).as("seed %s", seed).hasSize((int) Math.min(k, possible));
        double[] left = toDoubles(scores);
        for (int place = 0; place < drawn.items().length; place++) {
            int item = drawn.items()[place];
            double sum = Arrays.stream(left).map(s -> Math.exp(s / temperature)).sum();
            assertThat((double) drawn.propensities()[place])
                    .as("seed %s place %s", seed, place)
                    .isCloseTo(Math.exp(left[item] / temperature) / sum, within(1e-5));
            assertThat(drawn.scores()[place]).isEqualTo(scores[item]);
            left[item] = NONE; // and so never drawn again
        }
    }

    @Test
    void draw_manySeeds_hitsItemsAsOftenAsTheirPropensity() {
        float[] scores = {9, 0, 1, 2, NONE};
        int draws = 20_000;
        int[] first = new int[scores.length];
        int[] second = new int[scores.length];
        for (int seed = 0; seed < draws; seed++) {
            Ranking drawn = new Sampling(1, seed).draw(scores, 1, 4, 2);
            first[drawn.items()[0]]++;
            if (drawn.items()[0] == 2) {
                second[drawn.items()[1]]++;
            }
        }
        double sum = 1 + Math.E + Math.exp(2);
        assertThat((double) first[0] / draws).isCloseTo(1 / sum, within(0.01));
        assertThat((double) first[1] / draws).isCloseTo(Math.E / sum, within(0.01));
        assertThat((double) first[2] / draws).isCloseTo(Math.exp(2) / sum, within(0.01));
        assertThat(first[3]).isZero();
        assertThat((double) second[1] / first[2]).isCloseTo(Math.E / (1 + Math.E), within(0.015));
    }

    @Test
    void draw_tinyTemperature_isTheBestInOrder() {
        float[] scores = {1e30f, -1e30f, 5, 1e30f / 2};
        Ranking drawn = new Sampling(Float.MIN_VALUE, 7).draw(scores, 0, 4, 4);
        assertThat(drawn.items()).containsExactly(0, 3, 2, 1);
        assertThat(drawn.propensities()).containsOnly(1f);
    }

    @Test
    void draw_nothingLeft_isEmpty() {
        assertThat(new Sampling(1, 0).draw(new float[] {NONE, NONE}, 0, 2, 2).items()).isEmpty();
    }

    @Test
    void new_temperatureNotAboveZero_isRefused() {
        for (float temperature : new float[] {0, -1, Float.NaN, Float.POSITIVE_INFINITY}) {
            assertThatThrownBy(() -> new Sampling(temperature, 0))
                    .hasMessage("temperature must be above 0 and finite but is " + temperature);
        }
    }

    private static double[] toDoubles(float[] values) {
        double[] doubles = new double[values.length];
        Arrays.setAll(doubles, i -> values[i]);
        return doubles;
    }
}
