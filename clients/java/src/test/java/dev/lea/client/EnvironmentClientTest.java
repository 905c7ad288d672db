package dev.lea.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.lea.proto.environment.v1.AnnotateRequest;
import dev.lea.proto.environment.v1.AnnotateResponse;
import dev.lea.proto.environment.v1.EnvironmentServiceGrpc;
import io.grpc.Status.Code;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class EnvironmentClientTest {
    /// Answers each request at once, up to a number of answers; then what `afterwards` says.
    private static final class EchoEnvironment
            extends EnvironmentServiceGrpc.EnvironmentServiceImplBase {
        final CountDownLatch cancelled = new CountDownLatch(1);
        private final int limit;
        private final java.util.function.Consumer<StreamObserver<AnnotateResponse>> afterwards;

        EchoEnvironment(
                int limit,
                java.util.function.Consumer<StreamObserver<AnnotateResponse>> afterwards) {
            this.limit = limit;
            this.afterwards = afterwards;
        }

        @Override
        public StreamObserver<AnnotateRequest> annotate(StreamObserver<AnnotateResponse> out) {
            ((ServerCallStreamObserver<AnnotateResponse>) out)
                    .setOnCancelHandler(cancelled::countDown);
            return new StreamObserver<>() {
                private int answered;

                @Override
                public void onNext(AnnotateRequest request) {
                    if (answered == limit) {
                        afterwards.accept(out);
                        return;
                    }
                    answered++;
                    out.onNext(
                            AnnotateResponse.newBuilder()
                                    .setSequenceId(request.getSequenceId())
                                    .build());
                }

                @Override
                public void onError(Throwable t) {}

                @Override
                public void onCompleted() {
                    out.onCompleted();
                }
            };
        }
    }

    @Test
    void annotate_manySequences_answersInOrder() throws Exception {
        try (var server = TestServer.start(new EchoEnvironment(Integer.MAX_VALUE, out -> {}))) {
            var ids = new ArrayList<String>();
            long n =
                    new EnvironmentClient(server.channel())
                            .annotate(requests(1000), 8, answer -> ids.add(answer.getSequenceId()));
            assertThat(n).isEqualTo(1000);
            assertThat(ids).isEqualTo(IntStream.range(0, 1000).mapToObj(i -> "u" + i).toList());
        }
    }

    @Test
    void annotate_nothing_endsAtOnce() throws Exception {
        try (var server = TestServer.start(new EchoEnvironment(0, out -> {}))) {
            assertThat(
                            new EnvironmentClient(server.channel())
                                    .annotate(requests(0), 1, answer -> {}))
                    .isZero();
        }
    }

    @Test
    void annotate_slowConsumer_drawsNoMoreThanInFlight() throws Exception {
        try (var server = TestServer.start(new EchoEnvironment(Integer.MAX_VALUE, out -> {}))) {
            var drawn = new AtomicInteger();
            var handedOn = new AtomicInteger();
            var ahead = new ArrayList<Integer>();
            Iterator<AnnotateRequest> counted =
                    IntStream.range(0, 100)
                            .mapToObj(i -> {
                                drawn.incrementAndGet();
                                return AnnotateRequest.getDefaultInstance();
                            })
                            .iterator();
            new EnvironmentClient(server.channel())
                    .annotate(
                            counted,
                            5,
                            answer -> ahead.add(drawn.get() - handedOn.getAndIncrement()));
            assertThat(ahead).hasSize(100).allMatch(n -> n >= 1 && n <= 5);
        }
    }

    @Test
    void annotate_serverFails_keepsTheAnswersBeforeIt() throws Exception {
        var environment =
                new EchoEnvironment(
                        3,
                        out ->
                                out.onError(
                                        TestServer.error(
                                                Code.INVALID_ARGUMENT,
                                                "no item x",
                                                "UNKNOWN_ITEM",
                                                null)));
        try (var server = TestServer.start(environment)) {
            var ids = new ArrayList<String>();
            var client = new EnvironmentClient(server.channel());
            var e =
                    catchThrowableOfType(
                            LeaException.class,
                            () -> client.annotate(requests(9), 2, a -> ids.add(a.getSequenceId())));
            assertThat(e.reason()).isEqualTo("UNKNOWN_ITEM");
            assertThat(ids).isEqualTo(List.of("u0", "u1", "u2"));
        }
    }

    @Test
    void annotate_serverSilent_isCancelledWhenIdle() throws Exception {
        var environment = new EchoEnvironment(2, out -> {});
        var settings = TestServer.PATIENT.withIdleTimeout(Duration.ofMillis(50));
        try (var server = TestServer.start(environment, settings)) {
            var client = new EnvironmentClient(server.channel());
            var e =
                    catchThrowableOfType(
                            LeaException.class, () -> client.annotate(requests(9), 2, a -> {}));
            assertThat(e.code()).isEqualTo(Code.DEADLINE_EXCEEDED);
            assertThat(e).hasMessageContaining("Annotate at test").hasMessageContaining("50 ms");
            environment.cancelled.await();
        }
    }

    @Test
    void annotate_serverLeavesEarly_isToldWithBothCounts() throws Exception {
        try (var server = TestServer.start(new EchoEnvironment(4, StreamObserver::onCompleted))) {
            var client = new EnvironmentClient(server.channel());
            var e =
                    catchThrowableOfType(
                            LeaException.class, () -> client.annotate(requests(9), 1, a -> {}));
            assertThat(e.reason()).isEqualTo("STREAM_CUT");
            assertThat(e).hasMessageContaining("4 of 5");
        }
    }

    @Test
    void annotate_consumerThrows_cancelsTheStream() throws Exception {
        var environment = new EchoEnvironment(Integer.MAX_VALUE, out -> {});
        try (var server = TestServer.start(environment)) {
            var client = new EnvironmentClient(server.channel());
            assertThatThrownBy(() ->
                            client.annotate(
                                    requests(9),
                                    2,
                                    a -> {
                                        throw new IllegalStateException("disk full");
                                    }))
                    .hasMessage("disk full");
            environment.cancelled.await();
        }
    }

    @Test
    void annotate_interrupted_isCancelledAndStaysInterrupted() throws Exception {
        var environment = new EchoEnvironment(0, out -> {});
        try (var server = TestServer.start(environment)) {
            var client = new EnvironmentClient(server.channel());
            Thread.currentThread().interrupt();
            var e =
                    catchThrowableOfType(
                            LeaException.class, () -> client.annotate(requests(1), 1, a -> {}));
            assertThat(Thread.interrupted()).isTrue();
            assertThat(e.code()).isEqualTo(Code.CANCELLED);
        }
    }

    @Test
    void annotate_inFlightOutOfRange_isRefused() throws Exception {
        try (var server = TestServer.start(new EchoEnvironment(0, out -> {}))) {
            var client = new EnvironmentClient(server.channel());
            assertThatThrownBy(() -> client.annotate(requests(1), 0, a -> {}))
                    .hasMessage("inFlight must be in [1, 1024] but is 0");
        }
    }

    private static Iterator<AnnotateRequest> requests(int count) {
        return IntStream.range(0, count)
                .mapToObj(i -> AnnotateRequest.newBuilder().setSequenceId("u" + i).build())
                .iterator();
    }
}
