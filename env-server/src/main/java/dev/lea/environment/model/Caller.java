package dev.lea.environment.model;

import static java.util.Objects.requireNonNull;

/// Who waits for work.
///
/// @param lane          how urgent it is
/// @param deadlineNanos until when, on the [System#nanoTime] clock
/// @param presence      whether anybody still waits: work that has not begun is dropped when nobody does
public record Caller(Lane lane, long deadlineNanos, Presence presence) {
    /// How urgent work is.
    public enum Lane {
        /// Somebody waits for one answer.
        CALL,
        /// Somebody waits for many, and any call may go first.
        BULK
    }

    /// Whether a caller is still there.
    @FunctionalInterface
    public interface Presence {
        /// True once nobody waits any more.
        boolean gone();

        /// Has `then` run at the moment when nobody waits any more, where that can be told; at once where that has
        /// passed.
        ///
        /// @return takes it back
        default Runnable whenGone(Runnable then) {
            return () -> {};
        }
    }

    public Caller {
        requireNonNull(lane, "lane");
        requireNonNull(presence, "presence");
    }
}
