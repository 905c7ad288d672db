package dev.lea.trainer.agent;

import java.util.ArrayList;
import java.util.List;

/// Where a training run stands, besides its parameters.
///
/// @param update    updates done
/// @param losses    sum of the losses since the last evaluation
/// @param epochs    one entry for each evaluation so far
record TrainingProgress(long update, double losses, List<EpochReport> epochs) {
    static final TrainingProgress START = new TrainingProgress(0, 0, List.of());

    TrainingProgress {
        epochs = List.copyOf(epochs);
    }

    /// After one more update.
    TrainingProgress after(float loss) {
        return new TrainingProgress(update + 1, losses + loss, epochs);
    }

    /// After one more evaluation.
    TrainingProgress after(EpochReport epoch) {
        List<EpochReport> all = new ArrayList<>(epochs);
        all.add(epoch);
        return new TrainingProgress(update, 0, all);
    }

    /// The epoch of the highest validation figure, the earliest of equals; null before the first.
    EpochReport best() {
        EpochReport best = null;
        for (EpochReport epoch : epochs) {
            if (best == null || epoch.validation() > best.validation()) {
                best = epoch;
            }
        }
        return best;
    }

    /// Evaluations since the best one, of those after epoch `from`.
    int epochsWithoutGain(int from) {
        return epochs.isEmpty() ? 0 : epochs.getLast().epoch() - Math.max(from, best().epoch());
    }
}
