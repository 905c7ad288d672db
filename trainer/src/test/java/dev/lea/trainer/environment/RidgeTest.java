package dev.lea.trainer.environment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

class RidgeTest {
    @Test
    void solve_linearData_findsTheMapAndIgnoresRowsOfNoWeight() {
        var random = new Random(2);
        float[][] x = new float[200][3];
        float[][] y = new float[200][2];
        double[] weights = new double[200];
        for (int r = 0; r < x.length; r++) {
            for (int i = 0; i < 3; i++) {
                x[r][i] = (float) random.nextGaussian() * (i + 1) + i;
            }
            y[r][0] = 2 * x[r][0] - x[r][2] + 5;
            y[r][1] = 0.5f * x[r][1] - 3;
            weights[r] = 1 + random.nextInt(3);
            if (r % 10 == 0) {
                weights[r] = 0;
                y[r][0] = 1e6f;
            }
        }
        Ridge.Affine map = new Ridge(x, y, weights).solve(1e-9);
        float[] expected = {2, 0, 0, 0.5f, -1, 0};
        for (int i = 0; i < expected.length; i++) {
            assertThat(map.weight()[i]).isCloseTo(expected[i], within(1e-3f));
        }
        assertThat(map.bias()[0]).isCloseTo(5, within(1e-2f));
        assertThat(map.bias()[1]).isCloseTo(-3, within(1e-2f));
        assertThat(map.apply(new float[] {1, 2, 3})[0]).isCloseTo(4, within(1e-2f));
    }

    @Test
    void solve_largePenalty_givesTheMean() {
        float[][] x = {{1}, {2}, {3}};
        float[][] y = {{10}, {20}, {60}};
        double[] weights = {1, 1, 1};
        assertThat(new Ridge(x, y, weights).solve(1e9).apply(new float[] {7})[0])
                .isCloseTo(30, within(1e-3f));
    }

    @Test
    void solve_columnThatNeverChanges_isHarmless() {
        float[][] x = new float[20][2];
        float[][] y = new float[20][1];
        for (int r = 0; r < 20; r++) {
            x[r][0] = r;
            x[r][1] = 4;
            y[r][0] = 3 * r;
        }
        double[] weights = new double[20];
        Arrays.fill(weights, 1);
        assertThat(new Ridge(x, y, weights).solve(1e-6).apply(new float[] {5, 4})[0])
                .isCloseTo(15, within(1e-2f));
    }
}
