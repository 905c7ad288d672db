package dev.lea.serving.rpc;

import java.util.function.LongSupplier;

/// At most so many log entries a second, with a count of what was left out. Thread-safe.
final class LogLimit {
    private static final long SECOND = 1_000_000_000L;

    private final int entriesASecond;
    private final LongSupplier nanoClock;
    private long windowStart; // guarded by this
    private int entries; // guarded by this
    private long leftOut; // guarded by this

    LogLimit(int entriesASecond, LongSupplier nanoClock) {
        this.entriesASecond = entriesASecond;
        this.nanoClock = nanoClock;
        this.windowStart = nanoClock.getAsLong();
    }

    /// Entries left out since the last one, or -1 when this one is to be left out too.
    synchronized long admit() {
        long now = nanoClock.getAsLong();
        if (now - windowStart >= SECOND) {
            windowStart = now;
            entries = 0;
        }
        if (entries == entriesASecond) {
            leftOut++;
            return -1;
        }
        entries++;
        long count = leftOut;
        leftOut = 0;
        return count;
    }
}
