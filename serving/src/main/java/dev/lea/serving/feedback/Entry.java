package dev.lea.serving.feedback;

import static dev.lea.serving.Checks.require;
import static java.util.Objects.requireNonNull;

import java.time.Instant;
import java.util.List;

/// What one call brought; a record of a segment.
///
/// @param requestId names the call
/// @param received  when it arrived
public record Entry(String requestId, Instant received, List<Feedback> feedback) {
    public Entry {
        require(!requestId.isEmpty(), "requestId must not be empty");
        requireNonNull(received, "received");
        feedback = List.copyOf(feedback);
    }
}
