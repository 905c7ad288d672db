package dev.lea.environment.model;

import static java.util.Objects.requireNonNull;

import java.util.function.BooleanSupplier;

/// Who waits for work.
///
/// @param lane          how urgent it is
/// @param deadlineNanos until when, on the [System#nanoTime] clock
/// @param gone          true once nobody waits any more: work that has not begun is dropped
public record Caller(Lane lane, long deadlineNanos, BooleanSupplier gone) {
    /// How urgent work is.
    public enum Lane {
        /// Somebody waits for one answer.
        CALL,
        /// Somebody waits for many, and any call may go first.
        BULK
    }

    public Caller {
        requireNonNull(lane, "lane");
        requireNonNull(gone, "gone");
    }
}
