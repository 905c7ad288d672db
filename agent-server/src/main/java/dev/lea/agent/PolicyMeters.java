package dev.lea.agent;

import dev.lea.serving.batch.EngineMeters;
import dev.lea.serving.batch.QueueMeters;
import io.micrometer.core.instrument.MeterRegistry;

/// Where the batchers of all versions are counted.
record PolicyMeters(QueueMeters queue, EngineMeters engine) {
    static PolicyMeters of(MeterRegistry registry) {
        return new PolicyMeters(QueueMeters.of(registry, "call"), EngineMeters.of(registry));
    }
}
