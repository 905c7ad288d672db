package dev.lea.bench;

import java.util.concurrent.TimeUnit;
import org.HdrHistogram.ConcurrentHistogram;
import org.HdrHistogram.Histogram;

/// Latencies of many calls, from 1 microsecond to a minute, to three digits. Thread-safe.
final class Latencies {
    private static final long LARGEST = TimeUnit.MINUTES.toNanos(1);

    private final Histogram histogram = new ConcurrentHistogram(1_000, LARGEST, 3);

    void add(long nanos) {
        histogram.recordValue(Math.min(LARGEST, Math.max(0, nanos)));
    }

    void addAll(Latencies others) {
        histogram.add(others.histogram);
    }

    long count() {
        return histogram.getTotalCount();
    }

    /// @param quantile in [0, 1]
    double millis(double quantile) {
        return count() == 0 ? Double.NaN : histogram.getValueAtPercentile(100 * quantile) / 1e6;
    }
}
