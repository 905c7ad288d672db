package dev.lea.serving.rpc;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Any;
import com.google.protobuf.util.Durations;
import com.google.rpc.BadRequest;
import com.google.rpc.ErrorInfo;
import com.google.rpc.RetryInfo;
import dev.lea.serving.Failure;
import io.grpc.Status;
import io.grpc.protobuf.StatusProto;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.Test;

class StatusesTest {
    @Test
    void of_eachKindOfFailure_hasItsCode() {
        assertThat(code(new Failure.Invalid("k", "m"))).isEqualTo(Status.Code.INVALID_ARGUMENT);
        assertThat(code(new Failure.NotFound("R", "m", Map.of()))).isEqualTo(Status.Code.NOT_FOUND);
        assertThat(code(new Failure.Conflict("R", "m", Map.of())))
                .isEqualTo(Status.Code.FAILED_PRECONDITION);
        assertThat(code(new Failure.Unavailable("R", "m"))).isEqualTo(Status.Code.UNAVAILABLE);
        assertThat(code(new Failure.Overloaded("m"))).isEqualTo(Status.Code.RESOURCE_EXHAUSTED);
        assertThat(code(new Failure.Expired("m"))).isEqualTo(Status.Code.DEADLINE_EXCEEDED);
        assertThat(code(new Failure.Corrupt("R", "m"))).isEqualTo(Status.Code.DATA_LOSS);
        assertThat(code(new Failure.Broken("m", null))).isEqualTo(Status.Code.INTERNAL);
        assertThat(code(new InterruptedException())).isEqualTo(Status.Code.CANCELLED);
    }

    @Test
    void of_invalid_namesReasonDomainMetadataAndField() throws Exception {
        var failure = new Failure.Invalid("k", "K_RANGE", "k must be ...", Map.of("value", "0"));
        List<Any> details =
                StatusProto.fromThrowable(Statuses.of(new CompletionException(failure)))
                        .getDetailsList();

        assertThat(details).hasSize(2);
        assertThat(details.get(0).unpack(ErrorInfo.class))
                .isEqualTo(
                        ErrorInfo.newBuilder()
                                .setReason("K_RANGE")
                                .setDomain("lea.dev")
                                .putMetadata("value", "0")
                                .build());
        var violation = details.get(1).unpack(BadRequest.class).getFieldViolations(0);
        assertThat(violation.getField()).isEqualTo("k");
        assertThat(violation.getDescription()).isEqualTo("k must be ...");
    }

    @Test
    void of_overloaded_saysWhenToComeBack() throws Exception {
        var status = Statuses.of(new Failure.Overloaded("9 rows wait"));

        assertThat(status.getTrailers().get(Statuses.PUSHBACK)).isEqualTo("100");
        var retry = StatusProto.fromThrowable(status).getDetails(1).unpack(RetryInfo.class);
        assertThat(retry.getRetryDelay()).isEqualTo(Durations.fromMillis(100));
    }

    @Test
    void of_unexpectedException_tellsNothing() {
        var status = Statuses.of(new NullPointerException("secret"));

        assertThat(status.getStatus().getCode()).isEqualTo(Status.Code.INTERNAL);
        assertThat(status.getStatus().getDescription()).isEqualTo("internal error");
    }

    @Test
    void of_broken_doesNotTellTheCause() {
        var status = Statuses.of(new Failure.Broken("secret", new RuntimeException("secret")));

        assertThat(StatusProto.fromThrowable(status).toString()).doesNotContain("secret");
    }

    private static Status.Code code(Throwable problem) {
        return Statuses.of(problem).getStatus().getCode();
    }
}
