package dev.lea.serving.rpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.lea.proto.repository.v1.ModelRepositoryServiceGrpc;
import dev.lea.serving.Failure;
import dev.lea.serving.config.StartFailure;
import io.grpc.CallOptions;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.reflection.v1.ServerReflectionGrpc;
import io.grpc.reflection.v1.ServerReflectionRequest;
import io.grpc.reflection.v1.ServerReflectionResponse;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.StreamObserver;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(30)
class RpcServerTest {
    private ManagedChannel channel;

    @AfterEach
    void closeChannel() {
        if (channel != null) {
            channel.shutdownNow();
        }
    }

    @Test
    void call_failures_becomeStatuses() {
        var service =
                Echo.service((request, observer) ->
                        Unary.reply(
                                observer,
                                () ->
                                        switch (request) {
                                            case "invalid" ->
                                                    throw new Failure.Invalid("k", "k is 0");
                                            case "bug" -> throw new NullPointerException("secret");
                                            case "long" ->
                                                    throw new Failure.NotFound(
                                                            "UNKNOWN",
                                                            "漢".repeat(10_000),
                                                            Map.of("id", "漢".repeat(10_000)));
                                            default -> request;
                                        }));
        try (var server = start(RpcSettings.DEFAULT, Service.blocking(service))) {
            assertThat(call(server, "hello")).isEqualTo("hello");
            assertThat(statusOf(server, "invalid").getDescription()).isEqualTo("k is 0");
            assertThat(statusOf(server, "bug"))
                    .extracting(Status::getCode, Status::getDescription)
                    .containsExactly(Status.Code.INTERNAL, "internal error");
            // more than a client's limit on trailers, had it not been cut
            assertThat(statusOf(server, "long").getCode()).isEqualTo(Status.Code.NOT_FOUND);
        }
    }

    @Test
    void call_handlerLetsAnExceptionOut_isInternalWithoutDetails() {
        var service =
                Echo.service((request, observer) -> {
                    throw new IllegalStateException("secret");
                });
        try (var server = start(RpcSettings.DEFAULT, Service.nonBlocking(service))) {
            assertThat(statusOf(server, "x"))
                    .extracting(Status::getCode, Status::getDescription)
                    .containsExactly(Status.Code.INTERNAL, "internal error");
        }
    }

    @Test
    void call_blockingService_runsOnAVirtualThread_otherOnTheTransports() {
        var service =
                Echo.service((request, observer) ->
                        Unary.reply(observer, () -> "" + Thread.currentThread().isVirtual()));
        try (var server = start(RpcSettings.DEFAULT, Service.blocking(service))) {
            assertThat(call(server, "")).isEqualTo("true");
        }
        closeChannel();
        channel = null;
        try (var server = start(RpcSettings.DEFAULT, Service.nonBlocking(service))) {
            assertThat(call(server, "")).isEqualTo("false");
        }
    }

    @Test
    void call_messageOverTheLimit_isRefused() {
        var service = Echo.service((request, observer) -> Unary.reply(observer, () -> request));
        try (var server =
                start(
                        RpcSettings.DEFAULT.withMaxMessageBytes(4096),
                        Service.nonBlocking(service))) {
            assertThat(call(server, "x".repeat(4096))).hasSize(4096);
            assertThat(statusOf(server, "x".repeat(4097)).getCode())
                    .isEqualTo(Status.Code.RESOURCE_EXHAUSTED);
        }
    }

    @Test
    void replyLater_callerGoesAway_cancelsTheFuture() throws Exception {
        var work = new CompletableFuture<String>();
        var entered = new CountDownLatch(1);
        var cancelled = new CountDownLatch(1);
        var _ = work.whenComplete((_, _) -> cancelled.countDown());
        var service =
                Echo.service((request, observer) -> {
                    Unary.replyLater(observer, () -> work);
                    entered.countDown();
                });
        try (var server = start(RpcSettings.DEFAULT, Service.nonBlocking(service))) {
            var answer =
                    ClientCalls.futureUnaryCall(
                            channel(server).newCall(Echo.CALL, CallOptions.DEFAULT), "x");
            entered.await();
            answer.cancel(true);
            cancelled.await();
            assertThat(work).isCancelled();
        }
    }

    @Test
    void health_namesEachService_andKeepsWhatWasSetBefore() {
        var health = new Health();
        health.set(Echo.NAME, false);
        var service = Echo.service((request, observer) -> {});
        try (var server =
                RpcServer.start(RpcSettings.DEFAULT, health, List.of(Service.blocking(service)))) {
            var stub = HealthGrpc.newBlockingStub(channel(server));
            assertThat(status(stub, "")).isEqualTo(ServingStatus.SERVING);
            assertThat(status(stub, Echo.NAME)).isEqualTo(ServingStatus.NOT_SERVING);
            health.set(Echo.NAME, true);
            assertThat(status(stub, Echo.NAME)).isEqualTo(ServingStatus.SERVING);
        }
    }

    @Test
    void reflection_listsTheServices() throws Exception {
        var repository = new ModelRepositoryServiceGrpc.ModelRepositoryServiceImplBase() {};
        var names = new CompletableFuture<ServerReflectionResponse>();
        try (var server = start(RpcSettings.DEFAULT, Service.blocking(repository))) {
            var requests =
                    ServerReflectionGrpc.newStub(channel(server))
                            .serverReflectionInfo(
                                    new StreamObserver<>() {
                                        @Override
                                        public void onNext(ServerReflectionResponse response) {
                                            names.complete(response);
                                        }

                                        @Override
                                        public void onError(Throwable t) {
                                            names.completeExceptionally(t);
                                        }

                                        @Override
                                        public void onCompleted() {}
                                    });
            requests.onNext(ServerReflectionRequest.newBuilder().setListServices("").build());
            assertThat(names.get().getListServicesResponse().getServiceList())
                    .extracting(s -> s.getName())
                    .contains(ModelRepositoryServiceGrpc.SERVICE_NAME, "grpc.health.v1.Health");
            requests.onCompleted();
        }
    }

