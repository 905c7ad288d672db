package dev.lea.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.lea.proto.agent.v1.AgentServiceGrpc;
import dev.lea.proto.agent.v1.RecommendRequest;
import dev.lea.proto.agent.v1.RecommendResponse;
import dev.lea.proto.repository.v1.ModelRepositoryServiceGrpc;
import dev.lea.proto.repository.v1.RollBackRequest;
import dev.lea.proto.repository.v1.RollBackResponse;
import io.grpc.Metadata;
import io.grpc.Status.Code;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class LeaChannelTest {
    /// Fails its first calls, then answers.
    private static final class FlakyAgent extends AgentServiceGrpc.AgentServiceImplBase {
        final AtomicInteger calls = new AtomicInteger();
        private final int failures;
        private final RuntimeException failure;

        FlakyAgent(int failures, RuntimeException failure) {
            this.failures = failures;
            this.failure = failure;
        }

        @Override
        public void recommend(RecommendRequest request, StreamObserver<RecommendResponse> out) {
            if (calls.incrementAndGet() <= failures) {
                out.onError(failure);
                return;
            }
            out.onNext(RecommendResponse.getDefaultInstance());
            out.onCompleted();
        }
    }

    private static final RecommendRequest REQUEST = RecommendRequest.newBuilder().setK(1).build();

    @Test
    void call_refused_carriesReasonMetadataAndName() throws Exception {
        var agent =
                new FlakyAgent(
                        1,
                        TestServer.error(Code.INVALID_ARGUMENT, "k is 0", "INVALID_FIELD", null));
        try (var server = TestServer.start(agent)) {
            var e = failureOf(server.channel());
            assertThat(e.code()).isEqualTo(Code.INVALID_ARGUMENT);
            assertThat(e.reason()).isEqualTo("INVALID_FIELD");
            assertThat(e.metadata()).containsEntry("bound", "9");
            assertThat(e.retryDelay()).isEmpty();
            assertThat(e).hasMessage("Recommend at test: INVALID_ARGUMENT (INVALID_FIELD): k is 0");
            assertThat(agent.calls).hasValue(1);
        }
    }

    @Test
    void call_unavailable_isRepeated() throws Exception {
        var agent =
                new FlakyAgent(2, TestServer.error(Code.UNAVAILABLE, "starting", "STARTING", null));
        try (var server = TestServer.start(agent)) {
            new AgentClient(server.channel()).recommend(REQUEST);
            assertThat(agent.calls).hasValue(3);
        }
    }

    @Test
    void call_exhaustedWithDelay_isRepeatedAfterIt() throws Exception {
        var agent =
                new FlakyAgent(
                        2,
                        TestServer.error(
                                Code.RESOURCE_EXHAUSTED,
                                "full",
                                "OVERLOADED",
                                Duration.ofMillis(1)));
        try (var server = TestServer.start(agent)) {
            new AgentClient(server.channel()).recommend(REQUEST);
            assertThat(agent.calls).hasValue(3);
        }
    }

    @Test
    void call_exhaustedWithoutDelay_isNotRepeated() throws Exception {
        var agent =
                new FlakyAgent(
                        1, TestServer.error(Code.RESOURCE_EXHAUSTED, "quota", "QUOTA", null));
        try (var server = TestServer.start(agent)) {
            assertThat(failureOf(server.channel()).isTransient()).isFalse();
            assertThat(agent.calls).hasValue(1);
        }
    }

    @Test
    void call_exhaustedBeyondTheBudget_isNotRepeatedForEver() throws Exception {
        var agent =
                new FlakyAgent(
                        1000,
                        TestServer.error(
                                Code.RESOURCE_EXHAUSTED,
                                "full",
                                "OVERLOADED",
                                Duration.ofNanos(1)));
        try (var server = TestServer.start(agent)) {
            for (int i = 0; i < 50; i++) {
                assertThat(failureOf(server.channel()).isTransient()).isTrue();
            }
            assertThat(agent.calls).hasValue(60);
        }
    }

    /// The server's trailer alone makes grpc-java repeat a call, beside whoever else does.
    @Test
    void call_exhaustedWithPushback_isAttemptedNoOftenerThanWithoutIt() throws Exception {
        var refusal =
                TestServer.error(
                        Code.RESOURCE_EXHAUSTED, "full", "OVERLOADED", Duration.ofMillis(1));
        refusal.getTrailers()
                .put(
                        Metadata.Key.of("grpc-retry-pushback-ms", Metadata.ASCII_STRING_MARSHALLER),
                        "1");
        var agent = new FlakyAgent(1000, refusal);
        try (var server = TestServer.start(agent)) {
            assertThat(failureOf(server.channel()).isTransient()).isTrue();
            assertThat(agent.calls).hasValue(TestServer.PATIENT.maxAttempts());
        }
    }

    @Test
    void call_neverAnswered_endsAtTheDeadline() throws Exception {
        var silent =
                new AgentServiceGrpc.AgentServiceImplBase() {
                    @Override
                    public void recommend(
                            RecommendRequest request, StreamObserver<RecommendResponse> out) {}
                };
        var settings = TestServer.PATIENT.withCallDeadline(Duration.ofMillis(50));
        try (var server = TestServer.start(silent, settings)) {
            assertThat(failureOf(server.channel()).code()).isEqualTo(Code.DEADLINE_EXCEEDED);
        }
    }

    @Test
    void rollBack_unavailable_isNotRepeated() throws Exception {
        var calls = new AtomicInteger();
        var repository =
                new ModelRepositoryServiceGrpc.ModelRepositoryServiceImplBase() {
                    @Override
                    public void rollBack(
                            RollBackRequest request, StreamObserver<RollBackResponse> out) {
                        calls.incrementAndGet();
                        out.onError(TestServer.error(Code.UNAVAILABLE, "gone", "GONE", null));
                    }
                };
        try (var server = TestServer.start(repository)) {
            var client = new RepositoryClient(server.channel());
            var e = catchThrowableOfType(LeaException.class, client::rollBack);
            assertThat(e.reason()).isEqualTo("GONE");
            assertThat(calls).hasValue(1);
        }
    }

    @Test
    void call_nobodyThere_namesTheEndpoint() throws Exception {
        int port = freePort();
        try (var channel = LeaChannel.open(Endpoint.loopback(port), TestServer.PATIENT)) {
            var e = failureOf(channel);
            assertThat(e.code()).isEqualTo(Code.UNAVAILABLE);
            assertThat(e).hasMessageContaining("Recommend at 127.0.0.1:" + port);
            assertThat(new HealthClient(channel).isReachable()).isFalse();
            assertThat(new HealthClient(channel).isServing("")).isFalse();
        }
    }

    @Test
    void close_whileCallRuns_breaksItOffAfterTheGrace() throws Exception {
        var entered = new CountDownLatch(1);
        var silent =
                new AgentServiceGrpc.AgentServiceImplBase() {
                    @Override
                    public void recommend(
                            RecommendRequest request, StreamObserver<RecommendResponse> out) {
                        entered.countDown();
                    }
                };
        try (var server = TestServer.start(silent)) {
            var failure = new LeaException[1];
            var caller = Thread.ofVirtual().start(() -> failure[0] = failureOf(server.channel()));
            entered.await();
            server.channel().close();
            caller.join();
            assertThat(failure[0].code()).isEqualTo(Code.UNAVAILABLE);
        }
    }

    private static LeaException failureOf(LeaChannel channel) {
        var client = new AgentClient(channel);
        return catchThrowableOfType(LeaException.class, () -> client.recommend(REQUEST));
    }

    private static int freePort() throws IOException {
        try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }
}
