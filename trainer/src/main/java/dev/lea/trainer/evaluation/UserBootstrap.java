package dev.lea.trainer.evaluation;

import dev.lea.serving.Checks;
import dev.lea.trainer.data.CounterRandom;
import java.util.Arrays;

/// Means over events when users, not events, are drawn with replacement: the events of one user are not
/// independent of each other.
final class UserBootstrap {
    static final int RESAMPLES = 2_000;

    private UserBootstrap() {}

    /// Means of the resamples in ascending order.
    ///
    /// @param sums of each user's values
    /// @param counts of each user's values, at least 1
    static double[] means(double[] sums, int[] counts, long seed) {
        Checks.inRange("users", sums.length, 1, Integer.MAX_VALUE);
        double[] means = new double[RESAMPLES];
        for (int resample = 0; resample < RESAMPLES; resample++) {
            var random = CounterRandom.of(seed, "bootstrap", resample);
            double sum = 0;
            long count = 0;
            for (int draw = 0; draw < sums.length; draw++) {
                int user = random.nextInt(sums.length);
                sum += sums[user];
                count += counts[user];
            }
            means[resample] = sum / count;
        }
        Arrays.sort(means);
        return means;
    }

    /// The value below which the share `share` of the ascending means lies.
    static double quantile(double[] means, double share) {
        return means[Math.clamp((int) Math.floor(share * means.length), 0, means.length - 1)];
    }
}
