package dev.lea.trainer.evaluation;

import dev.lea.trainer.data.Sequence;
import java.util.List;

/// The floor that knows nobody: every item scores what it was chosen in training, whatever the history.
public final class Popularity implements Scorer {
    private final float[] counts;

    private Popularity(float[] counts) {
        this.counts = counts;
    }

    /// @param items n
    public static Popularity of(List<Sequence> train, int items) {
        float[] counts = new float[items];
        for (Sequence sequence : train) {
            for (int position = 0; position < sequence.length(); position++) {
                counts[sequence.item(position)]++;
            }
        }
        return new Popularity(counts);
    }

    /// Times the item was chosen in training.
    public float count(int item) {
        return counts[item];
    }

    @Override
    public void score(List<int[]> histories, float[] scores) {
        for (int row = 0; row < histories.size(); row++) {
            System.arraycopy(counts, 0, scores, row * counts.length, counts.length);
        }
    }
}
