package dev.lea.trainer.data;

import java.util.random.RandomGenerator;

/// Draws indices with given weights, each draw in constant time (Walker's alias method, built as Vose
/// does). Immutable.
public final class AliasTable {
    private final double[] keep;
    private final int[] alias;

    private AliasTable(double[] keep, int[] alias) {
        this.keep = keep;
        this.alias = alias;
    }

    /// @param weights of the indices 0..n-1: finite, not negative, not all 0
    public static AliasTable of(double[] weights) {
        double total = 0;
        for (int i = 0; i < weights.length; i++) {
            if (!(weights[i] >= 0 && weights[i] < Double.POSITIVE_INFINITY)) {
                throw new IllegalArgumentException(
                        "weight " + i + " must be finite and at least 0 but is " + weights[i]);
            }
            total += weights[i];
        }
        if (!(total > 0 && total < Double.POSITIVE_INFINITY)) {
            throw new IllegalArgumentException(
                    "the weights must have a positive finite sum but it is " + total);
        }
        int n = weights.length;
        double[] keep = new double[n];
        int[] alias = new int[n];
        // One array serves as two stacks that grow towards each other.
        int[] stack = new int[n];
        int small = 0;
        int large = n;
        for (int i = 0; i < n; i++) {
            keep[i] = weights[i] / total * n;
            alias[i] = i;
            if (keep[i] < 1) {
                stack[small++] = i;
            } else {
                stack[--large] = i;
            }
        }
        while (small > 0 && large < n) {
            int poor = stack[--small];
            int rich = stack[large];
            alias[poor] = rich;
            keep[rich] -= 1 - keep[poor];
            if (keep[rich] < 1) {
                large++;
                stack[small++] = rich;
            }
        }
        // What is left on either stack is 1 up to rounding, unless its weight is 0: then it never
        // comes.
        while (large < n) {
            keep[stack[large++]] = 1;
        }
        while (small > 0) {
            int left = stack[--small];
            if (weights[left] > 0) {
                keep[left] = 1;
            } else {
                alias[left] = heaviest(weights);
                keep[left] = 0;
            }
        }
        return new AliasTable(keep, alias);
    }

    /// Indices that can be drawn.
    public int size() {
        return keep.length;
    }

    /// One index; draws two numbers.
    public int sample(RandomGenerator random) {
        int i = random.nextInt(keep.length);
        return random.nextDouble() < keep[i] ? i : alias[i];
    }

    private static int heaviest(double[] weights) {
        int best = 0;
        for (int i = 1; i < weights.length; i++) {
            if (weights[i] > weights[best]) {
                best = i;
            }
        }
        return best;
    }
}
