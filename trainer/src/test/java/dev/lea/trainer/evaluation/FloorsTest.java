package dev.lea.trainer.evaluation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lea.trainer.data.Sequence;
import java.util.List;
import org.junit.jupiter.api.Test;

class FloorsTest {
    private static final List<Sequence> TRAIN =
            List.of(
                    new Sequence("a", new int[] {0, 1}, null),
                    new Sequence("b", new int[] {0, 1, 1}, null),
                    new Sequence("c", new int[] {2, 3}, null),
                    new Sequence("d", new int[] {1, 2}, null));

    @Test
    void popularity_anyHistory_scoresTrainingCounts() {
        float[] scores = new float[10];

        Popularity.of(TRAIN, 5).score(List.of(new int[] {}, new int[] {3}), scores);

        assertThat(scores).containsExactly(2, 4, 2, 1, 0, 2, 4, 2, 1, 0);
    }

    @Test
    void lastItem_history_scoresTheNewest() {
        float[] scores = {9, 9, 9, 9, 9, 9};

        new LastItem(3).score(List.of(new int[] {}, new int[] {0, 2}), scores);

        assertThat(scores).containsExactly(0, 0, 0, 0, 0, 1);
    }

    @Test
    void itemKnn_history_scoresWhatGoesTogether() {
        ItemKnn knn = ItemKnn.of(TRAIN, 5);
        float[] scores = new float[10];

        knn.score(List.of(new int[] {0}, new int[] {}), scores);

        // Users of 0: a, b; of 1: a, b, d; both: 2.
        assertThat(scores[1]).isEqualTo((float) (2 / Math.sqrt(6)) + 1e-4f);
        assertThat(scores[3]).isEqualTo(1e-4f / 4);
        assertThat(scores[4]).isZero();
        assertThat(scores[6]).isEqualTo(1e-4f);
        assertThat(knn.neighbours(1)).containsExactly(0, 2);
        assertThat(knn.neighbours(4)).isEmpty();
    }
}
