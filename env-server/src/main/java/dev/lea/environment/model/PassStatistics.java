package dev.lea.environment.model;

import dev.lea.environment.model.Caller.Lane;
import dev.lea.serving.batch.EngineMeters;
import dev.lea.serving.batch.QueueMeters;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.composite.CompositeMeterRegistry;
import java.util.Collections;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;

/// What all versions together have run, and what waits to be, since the process began. Thread-safe.
public final class PassStatistics {
    private final EngineMeters engine;
    private final Map<Lane, QueueMeters> queues = new EnumMap<>(Lane.class);
    private final LongAdder passes = new LongAdder();
    private final LongAdder rows = new LongAdder();
    private final LongAdder places = new LongAdder();
    private final LongAdder padding = new LongAdder();
    private final LongAdder recalled = new LongAdder();

    /// Without meters.
    public PassStatistics() {
        this(new CompositeMeterRegistry());
    }

    /// @param registry where runs and queues are counted as meters too, by [EngineMeters] and [QueueMeters]
    public PassStatistics(MeterRegistry registry) {
        engine = EngineMeters.of(registry);
        for (Lane lane : Lane.values()) {
            queues.put(lane, QueueMeters.of(registry, lane.name().toLowerCase(Locale.ROOT)));
        }
    }

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

    Map<Lane, QueueMeters> queues() {
        return Collections.unmodifiableMap(queues);
    }

    void ran(int passRows, long nanos) {
        engine.ran(passRows, nanos);
    }

    void add(int passRows, long passPlaces, long passPadding, long passRecalled) {
        passes.increment();
        rows.add(passRows);
        places.add(passPlaces);
        padding.add(passPadding);
        recalled.add(passRecalled);
    }
}
