package dev.lea.serving.batch;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.composite.CompositeMeterRegistry;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

/// What a queue of work does, as meters tagged with its `lane`: `lea.queue.rows` that wait now, `lea.queue.wait` of work that
/// was run, and `lea.queue.dropped`, the work that never was, tagged with the `reason`. Queues of several versions of a
/// model may share one. Thread-safe.
public final class QueueMeters {
    private static final Duration[] BUCKETS =
            Stream.of(1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000)
                    .map(Duration::ofMillis)
                    .toArray(Duration[]::new);

    /// Counts for nobody.
    public static final QueueMeters NONE = of(new CompositeMeterRegistry(), "none");

    /// Why work was not run.
    public enum Reason {
        /// Refused at once: the queue was full.
        FULL,
        /// Refused at once: it would have waited too long.
        IN_VAIN,
        /// Its deadline passed while it waited.
        EXPIRED,
        /// Its caller left while it waited.
        CANCELLED
    }

    private final AtomicInteger rows = new AtomicInteger();
    private final Timer wait;
    private final Map<Reason, Counter> dropped = new EnumMap<>(Reason.class);

    private QueueMeters(MeterRegistry registry, String lane) {
        Gauge.builder("lea.queue.rows", rows, AtomicInteger::get)
                .tag("lane", lane)
                .description("rows that wait for the model")
                .register(registry);
        wait =
                Timer.builder("lea.queue.wait")
                        .tag("lane", lane)
                        .description("how long work that was run had waited for the model")
                        .serviceLevelObjectives(BUCKETS)
                        .register(registry);
        for (Reason reason : Reason.values()) {
            dropped.put(
                    reason,
                    Counter.builder("lea.queue.dropped")
                            .tag("lane", lane)
                            .tag("reason", reason.name().toLowerCase(Locale.ROOT))
                            .description("work that was not run: shed, expired or given up")
                            .register(registry));
        }
    }

    /// @param lane of the queue's work, for instance `call`
    public static QueueMeters of(MeterRegistry registry, String lane) {
        return new QueueMeters(registry, lane);
    }

    /// Rows began to wait, or, with a negative number, do not wait any more.
    public void waiting(int change) {
        rows.addAndGet(change);
    }

    /// Work is run now that has waited so long.
    public void waited(long nanos) {
        wait.record(nanos, TimeUnit.NANOSECONDS);
    }

    /// So many pieces of work will not be run.
    public void dropped(Reason reason, int count) {
        dropped.get(reason).increment(count);
    }
}
