package dev.lea.serving.feedback;

import static dev.lea.serving.Checks.require;

import java.time.Duration;

/// How much feedback is kept, and in which pieces.
///
/// @param totalBytes   of all segments; more is refused
/// @param segmentBytes after which the next segment is begun
/// @param segmentAge   after which the next segment is begun
public record FeedbackLimits(long totalBytes, long segmentBytes, Duration segmentAge) {
    public static final FeedbackLimits DEFAULT =
            new FeedbackLimits(10L << 30, 64L << 20, Duration.ofHours(1));

    public FeedbackLimits {
        require(segmentBytes >= 1, "segmentBytes must be at least 1 but is " + segmentBytes);
        require(
                totalBytes >= segmentBytes,
                "totalBytes must be at least segmentBytes, %d, but is %d"
                        .formatted(segmentBytes, totalBytes));
        require(segmentAge.isPositive(), "segmentAge must be above 0 but is " + segmentAge);
    }
}
