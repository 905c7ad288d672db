package dev.lea.environment.model;

import java.util.concurrent.atomic.LongAdder;

/// What all versions together have run since the process began. Thread-safe.
public final class PassStatistics {
    private final LongAdder passes = new LongAdder();
    private final LongAdder rows = new LongAdder();
    private final LongAdder places = new LongAdder();
    private final LongAdder padding = new LongAdder();
    private final LongAdder recalled = new LongAdder();

    /// Native runs.
    public long passes() {
        return passes.sum();
    }

    /// Sequences in them.
    public long rows() {
        return rows.sum();
    }

    /// Tokens that were run.
    public long places() {
        return places.sum();
    }

    /// Places that were run for nothing, because rows of a pass are of one length.
    public long padding() {
        return padding.sum();
    }

    /// Tokens that did not have to be run, because an earlier pass had read them.
    public long recalled() {
        return recalled.sum();
    }

    void add(int passRows, long passPlaces, long passPadding, long passRecalled) {
        passes.increment();
        rows.add(passRows);
        places.add(passPlaces);
        padding.add(passPadding);
        recalled.add(passRecalled);
    }
}
