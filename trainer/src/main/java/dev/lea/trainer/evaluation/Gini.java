package dev.lea.trainer.evaluation;

import java.util.Arrays;

/// How unevenly something is spread over items: 0 where all have the same, near 1 where one has it all.
///
/// With x ascending: `G = sum_i (2 i - n - 1) x_i / (n sum_i x_i)`, i from 1.
public final class Gini {
    private Gini() {}

    /// @param amounts one an item, none negative
    /// @return NaN where nothing is spread
    public static double of(int[] amounts) {
        int[] ascending = amounts.clone();
        Arrays.sort(ascending);
        double weighted = 0;
        double total = 0;
        for (int i = 0; i < ascending.length; i++) {
            weighted += (2.0 * (i + 1) - ascending.length - 1) * ascending[i];
            total += ascending[i];
        }
        return weighted / (ascending.length * total);
    }
}
