package dev.lea.serving;

import java.time.Duration;
import java.util.Map;

/// Everything that may go wrong with a request, as the caller should see it.
///
/// Sealed, so that the one place that turns failures into gRPC codes does not compile until a new kind
/// has been given a code. Each carries a reason in UPPER_SNAKE that programs may rely on, and metadata
/// that names the thing, the bound and the value. Kinds that are expected under load carry no stack
/// trace.
public abstract sealed class Failure extends RuntimeException {
    private final String reason;
    private final transient Map<String, String> metadata;

    private Failure(
            String reason,
            String message,
            Map<String, String> metadata,
            Throwable cause,
            boolean trace) {
        super(message, cause, trace, trace);
        this.reason = reason;
        this.metadata = Map.copyOf(metadata);
    }

    /// Stable name of the cause, for programs.
    public final String reason() {
        return reason;
    }

    /// Details for programs: ids, bounds, values.
    public final Map<String, String> metadata() {
        return metadata;
    }

    /// The request is malformed; sending it again will fail again.
    public static final class Invalid extends Failure {
        private final String field;

        /// @param field the request's field that is wrong, for instance `k` or `queries[2].history_item_ids`
        public Invalid(String field, String reason, String message, Map<String, String> metadata) {
            super(reason, message, metadata, null, false);
            this.field = field;
        }

        public Invalid(String field, String message) {
            this(field, "INVALID_FIELD", message, Map.of());
        }

        /// The field that is wrong.
        public String field() {
            return field;
        }
    }

    /// A named thing does not exist here.
    public static final class NotFound extends Failure {
        public NotFound(String reason, String message, Map<String, String> metadata) {
            super(reason, message, metadata, null, false);
        }
    }

    /// The request is sound but the server's state is not what it asks for.
    public static final class Conflict extends Failure {
        public Conflict(String reason, String message, Map<String, String> metadata) {
            super(reason, message, metadata, null, false);
        }
    }

    /// The caller may not do this, whatever the request says.
    public static final class Forbidden extends Failure {
        public Forbidden(String reason, String message, Map<String, String> metadata) {
            super(reason, message, metadata, null, false);
        }
    }

    /// No version of the model is loaded, or the process is going away; another replica may serve it.
    public static final class Unavailable extends Failure {
        public Unavailable(String reason, String message) {
            super(reason, message, Map.of(), null, false);
        }
    }

    /// The queue is full; the caller should back off.
    public static final class Overloaded extends Failure {
        private static final Duration SOON = Duration.ofMillis(20);
        private static final Duration UNKNOWN = Duration.ofMillis(100);
        private static final Duration LATE = Duration.ofSeconds(10);

        private final Duration retryAfter;

        /// @param retryAfter when there may be room; zero: nobody knows; what is sooner than 20 ms or later than 10 s is
        ///                   moved there
        public Overloaded(String message, Duration retryAfter) {
            super("OVERLOADED", message, Map.of(), null, false);
            this.retryAfter = within(retryAfter.isZero() ? UNKNOWN : retryAfter);
        }

        /// Nobody knows when there will be room.
        public Overloaded(String message) {
            this(message, UNKNOWN);
        }

        private static Duration within(Duration delay) {
            return delay.compareTo(SOON) < 0 ? SOON : delay.compareTo(LATE) > 0 ? LATE : delay;
        }

        /// When the caller should try again.
        public Duration retryAfter() {
            return retryAfter;
        }
    }

    /// The deadline passed while the request was waiting.
    public static final class Expired extends Failure {
        public Expired(String message) {
            super("DEADLINE_EXCEEDED", message, Map.of(), null, false);
        }
    }

    /// Bytes that were stored or sent are not what they should be: truncated, altered, not a number, of
    /// another shape.
    public static final class Corrupt extends Failure {
        public Corrupt(String reason, String message, Throwable cause) {
            super(reason, message, Map.of(), cause, true);
        }

        public Corrupt(String reason, String message) {
            this(reason, message, null);
        }
    }

    /// The model itself failed. The cause is for our log only and never leaves the process.
    public static final class Broken extends Failure {
        public Broken(String message, Throwable cause) {
            super("MODEL_FAILED", message, Map.of(), cause, true);
        }
    }
}
