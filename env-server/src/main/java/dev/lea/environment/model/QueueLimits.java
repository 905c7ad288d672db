package dev.lea.environment.model;

import static dev.lea.serving.Checks.inRange;
import static dev.lea.serving.Checks.require;

import java.time.Duration;

/// How much work may wait.
///
/// @param tasks   of a lane, 1..1048576
/// @param maxWait longest wait that is worth beginning for a call, 1 ms to 1 h
public record QueueLimits(int tasks, Duration maxWait) {
    private static final Duration DEFAULT_WAIT = Duration.ofSeconds(5);

    /// Five seconds are worth waiting.
    public QueueLimits(int tasks) {
        this(tasks, DEFAULT_WAIT);
    }

    public QueueLimits {
        inRange("tasks", tasks, 1, 1 << 20);
        require(
                maxWait.compareTo(Duration.ofMillis(1)) >= 0
                        && maxWait.compareTo(Duration.ofHours(1)) <= 0,
                "maxWait must be in [PT0.001S, PT1H] but is " + maxWait);
    }
}