    @Test
    void start_portInUse_namesTheAddress() {
        try (var server =
                start(RpcSettings.DEFAULT, Service.blocking(Echo.service((_, _) -> {})))) {
            var taken = RpcSettings.DEFAULT.withPort(server.port());
            assertThatThrownBy(() -> RpcServer.start(taken, new Health(), List.of()))
                    .isInstanceOf(StartFailure.class)
                    .hasMessage(
                            "cannot listen on 127.0.0.1:" + server.port() + ": the port is in use");
        }
    }

    @Test
    void start_unknownHost_namesIt() {
        var nowhere = RpcSettings.DEFAULT.withHost("no-such-host.invalid");
        assertThatThrownBy(() -> RpcServer.start(nowhere, new Health(), List.of()))
                .hasMessage("cannot listen on no-such-host.invalid:0: no such host");
    }

    @Test
    void close_letsCallsInFlightFinish_andDoesNotWaitForHealthWatches() throws Exception {
        var entered = new CountDownLatch(1);
        var finish = new CountDownLatch(1);
        var notServing = new CountDownLatch(1);
        var service =
                Echo.service((request, observer) ->
                        Unary.reply(
                                observer,
                                () -> {
                                    entered.countDown();
                                    finish.await();
                                    return "done";
                                }));
        var server =
                start(
                        RpcSettings.DEFAULT.withGrace(Duration.ofMinutes(1)),
                        Service.blocking(service));
        HealthGrpc.newStub(channel(server))
                .watch(
                        HealthCheckRequest.getDefaultInstance(),
                        new StreamObserver<>() {
                            @Override
                            public void onNext(io.grpc.health.v1.HealthCheckResponse response) {
                                if (response.getStatus() == ServingStatus.NOT_SERVING) {
                                    notServing.countDown();
                                }
                            }

                            @Override
                            public void onError(Throwable t) {}

                            @Override
                            public void onCompleted() {}
                        });
        var answer =
                ClientCalls.futureUnaryCall(
                        channel(server).newCall(Echo.CALL, CallOptions.DEFAULT), "x");
        entered.await();
        var closing = Thread.ofPlatform().start(server::close);
        notServing.await();
        assertThat(answer).isNotDone();
        finish.countDown();
        assertThat(answer.get(20, TimeUnit.SECONDS)).isEqualTo("done");
        closing.join();
        server.close();
    }

    @Test
    void close_graceOver_cancelsWhatIsLeft() throws Exception {
        var entered = new CountDownLatch(1);
        var service = Echo.service((request, observer) -> entered.countDown());
        var server =
                start(RpcSettings.DEFAULT.withGrace(Duration.ZERO), Service.nonBlocking(service));
        var answer =
                ClientCalls.futureUnaryCall(
                        channel(server).newCall(Echo.CALL, CallOptions.DEFAULT), "x");
        entered.await();
        server.close();
        assertThatThrownBy(() -> answer.get(20, TimeUnit.SECONDS))
                .hasCauseInstanceOf(StatusRuntimeException.class);
    }

    @Test
    void close_graceOver_interruptsHandlersThatBlock() throws Exception {
        var entered = new CountDownLatch(1);
        var interrupted = new CountDownLatch(1);
        var service =
                Echo.service((request, observer) -> {
                    entered.countDown();
                    try {
                        new CountDownLatch(1).await();
                    } catch (InterruptedException e) {
                        interrupted.countDown();
                    }
                });
        var server = start(RpcSettings.DEFAULT.withGrace(Duration.ZERO), Service.blocking(service));
        var _ =
                ClientCalls.futureUnaryCall(
                        channel(server).newCall(Echo.CALL, CallOptions.DEFAULT), "x");
        entered.await();
        server.close();
        interrupted.await();
    }

    @Test
    void portFile_write_holdsThePort(@TempDir Path folder) throws Exception {
        PortFile.write(folder.resolve("port"), 4711);
        assertThat(Files.readString(folder.resolve("port"))).isEqualTo("4711\n");
        assertThatThrownBy(() -> PortFile.write(folder.resolve("none/port"), 1))
                .isInstanceOf(StartFailure.class)
                .hasMessageContaining("none/port");
    }

    private static RpcServer start(RpcSettings settings, Service service) {
        return RpcServer.start(settings, new Health(), List.of(service));
    }

    private ManagedChannel channel(RpcServer server) {
        if (channel == null) {
            channel =
                    NettyChannelBuilder.forAddress("127.0.0.1", server.port())
                            .usePlaintext()
                            .build();
        }
        return channel;
    }

    private String call(RpcServer server, String request) {
        return ClientCalls.blockingUnaryCall(
                channel(server), Echo.CALL, CallOptions.DEFAULT, request);
    }

    private Status statusOf(RpcServer server, String request) {
        return catchThrowableOfType(StatusRuntimeException.class, () -> call(server, request))
                .getStatus();
    }

    private static ServingStatus status(HealthGrpc.HealthBlockingStub stub, String service) {
        return stub.check(HealthCheckRequest.newBuilder().setService(service).build()).getStatus();
    }
}
