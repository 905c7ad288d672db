package dev.lea.serving.rpc;

import com.google.protobuf.Any;
import com.google.protobuf.util.Durations;
import com.google.rpc.BadRequest;
import com.google.rpc.ErrorInfo;
import com.google.rpc.RetryInfo;
import dev.lea.serving.Failure;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusException;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import java.time.Duration;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;

/// The one place where failures become gRPC statuses.
///
/// Each is a `google.rpc.Status` with one `ErrorInfo` (reason, domain, metadata); a malformed request adds
/// `BadRequest` with the field, overload adds `RetryInfo` and the trailer `grpc-retry-pushback-ms`.
/// Whatever is not a failure of ours is INTERNAL without details.
public final class Statuses {
    /// Domain of every `ErrorInfo`.
    public static final String DOMAIN = "lea.dev";

    static final Metadata.Key<String> PUSHBACK =
            Metadata.Key.of("grpc-retry-pushback-ms", Metadata.ASCII_STRING_MARSHALLER);

    // All of a status travels in trailers, of which clients accept 8 KiB by default.
    private static final int MAX_MESSAGE = 400;
    private static final int MAX_METADATA_VALUE = 128;

    private Statuses() {}

    /// What a call that failed with `problem` should be closed with.
    public static StatusRuntimeException of(Throwable problem) {
        return switch (problem) {
            case Failure failure -> of(failure);
            case StatusRuntimeException status -> status;
            case StatusException status ->
                    status.getStatus().asRuntimeException(status.getTrailers());
            case CompletionException wrapper when wrapper.getCause() != null ->
                    of(wrapper.getCause());
            case ExecutionException wrapper when wrapper.getCause() != null ->
                    of(wrapper.getCause());
            case CancellationException _ -> cancelled();
            case InterruptedException _ -> cancelled();
            default -> Status.INTERNAL.withDescription("internal error").asRuntimeException();
        };
    }

    private static StatusRuntimeException of(Failure failure) {
        return switch (failure) {
            case Failure.Invalid f ->
                    build(Status.Code.INVALID_ARGUMENT, f, f.getMessage(), badRequest(f));
            case Failure.NotFound f -> build(Status.Code.NOT_FOUND, f, f.getMessage());
            case Failure.Conflict f -> build(Status.Code.FAILED_PRECONDITION, f, f.getMessage());
            case Failure.Forbidden f -> build(Status.Code.PERMISSION_DENIED, f, f.getMessage());
            case Failure.Unavailable f -> build(Status.Code.UNAVAILABLE, f, f.getMessage());
            case Failure.Overloaded f -> overloaded(f);
            case Failure.Expired f -> build(Status.Code.DEADLINE_EXCEEDED, f, f.getMessage());
            case Failure.Corrupt f -> build(Status.Code.DATA_LOSS, f, f.getMessage());
            case Failure.Broken f -> build(Status.Code.INTERNAL, f, "the model failed");
        };
    }

    private static StatusRuntimeException overloaded(Failure.Overloaded failure) {
        var status =
                build(
                        Status.Code.RESOURCE_EXHAUSTED,
                        failure,
                        failure.getMessage(),
                        retryInfo(failure.retryAfter()));
        status.getTrailers().put(PUSHBACK, Long.toString(failure.retryAfter().toMillis()));
        return status;
    }

    private static StatusRuntimeException build(
            Status.Code code, Failure failure, String message, Any... more) {
        var info = ErrorInfo.newBuilder().setReason(failure.reason()).setDomain(DOMAIN);
        failure.metadata()
                .forEach((key, value) -> info.putMetadata(key, cut(value, MAX_METADATA_VALUE)));
        var status =
                com.google.rpc.Status.newBuilder()
                        .setCode(code.value())
                        .setMessage(cut(message, MAX_MESSAGE))
                        .addDetails(Any.pack(info.build()));
        for (Any detail : more) {
            status.addDetails(detail);
        }
        return StatusProto.toStatusRuntimeException(status.build());
    }

    private static Any badRequest(Failure.Invalid failure) {
        return Any.pack(
                BadRequest.newBuilder()
                        .addFieldViolations(
                                BadRequest.FieldViolation.newBuilder()
                                        .setField(cut(failure.field(), MAX_METADATA_VALUE))
                                        .setDescription(cut(failure.getMessage(), MAX_MESSAGE)))
                        .build());
    }

    private static Any retryInfo(Duration delay) {
        return Any.pack(
                RetryInfo.newBuilder()
                        .setRetryDelay(Durations.fromMillis(delay.toMillis()))
                        .build());
    }

    private static StatusRuntimeException cancelled() {
        return Status.CANCELLED.withDescription("the call was cancelled").asRuntimeException();
    }

    private static String cut(String text, int max) {
        if (text.length() <= max) {
            return text;
        }
        int end = Character.isHighSurrogate(text.charAt(max - 1)) ? max - 1 : max;
        return text.substring(0, end) + "...";
    }
}
