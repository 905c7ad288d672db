package dev.lea.serving.batch;

import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.composite.CompositeMeterRegistry;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.stream.DoubleStream;

/// What runs of a model take, as meters: `lea.engine.run`, the time of each run, failed ones too, and `lea.engine.rows`, the
/// rows in it. Thread-safe.
public final class EngineMeters {
    private static final double[] ROWS = {1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1_024, 4_096};
    private static final double[] MILLIS = {
        0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 30_000
    };

    /// Counts for nobody.
    public static final EngineMeters NONE = of(new CompositeMeterRegistry());

    private final Timer run;
    private final DistributionSummary rows;

    private EngineMeters(MeterRegistry registry) {
        run =
                Timer.builder("lea.engine.run")
                        .description("time that a run of the model took")
                        .serviceLevelObjectives(
                                DoubleStream.of(MILLIS)
                                        .mapToObj(ms -> Duration.ofNanos((long) (ms * 1e6)))
                                        .toArray(Duration[]::new))
                        .register(registry);
        rows =
                DistributionSummary.builder("lea.engine.rows")
                        .description("rows that were run together")
                        .serviceLevelObjectives(ROWS)
                        .register(registry);
    }

    public static EngineMeters of(MeterRegistry registry) {
        return new EngineMeters(registry);
    }

    /// Rows were run together.
    public void ran(int together, long nanos) {
        rows.record(together);
        run.record(nanos, TimeUnit.NANOSECONDS);
    }
}
