package dev.lea.serving.feedback;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;

/// The log of feedback as metrics.
///
/// @param log must outlive the registry
public record FeedbackMetrics(FeedbackLog log, FeedbackLimits limits) implements MeterBinder {
    @Override
    public void bindTo(MeterRegistry registry) {
        FunctionCounter.builder("lea.feedback.entries", log, FeedbackLog::entries)
                .description("calls of RecordFeedback that were kept")
                .register(registry);
        FunctionCounter.builder("lea.feedback.syncs", log, FeedbackLog::syncs)
                .description("times that feedback was synced to the disk")
                .register(registry);
        Gauge.builder("lea.feedback.size", log, FeedbackLog::bytes)
                .baseUnit("bytes")
                .description("of the segments")
                .register(registry);
        Gauge.builder("lea.feedback.limit", limits, FeedbackLimits::totalBytes)
                .baseUnit("bytes")
                .description("of the segments at most")
                .register(registry);
    }
}
