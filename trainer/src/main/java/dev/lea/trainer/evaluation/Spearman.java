package dev.lea.trainer.evaluation;

import dev.lea.serving.Checks;
import dev.lea.serving.Failure;
import java.util.Arrays;
import java.util.stream.IntStream;

/// Spearman's rank correlation: whether two measures put the same things in the same order.
public final class Spearman {
    private Spearman() {}

    /// Correlation of the ranks, in `[-1, 1]`; equal values share their mean rank. 0 where one side is
    /// constant: it orders nothing.
    ///
    /// @param first at least 2 values
    /// @param second as many
    /// @throws Failure.Corrupt if a value is not a number
    public static double of(double[] first, double[] second) {
        Checks.inRange("values", first.length, 2, Integer.MAX_VALUE);
        Checks.require(
                first.length == second.length,
                "both sides must be equally long but are "
                        + first.length
                        + " and "
                        + second.length);
        double[] a = ranks(first);
        double[] b = ranks(second);
        double middle = (first.length + 1) / 2.0;
        double product = 0;
        double squaresA = 0;
        double squaresB = 0;
        for (int i = 0; i < a.length; i++) {
            product += (a[i] - middle) * (b[i] - middle);
            squaresA += (a[i] - middle) * (a[i] - middle);
            squaresB += (b[i] - middle) * (b[i] - middle);
        }
        return squaresA == 0 || squaresB == 0
                ? 0
                : Math.clamp(product / Math.sqrt(squaresA * squaresB), -1.0, 1.0);
    }

    /// Ranks from 1.
    private static double[] ranks(double[] values) {
        for (int i = 0; i < values.length; i++) {
            if (Double.isNaN(values[i])) {
                throw new Failure.Corrupt(
                        "SCORE_NOT_A_NUMBER", "every value must be a number but " + i + " is NaN");
            }
        }
        // Adding 0 makes -0 and 0 one value.
        double[] sorted = Arrays.stream(values).map(value -> value + 0.0).sorted().toArray();
        int[] order =
                IntStream.range(0, values.length)
                        .boxed()
                        .sorted((i, j) -> Double.compare(values[i] + 0.0, values[j] + 0.0))
                        .mapToInt(Integer::intValue)
                        .toArray();
        double[] ranks = new double[values.length];
        int from = 0;
        while (from < sorted.length) {
            int to = from;
            while (to < sorted.length && sorted[to] == sorted[from]) {
                to++;
            }
            for (int place = from; place < to; place++) {
                ranks[order[place]] = (from + 1 + to) / 2.0;
            }
            from = to;
        }
        return ranks;
    }
}
