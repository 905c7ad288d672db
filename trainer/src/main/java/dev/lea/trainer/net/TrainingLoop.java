package dev.lea.trainer.net;

import static dev.lea.serving.Checks.inRange;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;

/// Runs a number of updates, saving on the way: killed at any point and started again, it ends with the same
/// bits, because a step depends on its number alone.
///
/// @param steps      updates in all
/// @param rate       learning rate at its highest
/// @param warmUp     steps over which the rate rises from zero
/// @param floor      share of the rate that remains at the end of the cosine
/// @param saveEvery  time between checkpoints; how often one is written changes no result
public record TrainingLoop(long steps, double rate, long warmUp, double floor, Duration saveEvery) {
    /// Computes one update.
    @FunctionalInterface
    public interface Update {
        /// @param step from 0
        /// @param rate of this step
        /// @return the loss
        float apply(long step, double rate);
    }

    public TrainingLoop {
        inRange("floor", floor, 0, 1);
        inRange("rate", rate, 0, 100);
        if (steps < 0 || warmUp < 0) {
            throw new IllegalArgumentException(
                    "steps and warmUp must not be negative but are " + steps + " and " + warmUp);
        }
    }

    public TrainingLoop(long steps, double rate) {
        this(steps, rate, Math.min(20, steps / 10), 0.05, Duration.ofSeconds(20));
    }

    /// Runs the steps that `checkpoint` does not hold yet.
    ///
    /// @param checkpoint file that is read when it is there and written on the way
    public void run(TrainingState state, Path checkpoint, Progress progress, Update update) {
        if (Files.exists(checkpoint)) {
            Checkpoint.restore(checkpoint, state);
        }
        long saved = System.nanoTime();
        double smooth = Double.NaN;
        progress.at(state.step(), steps, "");
        while (state.step() < steps) {
            float loss = update.apply(state.step(), rate(state.step()));
            if (!Float.isFinite(loss)) {
                throw new IllegalStateException(
                        "the loss is " + loss + " at step " + state.step() + " of " + steps);
            }
            smooth = Double.isNaN(smooth) ? loss : 0.95 * smooth + 0.05 * loss;
            if (System.nanoTime() - saved > saveEvery.toNanos()) {
                Checkpoint.save(checkpoint, state);
                saved = System.nanoTime();
            }
            progress.at(state.step(), steps, String.format(Locale.ROOT, "loss %.3f", smooth));
        }
        Checkpoint.save(checkpoint, state);
    }

    private double rate(long step) {
        double warm = warmUp == 0 ? 1 : Math.min(1, (step + 1.0) / warmUp);
        double cosine = 0.5 * (1 + Math.cos(Math.PI * step / Math.max(1, steps)));
        return rate * warm * (floor + (1 - floor) * cosine);
    }
}
