package dev.lea.trainer.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.lea.serving.Failure;
import dev.lea.trainer.data.CounterRandom;
import dev.lea.trainer.data.Sequence;
import dev.lea.trainer.data.Transitions;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class StatisticsTest {
    @Test
    void accuracy_ties_countAsWrong() {
        var accuracy =
                PairwiseAccuracy.of(
                        new int[] {0, 0, 2, 2},
                        new float[] {1, 1, 3, 0},
                        new float[] {0, 1, 1, 2},
                        1);

        assertThat(accuracy.value()).isEqualTo(0.5);
        assertThat(accuracy.tied()).isEqualTo(0.25);
        assertThat(accuracy.withTiesAsHalf()).isEqualTo(0.625);
        assertThat(accuracy.pairs()).isEqualTo(4);
        assertThat(accuracy.users()).isEqualTo(2);
    }

    @Test
    void accuracy_bound_followsTheNumberOfUsersNotOfPairs() {
        // Half of the users are always right, half never: what varies is the users.
        int pairs = 4000;
        int[] fewUsers = new int[pairs];
        int[] manyUsers = new int[pairs];
        float[] chosen = new float[pairs];
        for (int pair = 0; pair < pairs; pair++) {
            fewUsers[pair] = pair % 40;
            manyUsers[pair] = pair;
            chosen[pair] = pair % 2;
        }

        double few = PairwiseAccuracy.of(fewUsers, chosen, new float[pairs], 1).lower();
        double many = PairwiseAccuracy.of(manyUsers, chosen, new float[pairs], 1).lower();

        // Normal approximation: 0.5 - 1.645 * 0.5 / sqrt(users).
        assertThat(few).isCloseTo(0.5 - 1.645 * 0.5 / Math.sqrt(40), within(0.02));
        assertThat(many).isCloseTo(0.5 - 1.645 * 0.5 / Math.sqrt(4000), within(0.003));
    }

    @Test
    void accuracy_notANumber_isAnError() {
        assertThatThrownBy(() ->
                        PairwiseAccuracy.of(
                                new int[] {0}, new float[] {Float.NaN}, new float[1], 1))
                .isInstanceOf(Failure.Corrupt.class)
                .hasMessageContaining("pair 0");
    }

    @Test
    void spearman_ties_shareTheirMeanRank() {
        // Ranks 1, 2.5, 2.5, 4 and 1, 3, 2, 4: covariance 4.5 over sqrt(4.5 * 5).
        double correlation = Spearman.of(new double[] {1, 2, 2, 3}, new double[] {10, 30, 20, 40});

        assertThat(correlation).isCloseTo(4.5 / Math.sqrt(4.5 * 5), within(1e-12));
        assertThat(Spearman.of(new double[] {1, 2, 3}, new double[] {9, 4, 1})).isEqualTo(-1);
        assertThat(Spearman.of(new double[] {1, 1, 1}, new double[] {9, 4, 1})).isZero();
        assertThat(Spearman.of(new double[] {-0.0, 0.0, 1}, new double[] {0.0, -0.0, 1}))
                .isEqualTo(1);
    }

    @Test
    void comparison_betterVariant_isFoundAndEqualOnesAreNot() {
        Transitions events = events(200);
        Ranking base = ranking(events, 1, 10);
        Ranking better = ranking(events, 2, 4);
        Ranking equal = ranking(events, 3, 10);

        PairedComparison found = PairedComparison.of(List.of(base), List.of(better), 1);
        PairedComparison nothing = PairedComparison.of(List.of(base), List.of(equal), 1);

        assertThat(found.difference()).isEqualTo(better.ndcg() - base.ndcg(), within(1e-12));
        assertThat(found.lower()).isPositive().isLessThan(found.difference());
        assertThat(found.upper()).isGreaterThan(found.difference());
        assertThat(found.p()).isLessThan(0.01);
        assertThat(nothing.p()).isGreaterThan(0.05);
    }

    @Test
    void comparison_sameRankings_hasNoDifference() {
        Transitions events = events(20);
        Ranking ranking = ranking(events, 1, 10);

        PairedComparison same = PairedComparison.of(List.of(ranking, ranking), List.of(ranking), 1);

        assertThat(same.difference()).isZero();
        assertThat(same.p()).isEqualTo(1);
        assertThatThrownBy(() ->
                        PairedComparison.of(
                                List.of(ranking), List.of(ranking(events(21), 1, 10)), 1))
                .hasMessageContaining("same 60 events");
    }

    @Test
    void holm_severalPairs_areStepwiseAndMonotone() {
        assertThat(Holm.adjust(0.01, 0.04, 0.03, 0.005))
                .containsExactly(new double[] {0.03, 0.06, 0.06, 0.02}, within(1e-12));
        assertThat(Holm.adjust(0.9, 0.8)).containsExactly(1, 1);
        assertThat(Holm.adjust()).isEmpty();
    }

    private static Transitions events(int users) {
        List<Sequence> sequences = new ArrayList<>();
        for (int user = 0; user < users; user++) {
            sequences.add(new Sequence("u" + user, new int[] {0, 1, 2}, null));
        }
        return Transitions.of(sequences);
    }

    private static Ranking ranking(Transitions events, long seed, int worst) {
        var random = CounterRandom.of(seed, "ranks", 0);
        int[] ranks = new int[events.size()];
        for (int event = 0; event < ranks.length; event++) {
            ranks[event] = 1 + random.nextInt(worst);
        }
        return new Ranking(events, ranks, new int[1], List.of());
    }
}
