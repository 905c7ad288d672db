package dev.lea.trainer.evaluation;

import dev.lea.serving.Checks;
import java.util.Arrays;
import java.util.List;

/// The floor that says "the same again": the newest item of the history scores 1, all others 0.
///
/// @param items n
public record LastItem(int items) implements Scorer {
    public LastItem {
        Checks.inRange("items", items, 1, Integer.MAX_VALUE);
    }

    @Override
    public void score(List<int[]> histories, float[] scores) {
        Arrays.fill(scores, 0, histories.size() * items, 0);
        for (int row = 0; row < histories.size(); row++) {
            int[] history = histories.get(row);
            if (history.length > 0) {
                scores[row * items + history[history.length - 1]] = 1;
            }
        }
    }
}
