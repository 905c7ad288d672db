package dev.lea.environment.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class RewardScaleTest {
    @Test
    void reward_isTheSigmoidOfTheScaledDistanceToTheBaseline() {
        var scale = new RewardScale(2);
        assertThat(scale.reward(3, 3)).isEqualTo(0.5f);
        assertThat(scale.reward(5, 3)).isCloseTo(0.731059f, within(1e-6f));
        assertThat(RewardScale.baseline(new float[] {9, 1, 2, 6, 9}, 1, 4)).isEqualTo(3);
    }

    @Test
    void reward_farFromTheBaseline_staysInsideTheOpenInterval() {
        var scale = new RewardScale(1e-3);
        assertThat(scale.reward(1e30f, 0)).isLessThan(1).isGreaterThan(0.999f);
        assertThat(scale.reward(-1e30f, 0)).isGreaterThan(0).isLessThan(1e-6f);
    }
}
