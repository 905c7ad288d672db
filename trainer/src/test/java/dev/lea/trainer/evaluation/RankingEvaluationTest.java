package dev.lea.trainer.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import dev.lea.serving.Failure;
import dev.lea.trainer.data.Sequence;
import dev.lea.trainer.evaluation.Ranking.Group;
import dev.lea.trainer.net.Golden;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class RankingEvaluationTest {
    @Test
    void rank_goldenScores_givesGoldenRanksAndMetrics() {
        JsonNode golden = Golden.read("metrics.json");
        float[] scores = Golden.floats(golden.get("scores"));
        long[] targets = Golden.longs(golden.get("targets"));
        List<Sequence> sequences = new ArrayList<>();
        for (int row = 0; row < targets.length; row++) {
            sequences.add(new Sequence("u" + row, new int[] {(int) targets[row]}, null));
        }

        Ranking ranking =
                new RankingEvaluation(12)
                        .rank(
                                (histories, out) ->
                                        System.arraycopy(scores, 0, out, 0, scores.length),
                                sequences);

        for (int row = 0; row < targets.length; row++) {
            assertThat(ranking.rank(row)).isEqualTo(golden.get("ranks").get(row).asInt());
        }
        var metrics = ranking.metrics("test");
        for (int k : new int[] {5, 10, 20}) {
            assertThat(metrics.get("test.hr@" + k))
                    .isCloseTo(golden.get("metrics").get("HR@" + k).asDouble(), within(1e-12));
            assertThat(metrics.get("test.ndcg@" + k))
                    .isCloseTo(golden.get("metrics").get("NDCG@" + k).asDouble(), within(1e-12));
        }
        assertThat(metrics).doesNotContainKey("test.with_history.ndcg@10");
    }

    @Test
    void rank_everyEvent_seesExactlyWhatCameBefore() {
        List<List<Integer>> seen = new ArrayList<>();
        Scorer scorer =
                (histories, scores) -> {
                    for (int[] history : histories) {
                        seen.add(Arrays.stream(history).boxed().toList());
                    }
                    Arrays.fill(scores, 0);
                };

        new RankingEvaluation(3)
                .rank(
                        scorer,
                        List.of(
                                new Sequence("a", new int[] {2, 0, 2}, null),
                                new Sequence("b", new int[] {1}, null)));

        assertThat(seen).containsExactly(List.of(), List.of(2), List.of(2, 0), List.of());
    }

    @Test
    void rank_moreEventsThanABatch_ranksAll() {
        List<Sequence> sequences = new ArrayList<>();
        for (int user = 0; user < 301; user++) {
            sequences.add(new Sequence("u" + user, new int[] {user % 4, user % 3}, null));
        }

        Ranking ranking = new RankingEvaluation(4).rank(new LastItem(4), sequences);

        assertThat(ranking.count(Group.ALL)).isEqualTo(602);
        assertThat(ranking.count(Group.WITH_HISTORY)).isEqualTo(301);
        for (int user = 0; user < 301; user++) {
            assertThat(ranking.rank(2 * user)).isEqualTo(4);
            assertThat(ranking.rank(2 * user + 1)).isEqualTo(user % 4 == user % 3 ? 1 : 4);
        }
    }

    @Test
    void rank_notANumber_isAnError() {
        assertThatThrownBy(() ->
                        new RankingEvaluation(2)
                                .rank(
                                        (histories, scores) -> scores[0] = 1,
                                        List.of(new Sequence("a", new int[] {0}, null))))
                .isInstanceOf(Failure.Corrupt.class)
                .hasMessageContaining("item 1 has NaN");
    }

    @Test
    void rank_excludedHistory_comesLast() {
        Scorer falling =
                (histories, scores) -> {
                    for (int i = 0; i < 5 * histories.size(); i++) {
                        scores[i] = -(i % 5);
                    }
                };
        List<Sequence> sequences = List.of(new Sequence("a", new int[] {0, 1, 0}, null));

        Ranking left = new RankingEvaluation(5).rank(falling, sequences);
        Ranking out = new RankingEvaluation(5, true).rank(falling, sequences);

        assertThat(new int[] {left.rank(0), left.rank(1), left.rank(2)}).containsExactly(1, 2, 1);
        assertThat(new int[] {out.rank(0), out.rank(1), out.rank(2)}).containsExactly(1, 1, 5);
    }

    @Test
    void metrics_eventTypes_areApart() {
        List<Sequence> sequences =
                List.of(new Sequence("a", new int[] {0, 1, 1}, new byte[] {0, 0, 1}));

        Ranking ranking = new RankingEvaluation(30).rank(new LastItem(30), sequences);

        assertThat(ranking.metrics("valid"))
                .containsEntry("valid.purchase.hr@5", 1.0)
                .containsEntry("valid.click.hr@20", 0.0)
                .containsEntry("valid.with_history.hr@10", 0.5);
    }

    @Test
    void coverage_listsOfTen_countDistinctItems() {
        Scorer own =
                (histories, scores) -> {
                    Arrays.fill(scores, 0);
                    for (int row = 0; row < histories.size(); row++) {
                        int shift = histories.get(row).length;
                        for (int i = 0; i < 10; i++) {
                            scores[row * 40 + 10 * shift + i] = 1 + i;
                        }
                    }
                };

        Ranking ranking =
                new RankingEvaluation(40)
                        .rank(own, List.of(new Sequence("a", new int[] {0, 1, 2}, null)));

        assertThat(ranking.coverage()).isEqualTo(0.75);
        assertThat(ranking.metrics("test")).containsEntry("test.coverage@10", 0.75);
    }
}
