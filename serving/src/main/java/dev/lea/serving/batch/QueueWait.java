package dev.lea.serving.batch;

import static dev.lea.serving.Checks.inRange;

import java.time.Duration;

/// Learns from how long work has waited how long work will wait, so that what would wait in vain is refused at once.
///
/// What is learned is the time between one row's start and the next one's, whatever it is made of: the model, the
/// size of batches, how many run at a time, and how many cores others leave over. Rows that went away without being
/// run do not count.
///
/// Not thread-safe: its owner's lock guards it.
public final class QueueWait {
    /// Of a new observation against what was known: the last ten or so count.
    private static final double WEIGHT = 0.1;

    private final int leastAhead;
    private long started;
    private double nanosPerRow;
    private double runNanos;

    /// @param leastAhead rows, 1 or more, that an observation must have had before it: the wait behind fewer is
    ///                   that for the rest of what is running, and says little
    public QueueWait(int leastAhead) {
        this.leastAhead = inRange("leastAhead", leastAhead, 1, Integer.MAX_VALUE);
    }

    /// What work that begins to wait now must remember.
    public long mark() {
        return started;
    }

    /// Work that had `mark` has waited so long and starts now. Call it before [#started] for its own rows.
    public void waited(long mark, long nanos) {
        long ahead = started - mark;
        if (ahead >= leastAhead) {
            nanosPerRow = blend(nanosPerRow, (double) nanos / ahead);
        }
    }

    /// Rows start to run.
    public void started(int rows) {
        started += rows;
    }

    /// A run has taken so long.
    public void ran(long nanos) {
        runNanos = blend(runNanos, (double) nanos);
    }

    /// How long work would wait behind rows that wait; 0 while nothing is known.
    public long nanosBehind(long rows) {
        return (long) (rows * nanosPerRow);
    }

    /// How long a run takes; 0 while nothing is known.
    public long runNanos() {
        return (long) runNanos;
    }

    /// The longest wait that is worth beginning: half of what the deadline leaves, so that a guess that is too low by a
    /// half still answers in time, and no longer than `most`.
    ///
    /// @param left nanoseconds until the deadline
    public static long worthwhile(Duration most, long left) {
        return Math.min(most.toNanos(), left / 2);
    }

    private static double blend(double known, double seen) {
        return known == 0 ? seen : known + WEIGHT * (seen - known);
    }
}
