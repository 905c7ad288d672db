package dev.lea.environment.model;

/// Turns raw scores, which compare within one history alone, into rewards that compare across histories:
/// `sigmoid((R - b) / T)` with b the mean R of the reference items after the same history.
record RewardScale(double temperature) {
    private static final float LARGEST = Math.nextDown(1f);

    /// Never 0 and never 1, however far R is from b.
    float reward(float raw, float baseline) {
        double reward = 1 / (1 + Math.exp(-((double) raw - baseline) / temperature));
        return Math.clamp((float) reward, Float.MIN_NORMAL, LARGEST);
    }

    /// @param raw scores of the reference items at `[from, to)`
    static float baseline(float[] raw, int from, int to) {
        double sum = 0;
        for (int i = from; i < to; i++) {
            sum += raw[i];
        }
        return (float) (sum / (to - from));
    }
}
