package dev.lea.client;

import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.rpc.BadRequest;
import com.google.rpc.ErrorInfo;
import com.google.rpc.RetryInfo;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusException;
import io.grpc.protobuf.StatusProto;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// A call that failed, with everything that the server said about it.
///
/// Programs decide by [#code] and [#reason]; the message is for people and names the call and the server.
public final class LeaException extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final Status.Code code;
    private final transient Details details;

    /// What the server's status carries beside its code.
    private record Details(
            String description,
            String reason,
            Map<String, String> metadata,
            List<String> fields,
            Optional<Duration> retryDelay) {}

    private LeaException(Status.Code code, Details details, String call, Throwable cause) {
        super(sentence(code, details, call), cause);
        this.code = code;
        this.details = details;
    }

    /// @param call what was asked of whom, for the message
    static LeaException of(Status status, Metadata trailers, String call) {
        return new LeaException(
                status.getCode(), read(status, trailers), call, rootCause(status.getCause()));
    }

    /// A failure that this side noticed.
    ///
    /// @param reason UPPER_SNAKE, for programs
    static LeaException local(Status.Code code, String reason, String description, String call) {
        return new LeaException(
                code,
                new Details(description, reason, Map.of(), List.of(), Optional.empty()),
                call,
                null);
    }

    /// The call's canonical code.
    public Status.Code code() {
        return code;
    }

    /// The code's name, for instance `UNAVAILABLE`, for those who only show it.
    public String codeName() {
        return code.name();
    }

    /// Whether nobody answered.
    public boolean isUnavailable() {
        return code == Status.Code.UNAVAILABLE;
    }

    /// What the server said, without the call's name.
    public String description() {
        return details.description();
    }

    /// Stable UPPER_SNAKE name of the cause, empty when the answer carried none.
    public String reason() {
        return details.reason();
    }

    /// Ids, bounds and values that belong to [#reason].
    public Map<String, String> metadata() {
        return details.metadata();
    }

    /// Names of the request's fields that are wrong.
    public List<String> fields() {
        return details.fields();
    }

    /// How long the server asks to wait before the next attempt; without it a repeat is not invited.
    public Optional<Duration> retryDelay() {
        return details.retryDelay();
    }

    /// Whether the same call may succeed later: nobody answered, or the server named a delay.
    public boolean isTransient() {
        return code == Status.Code.UNAVAILABLE
                || (code == Status.Code.RESOURCE_EXHAUSTED && retryDelay().isPresent());
    }

    /// Whether the server was away or not itself: nobody answered, it asked for patience, it fell silent, or it
    /// ended while it was at work. Work that can wait goes on when the server is back. A call that the
    /// interruption of its own thread broke off is no outage.
    public boolean isOutage() {
        if (Thread.currentThread().isInterrupted() || reason().equals("INTERRUPTED")) {
            return false;
        }
        return isTransient()
                || code == Status.Code.DEADLINE_EXCEEDED
                || code == Status.Code.CANCELLED
                || reason().equals("STREAM_CUT");
    }

    private static Details read(Status status, Metadata trailers) {
        var details =
                StatusProto.fromThrowable(
                                new StatusException(
                                        status, trailers == null ? new Metadata() : trailers))
                        .getDetailsList();
        var info = find(details, ErrorInfo.class).orElse(ErrorInfo.getDefaultInstance());
        var request = find(details, BadRequest.class).orElse(BadRequest.getDefaultInstance());
        return new Details(
                status.getDescription() == null ? "" : status.getDescription(),
                info.getReason(),
                Map.copyOf(info.getMetadataMap()),
                request.getFieldViolationsList().stream()
                        .map(BadRequest.FieldViolation::getField)
                        .toList(),
                find(details, RetryInfo.class)
                        .map(RetryInfo::getRetryDelay)
                        .map(delay -> Duration.ofSeconds(delay.getSeconds(), delay.getNanos())));
    }

    /// The first detail of a kind; one that cannot be read counts as absent, the code still stands.
    private static <T extends Message> Optional<T> find(List<Any> details, Class<T> kind) {
        for (Any detail : details) {
            if (detail.is(kind)) {
                try {
                    return Optional.of(detail.unpack(kind));
                } catch (InvalidProtocolBufferException e) {
                    return Optional.empty();
                }
            }
        }
        return Optional.empty();
    }

    private static String sentence(Status.Code code, Details details, String call) {
        var text = new StringBuilder(call).append(": ").append(code);
        if (!details.reason().isEmpty()) {
            text.append(" (").append(details.reason()).append(')');
        }
        if (!details.description().isEmpty()) {
            text.append(": ").append(details.description());
        }
        return text.toString();
    }

    private static Throwable rootCause(Throwable cause) {
        return cause == null || cause.getCause() == null ? cause : rootCause(cause.getCause());
    }
}
