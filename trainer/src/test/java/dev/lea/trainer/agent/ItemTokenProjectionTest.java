package dev.lea.trainer.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.lea.trainer.net.Parameters;
import java.util.Arrays;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ItemTokenProjectionTest {
    private static final int HIDDEN = 256;
    private static final Parameters NOISE =
            new Parameters(Map.of())
                    .with("item_embedding", noise(4, 0.01f), 4, HIDDEN)
                    .with("supervised.weight", noise(3, 0.2f), 3, HIDDEN)
                    .with("q.weight", noise(3, 0.2f), 3, HIDDEN);

    @Test
    void start_alikeTokens_giveAlikeVectors_asSpreadAsTheNoise() {
        float[][] tokens = {{5, 1, 0, 0}, {5, 0.9f, 0.1f, 0}, {5, -1, -0.1f, 0}};

        Parameters start = new ItemTokenProjection(tokens, 7).start(NOISE);

        float[] read = start.get("item_embedding");
        float[] scores = start.get("supervised.weight");
        for (float[] rows : new float[][] {read, scores}) {
            assertThat(cosine(rows, 0, 1)).isGreaterThan(0.9);
            assertThat(cosine(rows, 0, 2)).isLessThan(-0.9);
        }
        assertThat(spread(read)).isCloseTo(0.01, within(1e-6));
        assertThat(spread(scores)).isCloseTo(0.2, within(1e-5));
        assertThat(scores[5] / read[5]).isCloseTo(20, within(1e-3f)); // what is read scores itself
        assertThat(Arrays.copyOfRange(read, 3 * HIDDEN, 4 * HIDDEN)).containsOnly(0.01f);
        assertThat(start.get("q.weight")).isEqualTo(NOISE.get("q.weight"));
    }

    @Test
    void start_tokensOfAnotherCatalogue_areRefused() {
        assertThatThrownBy(() -> new ItemTokenProjection(new float[2][4], 7).start(NOISE))
                .hasMessage("item tokens must be 3, one an item, but are 2");
    }

    private static float[] noise(int rows, float size) {
        float[] noise = new float[rows * HIDDEN];
        Arrays.fill(noise, size);
        return noise;
    }

    private static double spread(float[] rows) {
        double squares = 0;
        for (int i = 0; i < 3 * HIDDEN; i++) {
            squares += (double) rows[i] * rows[i];
        }
        return Math.sqrt(squares / (3 * HIDDEN));
    }

    private static double cosine(float[] rows, int a, int b) {
        double dot = 0;
        double aa = 0;
        double bb = 0;
        for (int d = 0; d < HIDDEN; d++) {
            double x = rows[a * HIDDEN + d];
            double y = rows[b * HIDDEN + d];
            dot += x * y;
            aa += x * x;
            bb += y * y;
        }
        return dot / Math.sqrt(aa * bb);
    }
}
