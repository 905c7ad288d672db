package dev.lea.cli.demo;

import java.util.Collection;

/// How long some calls took.
///
/// @param calls how many
/// @param p50Millis half of them took at most this; NaN of none
/// @param p99Millis 99 in 100 took at most this; NaN of none
record Latency(int calls, double p50Millis, double p99Millis) {
    static Latency ofNanos(Collection<Long> nanos) {
        long[] sorted = nanos.stream().mapToLong(Long::longValue).sorted().toArray();
        return new Latency(sorted.length, quantile(sorted, 0.50), quantile(sorted, 0.99));
    }

    /// Nearest rank.
    private static double quantile(long[] sorted, double share) {
        if (sorted.length == 0) {
            return Double.NaN;
        }
        return sorted[(int) Math.ceil(share * sorted.length) - 1] / 1e6;
    }
}
