package dev.lea.agent;

import static dev.lea.serving.Checks.require;

import java.util.PriorityQueue;

/// Draws items without replacement, an item's chance proportional to `exp(score / temperature)`.
///
/// Gumbel top-k: with independent Gumbel noise g, the k largest of `score / temperature + g`, largest first,
/// are distributed as k such draws (Kool et al. 2019, "Stochastic Beams and Where to Find Them"). The noise of
/// an item depends on the seed and its index alone.
///
/// @param temperature above 0 and finite; larger is more random
/// @param seed        the same seed, scores and temperature give the same draw
record Sampling(float temperature, long seed) {
    private static final long GOLDEN = 0x9E3779B97F4A7C15L;

    Sampling {
        require(
                temperature > 0 && Float.isFinite(temperature),
                "temperature must be above 0 and finite but is " + temperature);
    }

    private record Draw(int item, double key) {}

    /// Draws at most `k` items; fewer only where fewer have a score.
    ///
    /// @param scores holds the row at `[offset, offset + items)`; -infinity marks items that cannot be drawn
    Ranking draw(float[] scores, int offset, int items, int k) {
        float best = Float.NEGATIVE_INFINITY;
        for (int i = 0; i < items; i++) {
            best = Math.max(best, scores[offset + i]);
        }
        double[] weights = new double[items]; // logarithms, up to a constant
        var kept = new PriorityQueue<Draw>(k + 1, (a, b) -> Double.compare(a.key, b.key));
        for (int i = 0; i < items; i++) {
            float score = scores[offset + i];
            weights[i] =
                    score == Float.NEGATIVE_INFINITY
                            ? Double.NEGATIVE_INFINITY
                            : ((double) score - best) / temperature;
            double key = weights[i] + gumbel(i);
            if (weights[i] > Double.NEGATIVE_INFINITY
                    && (kept.size() < k || key > kept.peek().key)) {
                kept.add(new Draw(i, key));
                if (kept.size() > k) {
                    kept.poll();
                }
            }
        }
        int[] drawn = new int[kept.size()];
        for (int place = drawn.length - 1; place >= 0; place--) {
            drawn[place] = kept.poll().item;
        }
        return new Ranking(drawn, scoresOf(drawn, scores, offset), propensities(drawn, weights));
    }

    /// `exp(w_j) / sum of exp(w) over what was left before draw j`, summed from the last draw backwards, since
    /// subtracting the drawn ones one by one would cancel.
    private static float[] propensities(int[] drawn, double[] weights) {
        double[] left = weights.clone();
        for (int item : drawn) {
            left[item] = Double.NEGATIVE_INFINITY;
        }
        double logSum = logSumExp(left);
        float[] propensities = new float[drawn.length];
        for (int place = drawn.length - 1; place >= 0; place--) {
            double weight = weights[drawn[place]];
            logSum = logAdd(logSum, weight);
            propensities[place] = (float) Math.exp(weight - logSum);
        }
        return propensities;
    }

    private static float[] scoresOf(int[] drawn, float[] scores, int offset) {
        float[] of = new float[drawn.length];
        for (int place = 0; place < drawn.length; place++) {
            of[place] = scores[offset + drawn[place]];
        }
        return of;
    }

    private double gumbel(int item) {
        long bits = mix(mix(seed) + (item + 1) * GOLDEN);
        double uniform = ((bits >>> 11) + 0.5) * 0x1p-53; // in (0, 1)
        return -Math.log(-Math.log(uniform));
    }

    /// The finaliser of SplitMix64: neighbouring inputs give unrelated outputs.
    private static long mix(long z) {
        z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
        z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
        return z ^ (z >>> 31);
    }

    private static double logSumExp(double[] values) {
        double max = Double.NEGATIVE_INFINITY;
        for (double value : values) {
            max = Math.max(max, value);
        }
        if (max == Double.NEGATIVE_INFINITY) {
            return max;
        }
        double sum = 0;
        for (double value : values) {
            sum += Math.exp(value - max);
        }
        return max + Math.log(sum);
    }

    private static double logAdd(double a, double b) {
        double max = Math.max(a, b);
        double min = Math.min(a, b);
        return min == Double.NEGATIVE_INFINITY ? max : max + Math.log1p(Math.exp(min - max));
    }
}
