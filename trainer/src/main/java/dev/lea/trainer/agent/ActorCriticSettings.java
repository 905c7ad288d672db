package dev.lea.trainer.agent;

import static dev.lea.serving.Checks.inRange;

/// The second phase of SAC and SA2C, in which values weigh the cross entropy.
///
/// @param warmUpEpochs   epochs of the first phase, 0..100,000
/// @param warmUpUpdates  updates of the first phase, which take the place of `warmUpEpochs` where they are above 0;
///     the sources count 15,000 and 30,000, which suits data of their size
/// @param learningRate   of the second phase, above 0 up to 1; SA2C only, whose Adam starts anew
/// @param advantageLimit largest advantage; the least is 0. SA2C only
/// @param smooth         exponent of the ratio of probability to popularity, 0..10; 0 leaves the ratio out. SA2C only
/// @param leastRatio     lower bound of that ratio, above 0 up to 1
/// @param greatestRatio  upper bound, from 1 on
public record ActorCriticSettings(
        int warmUpEpochs,
        long warmUpUpdates,
        double learningRate,
        double advantageLimit,
        double smooth,
        double leastRatio,
        double greatestRatio) {
    public static final ActorCriticSettings DEFAULT =
            new ActorCriticSettings(5, 0, 0.001, 10, 0, 0.1, 10);

    public ActorCriticSettings {
        inRange("warmUpEpochs", warmUpEpochs, 0, 100_000);
        inRange("warmUpUpdates", (double) warmUpUpdates, 0, 1e12);
        inRange("actor learningRate", learningRate, 1e-7, 1);
        inRange("advantageLimit", advantageLimit, 1e-6, 1e6);
        inRange("smooth", smooth, 0, 10);
        inRange("leastRatio", leastRatio, 1e-6, 1);
        inRange("greatestRatio", greatestRatio, 1, 1e6);
    }

    /// Updates of the first phase.
    long warmUp(long updatesPerEpoch) {
        return warmUpUpdates > 0 ? warmUpUpdates : warmUpEpochs * updatesPerEpoch;
    }

    public ActorCriticSettings withWarmUpEpochs(int warmUpEpochs) {
        return new ActorCriticSettings(
                warmUpEpochs,
                warmUpUpdates,
                learningRate,
                advantageLimit,
                smooth,
                leastRatio,
                greatestRatio);
    }

    public ActorCriticSettings withWarmUpUpdates(long warmUpUpdates) {
        return new ActorCriticSettings(
                warmUpEpochs,
                warmUpUpdates,
                learningRate,
                advantageLimit,
                smooth,
                leastRatio,
                greatestRatio);
    }

    public ActorCriticSettings withLearningRate(double learningRate) {
        return new ActorCriticSettings(
                warmUpEpochs,
                warmUpUpdates,
                learningRate,
                advantageLimit,
                smooth,
                leastRatio,
                greatestRatio);
    }

    public ActorCriticSettings withAdvantageLimit(double advantageLimit) {
        return new ActorCriticSettings(
                warmUpEpochs,
                warmUpUpdates,
                learningRate,
                advantageLimit,
                smooth,
                leastRatio,
                greatestRatio);
    }

    public ActorCriticSettings withSmooth(double smooth) {
        return new ActorCriticSettings(
                warmUpEpochs,
                warmUpUpdates,
                learningRate,
                advantageLimit,
                smooth,
                leastRatio,
                greatestRatio);
    }
}
