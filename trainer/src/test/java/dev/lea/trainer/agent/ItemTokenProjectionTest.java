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
            new Parameters(Map.of()).with("item_embedding", new float[4 * HIDDEN], 4, HIDDEN);

    @Test
    void start_alikeTokens_giveAlikeEmbeddings_ofTheDeviation() {
        float[][] tokens = {{5, 1, 0, 0}, {5, 0.9f, 0.1f, 0}, {5, -1, -0.1f, 0}};

        float[] start = new ItemTokenProjection(tokens, 7).start(NOISE, 0.01).get("item_embedding");

        assertThat(cosine(start, 0, 1)).isGreaterThan(0.9);
        assertThat(cosine(start, 0, 2)).isLessThan(-0.9);
        double squares = 0;
        for (int i = 0; i < 3 * HIDDEN; i++) {
            squares += (double) start[i] * start[i];
        }
        assertThat(Math.sqrt(squares / (3 * HIDDEN))).isCloseTo(0.01, within(1e-6));
        assertThat(Arrays.copyOfRange(start, 3 * HIDDEN, 4 * HIDDEN)).containsOnly(0);
    }

    @Test
    void start_tokensOfAnotherCatalogue_areRefused() {
        assertThatThrownBy(() -> new ItemTokenProjection(new float[2][4], 7).start(NOISE, 0.01))
                .hasMessage("item tokens must be 3, one an item, but are 2");
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
