package dev.lea.serving.rpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.rpc.ErrorInfo;
import dev.lea.proto.repository.v1.ActivateVersionRequest;
import dev.lea.proto.repository.v1.ActivateVersionResponse;
import dev.lea.proto.repository.v1.Aliases;
import dev.lea.proto.repository.v1.BundleFile;
import dev.lea.proto.repository.v1.DeleteVersionRequest;
import dev.lea.proto.repository.v1.FileChunk;
import dev.lea.proto.repository.v1.GetAliasesRequest;
import dev.lea.proto.repository.v1.GetShadowReportRequest;
import dev.lea.proto.repository.v1.ListVersionsRequest;
import dev.lea.proto.repository.v1.ListVersionsResponse;
import dev.lea.proto.repository.v1.ModelRepositoryServiceGrpc;
import dev.lea.proto.repository.v1.ResumeUploadRequest;
import dev.lea.proto.repository.v1.ResumeUploadResponse;
import dev.lea.proto.repository.v1.RollBackRequest;
import dev.lea.proto.repository.v1.SetCanaryRequest;
import dev.lea.proto.repository.v1.SetShadowRequest;
import dev.lea.proto.repository.v1.UploadHeader;
import dev.lea.proto.repository.v1.UploadVersionRequest;
import dev.lea.proto.repository.v1.UploadVersionResponse;
import dev.lea.proto.repository.v1.Version;
import dev.lea.proto.repository.v1.VersionEventKind;
import dev.lea.proto.repository.v1.VersionRole;
import dev.lea.proto.repository.v1.VersionState;
import dev.lea.proto.repository.v1.WatchVersionsRequest;
import dev.lea.proto.repository.v1.WatchVersionsResponse;
import dev.lea.serving.Failure;
import dev.lea.serving.bundle.Bundle;
import dev.lea.serving.bundle.BundleWriter;
import dev.lea.serving.bundle.ItemIndex;
import dev.lea.serving.bundle.Manifest;
import dev.lea.serving.bundle.ModelStore;
import dev.lea.serving.bundle.StoreLimits;
import dev.lea.serving.swap.ModelHost;
import dev.lea.serving.swap.ShadowStatistics.Answer;
import io.grpc.CallOptions;
import io.grpc.ManagedChannel;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.protobuf.StatusProto;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.assertj.core.api.ThrowableAssert;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(30)
class RepositoryServiceTest {
    /// A model that is its file's text.
    private record FakeModel(String text) implements AutoCloseable {
        @Override
        public void close() {}
    }

    @TempDir Path folder;
    private final AtomicInteger liveCalls = new AtomicInteger();
    private final List<Thread> loaders = Collections.synchronizedList(new ArrayList<>());
    private ModelHost<FakeModel> host;
    private RpcServer server;
    private ManagedChannel channel;
    private ModelRepositoryServiceGrpc.ModelRepositoryServiceBlockingStub stub;

    @BeforeEach
    void start() {
        var limits = new StoreLimits(10, 1 << 20, 64);
        var store = ModelStore.open(folder.resolve("data"), "policy", limits, Clock.systemUTC());
        host =
                new ModelHost<>(
                        "policy",
                        store,
                        (bundle, _) -> {
                            loaders.add(Thread.currentThread());
                            try {
                                String text = Files.readString(bundle.file(Bundle.MODEL));
                                if (text.startsWith("bad")) {
                                    throw new Failure.Corrupt("SCHEMA_MISMATCH", "it is " + text);
                                }
                                return new FakeModel(text);
                            } catch (IOException e) {
                                throw new UncheckedIOException(e);
                            }
                        });
        server =
                RpcServer.start(
                        RpcSettings.DEFAULT,
                        new Health(),
                        List.of(
                                Service.blocking(
                                        new RepositoryService(host, liveCalls::incrementAndGet))));
        channel = NettyChannelBuilder.forAddress("127.0.0.1", server.port()).usePlaintext().build();
        stub = ModelRepositoryServiceGrpc.newBlockingStub(channel);
    }

    @AfterEach
    void stop() {
        channel.shutdownNow();
        server.close();
        host.close();
    }

    @Test
    void uploadActivateRollBack_goThroughTheStates() {
        Version first = upload("one");
        Version second = upload("two");
        assertThat(first.getModel().getVersion()).isEqualTo(1);
        assertThat(first.getState()).isEqualTo(VersionState.VERSION_STATE_STORED);
        assertThat(first.getMetricsMap()).containsEntry("ndcg@10", 0.07);
        assertThat(first.getSizeBytes()).isPositive();
        assertThat(first.getCreateTime().getSeconds()).isPositive();

        var activated = activate(1, 0);
        assertThat(activated.hasPrevious()).isFalse();
        assertThat(activated.getVersion().getState()).isEqualTo(VersionState.VERSION_STATE_LIVE);
        assertThat(liveModel()).isEqualTo("one");
        assertThat(liveCalls).hasValue(1);
        assertThat(loaders.getFirst().isVirtual()).isFalse();

        assertThat(activate(2, 1).getPrevious().getModel()).isEqualTo(first.getModel());
        assertThat(liveModel()).isEqualTo("two");

        var rolledBack = stub.rollBack(RollBackRequest.getDefaultInstance());
        assertThat(rolledBack.getVersion().getModel()).isEqualTo(first.getModel());
        assertThat(rolledBack.getPrevious().getModel()).isEqualTo(second.getModel());
        assertThat(liveModel()).isEqualTo("one");
        assertThat(reason(() -> stub.rollBack(RollBackRequest.getDefaultInstance())))
                .isEqualTo("FAILED_PRECONDITION NOTHING_TO_ROLL_BACK_TO");
    }

    @Test
    void activate_whatCannotBe_leavesTheLiveVersion() {
        upload("one");
        upload("bad two");
        activate(1, 0);

        assertThat(reason(() -> activate(2, 0))).isEqualTo("FAILED_PRECONDITION SCHEMA_MISMATCH");
        assertThat(reason(() -> activate(7, 0))).isEqualTo("NOT_FOUND VERSION_UNKNOWN");
        assertThat(reason(() -> activate(0, 0))).isEqualTo("INVALID_ARGUMENT OUT_OF_RANGE");
        assertThat(reason(() -> activate(1, -1))).isEqualTo("INVALID_ARGUMENT OUT_OF_RANGE");
        assertThat(reason(() -> activate(1, 2)))
                .isEqualTo("FAILED_PRECONDITION LIVE_VERSION_CHANGED");

        assertThat(liveModel()).isEqualTo("one");
        assertThat(list(0, "").getVersions(0).getState())
                .isEqualTo(VersionState.VERSION_STATE_REFUSED);
        assertThat(list(0, "").getVersions(0).getFailure()).contains("it is bad two");
    }

    @Test
    void list_pages_coverAllOnceNewestFirst() {
        for (int i = 1; i <= 5; i++) {
            upload("model " + i);
        }
        List<Long> numbers = new ArrayList<>();
        String token = "";
        int pages = 0;
        do {
            var page = list(2, token);
            page.getVersionsList().forEach(v -> numbers.add(v.getModel().getVersion()));
            token = page.getNextPageToken();
            pages++;
        } while (!token.isEmpty());
        assertThat(numbers).containsExactly(5L, 4L, 3L, 2L, 1L);
        assertThat(pages).isEqualTo(3);
        assertThat(reason(() -> list(-1, ""))).startsWith("INVALID_ARGUMENT");
        assertThat(reason(() -> list(1001, ""))).startsWith("INVALID_ARGUMENT");
        assertThat(reason(() -> list(1, "what"))).startsWith("INVALID_ARGUMENT");
    }

    @Test
    void upload_again_answersAsBefore() {
        Path one = bundle("one");
        Version first = send(messages(one, "request-1"));
        assertThat(send(messages(one, "request-1"))).isEqualTo(first);
        assertThat(send(messages(one, "")).getModel()).isEqualTo(first.getModel());
        assertThat(send(messages(bundle("two"), "request-1"))).isEqualTo(first);
        assertThat(list(0, "").getVersionsCount()).isEqualTo(1);
    }

    @Test
    void upload_malformed_isRefusedAndNothingStays() throws Exception {
        List<UploadVersionRequest> good = messages(bundle("one"), "");
        var header = good.getFirst();
        var chunk = good.get(1);
        var empty = UploadVersionRequest.getDefaultInstance();
        var noData =
                chunk.toBuilder()
                        .setChunk(chunk.getChunk().toBuilder().setData(ByteString.EMPTY))
                        .build();
        var shifted =
                chunk.toBuilder().setChunk(chunk.getChunk().toBuilder().setOffsetBytes(1)).build();
        var tooLarge =
                chunk.toBuilder()
                        .setChunk(
                                chunk.getChunk().toBuilder()
                                        .setData(ByteString.copyFrom(new byte[(1 << 20) + 1])))
                        .build();

        assertThat(uploadReason(List.of())).startsWith("INVALID_ARGUMENT");
        assertThat(uploadReason(List.of(empty))).startsWith("INVALID_ARGUMENT");
        assertThat(uploadReason(List.of(chunk))).startsWith("INVALID_ARGUMENT");
        assertThat(uploadReason(List.of(header, header))).startsWith("INVALID_ARGUMENT");
        assertThat(uploadReason(List.of(header, noData))).startsWith("INVALID_ARGUMENT");
        assertThat(uploadReason(List.of(header, shifted))).startsWith("INVALID_ARGUMENT");
        assertThat(uploadReason(List.of(header, tooLarge))).startsWith("INVALID_ARGUMENT");
        assertThat(uploadReason(List.of(header, chunk))).isEqualTo("DATA_LOSS UPLOAD_TRUNCATED");
        assertThat(uploadReason(List.of(headerOf("../evil", 1)))).startsWith("INVALID_ARGUMENT");
        assertThat(uploadReason(List.of(headerOf("a", 2 << 20))))
                .isEqualTo("INVALID_ARGUMENT UPLOAD_TOO_LARGE");

        assertThat(list(0, "").getVersionsCount()).isZero();
        try (var left = Files.list(folder.resolve("data/uploads"))) {
            assertThat(left).isEmpty();
        }
        assertThat(send(good).getModel().getVersion()).isEqualTo(1); // no place was lost
    }

    @Test
    void upload_cut_goesOnWhereItEnded_andIsAnsweredOnce() throws Exception {
        assertThat(reason(() -> resume("request"))).isEqualTo("NOT_FOUND UPLOAD_UNKNOWN");
        assertThat(reason(() -> resume(""))).startsWith("INVALID_ARGUMENT");
        List<UploadVersionRequest> messages = messages(bundle("one"), "request");
        var cut = begin(new CompletableFuture<>());
        messages.subList(0, 3).forEach(cut::onNext);
        Path uploads = folder.resolve("data/uploads");
        awaitBytes(uploads, messages.subList(1, 3));
        var position = resume("request"); // the server does not know yet that the sender has gone
        var next = messages.get(3).getChunk();
        assertThat(position.getFileName()).isEqualTo(next.getFileName());
        assertThat(position.getOffsetBytes()).isZero();
        assertThat(position.hasVersion()).isFalse();
        cut.onError(Status.CANCELLED.asRuntimeException());

        var rest = new ArrayList<>(messages.subList(3, messages.size()));
        rest.addFirst(messages.getFirst());
        Version version = send(rest);
        assertThat(resume("request").getVersion()).isEqualTo(version);
        awaitFiles(uploads, 0);
    }

    @Test
    void canaryAndShadow_areListedAndReported() {
        upload("one");
        upload("two");
        upload("three");
        activate(1, 0);
        assertThat(setCanary(2, 0.25).getCanaryShare()).isEqualTo(0.25);
        stub.setShadow(SetShadowRequest.newBuilder().setVersion(3).build());
        var aliases = stub.getAliases(GetAliasesRequest.getDefaultInstance()).getAliases();
        assertThat(aliases)
                .isEqualTo(
                        Aliases.newBuilder()
                                .setLive(1)
                                .setCanary(2)
                                .setCanaryShare(0.25)
                                .setShadow(3)
                                .build());
        assertThat(list(0, "").getVersionsList())
                .extracting(Version::getRolesList)
                .containsExactly(
                        List.of(VersionRole.VERSION_ROLE_SHADOW),
                        List.of(VersionRole.VERSION_ROLE_CANARY),
                        List.of(VersionRole.VERSION_ROLE_LIVE));
        var one = new dev.lea.serving.swap.Version("policy", 1, "a".repeat(64));
        host.shadow()
                .ask(
                        one,
                        () -> new Answer(one, List.of("a"), new float[] {1}),
                        (_, version) -> new Answer(version, List.of("a"), new float[] {3}));
        var report = stub.getShadowReport(GetShadowReportRequest.getDefaultInstance());
        while (report.getComparisonsCount() == 0) {
            report = stub.getShadowReport(GetShadowReportRequest.getDefaultInstance());
        }
        var comparison = report.getComparisons(0);
        assertThat(comparison.getAnswered().getVersion()).isEqualTo(1);
        assertThat(comparison.getShadow().getVersion()).isEqualTo(3);
        assertThat(comparison.getMaxScoreDifference()).isEqualTo(2);

        assertThat(reason(() -> setCanary(2, 1.5))).isEqualTo("INVALID_ARGUMENT OUT_OF_RANGE");
        assertThat(reason(() -> setCanary(2, Double.NaN)))
                .isEqualTo("INVALID_ARGUMENT OUT_OF_RANGE");
        assertThat(reason(() -> setCanary(0, 0.5))).isEqualTo("INVALID_ARGUMENT OUT_OF_RANGE");
        assertThat(reason(() -> setCanary(-1, 0))).isEqualTo("INVALID_ARGUMENT OUT_OF_RANGE");
        assertThat(reason(() -> setCanary(1, 0.5)))
                .isEqualTo("FAILED_PRECONDITION VERSION_IS_LIVE");
        assertThat(reason(() -> setCanary(9, 0.5))).isEqualTo("NOT_FOUND VERSION_UNKNOWN");
        assertThat(setCanary(0, 0).getCanary()).isZero();
    }

    @Test
    void delete_whatIsInUse_isRefused() {
        upload("one");
        upload("two");
        activate(1, 0);
        assertThat(reason(() -> delete(1))).isEqualTo("FAILED_PRECONDITION VERSION_IN_USE");
        assertThat(reason(() -> delete(0))).isEqualTo("INVALID_ARGUMENT OUT_OF_RANGE");
        delete(2);
        assertThat(reason(() -> delete(2))).isEqualTo("NOT_FOUND VERSION_UNKNOWN");
        assertThat(list(0, "").getVersionsCount()).isEqualTo(1);
    }

    @Test
    void watch_tellsTheStateAndThenEveryStep() {
        upload("one");
        activate(1, 0);
        var events = stub.watchVersions(WatchVersionsRequest.getDefaultInstance());
        var snapshot = events.next();
        assertThat(snapshot.getKind()).isEqualTo(VersionEventKind.VERSION_EVENT_KIND_SNAPSHOT);
        assertThat(snapshot.getAliases().getLive()).isEqualTo(1);
        upload("two");
        activate(2, 0);
        upload("bad three");
        reason(() -> activate(3, 0));
        delete(3);
        List<String> told = new ArrayList<>();
        for (int i = 0; i < 11; i++) {
            var event = events.next();
            assertThat(event.getTime().getSeconds()).isPositive();
            told.add(
                    event.getKind().name().substring("VERSION_EVENT_KIND_".length())
                            + " "
                            + event.getVersion()
                            + " "
                            + event.getAliases().getLive());
        }
        assertThat(told)
                .containsExactly(
                        "UPLOADED 2 1",
                        "LOADING 2 1",
                        "VERIFIED 2 1",
                        "WARMED 2 1",
                        "LIVE 2 2",
                        "CLOSED 1 2",
                        "UPLOADED 3 2",
                        "LOADING 3 2",
                        "VERIFIED 3 2",
                        "REFUSED 3 2",
                        "DELETED 3 2");
    }

    @Test
    void watch_callerDoesNotRead_isSentAwayAndHoldsNobodyUp() {
        upload("one");
        upload("two");
        activate(1, 0);
        host.setCanary(2, 0);
        var reader = new SlowReader();
        try (var service = new RepositoryService(host, () -> {})) {
            service.watchVersions(WatchVersionsRequest.getDefaultInstance(), reader);
            for (int i = 0; reader.end.get() == null && i < 1_000; i++) {
                host.setCanary(2, (i % 100) / 100.0);
            }
        }
        assertThat(reader.end.get().getStatus().getCode())
                .isEqualTo(Status.Code.RESOURCE_EXHAUSTED);
        assertThat(reader.taken).hasValue(0);
    }

    /// Is never ready.
    private static final class SlowReader extends ServerCallStreamObserver<WatchVersionsResponse> {
        final AtomicReference<StatusRuntimeException> end = new AtomicReference<>();
        final AtomicInteger taken = new AtomicInteger();

        @Override
        public void onNext(WatchVersionsResponse event) {
            taken.incrementAndGet();
        }

        @Override
        public void onError(Throwable problem) {
            end.set((StatusRuntimeException) problem);
        }

        @Override
        public void onCompleted() {}

        @Override
        public boolean isReady() {
            return false;
        }

        @Override
        public boolean isCancelled() {
            return false;
        }

        @Override
        public void setOnCancelHandler(Runnable handler) {}

        @Override
        public void setOnReadyHandler(Runnable handler) {}

        @Override
        public void setCompression(String compression) {}

        @Override
        public void disableAutoInboundFlowControl() {}

        @Override
        public void request(int count) {}

        @Override
        public void setMessageCompression(boolean enable) {}
    }

    @Test
    void close_whileSomebodyWatches_sendsThemAway() throws Exception {
        var service = new RepositoryService(host, () -> {});
        try (var other =
                RpcServer.start(
                        RpcSettings.DEFAULT, new Health(), List.of(Service.blocking(service)))) {
            var own =
                    NettyChannelBuilder.forAddress("127.0.0.1", other.port())
                            .usePlaintext()
                            .build();
            try {
                var events =
                        ModelRepositoryServiceGrpc.newBlockingStub(own)
                                .watchVersions(WatchVersionsRequest.getDefaultInstance());
                assertThat(events.next().getKind())
                        .isEqualTo(VersionEventKind.VERSION_EVENT_KIND_SNAPSHOT);
                service.close();
                assertThat(reason(events::next)).isEqualTo("UNAVAILABLE SERVER_STOPPING");
                var late =
                        ModelRepositoryServiceGrpc.newBlockingStub(own)
                                .watchVersions(WatchVersionsRequest.getDefaultInstance());
                assertThat(reason(late::next)).isEqualTo("UNAVAILABLE SERVER_STOPPING");
            } finally {
                own.shutdownNow();
            }
        }
    }

    @Test
    void call_bytesThatAreNoMessage_areInvalid() throws Exception {
        byte[] badUtf8 = {(1 << 3) | 2, 2, (byte) 0xff, (byte) 0xfe};
        byte[] cut = {(1 << 3) | 2, 100, 1};
        byte[] deep = new byte[600];
        for (int i = 0; i < deep.length; i += 3) {
            deep[i] = 0x0b; // a group in a group
        }
        for (var method : ModelRepositoryServiceGrpc.getServiceDescriptor().getMethods()) {
            for (byte[] bytes : List.of(cut, deep)) {
                assertThat(rawReason(method, List.of(bytes)))
                        .as(method.getFullMethodName())
                        .isEqualTo("INVALID_ARGUMENT NOT_A_MESSAGE");
            }
        }
        assertThat(rawReason(ModelRepositoryServiceGrpc.getListVersionsMethod(), List.of()))
                .isEqualTo("INVALID_ARGUMENT NO_MESSAGE");
        assertThat(rawReason(ModelRepositoryServiceGrpc.getResumeUploadMethod(), List.of(badUtf8)))
                .isEqualTo("INVALID_ARGUMENT NOT_A_MESSAGE");
    }

    @Test
    void upload_endedByBytesThatAreNoMessage_givesItsPlaceBack() throws Exception {
        var header =
                UploadVersionRequest.newBuilder()
                        .setHeader(UploadHeader.newBuilder().setRequestId("cut"))
                        .build()
                        .toByteArray();
        for (int i = 0; i < 20; i++) { // more often than there are places
            rawReason(
                    ModelRepositoryServiceGrpc.getUploadVersionMethod(),
                    List.of(header, new byte[] {(1 << 3) | 2, 100, 1}));
        }
        assertThat(upload("one").getModel().getVersion()).isPositive();
    }

    /// Code and reason of a call with these bytes as messages.
    private String rawReason(MethodDescriptor<?, ?> method, List<byte[]> messages)
            throws Exception {
        var bytes =
                new MethodDescriptor.Marshaller<byte[]>() {
                    @Override
                    public InputStream stream(byte[] message) {
                        return new ByteArrayInputStream(message);
                    }

                    @Override
                    public byte[] parse(InputStream stream) {
                        return new byte[0];
                    }
                };
        var raw =
                method.toBuilder(bytes, bytes)
                        .setType(MethodDescriptor.MethodType.BIDI_STREAMING)
                        .build();
        var answer = new CompletableFuture<String>();
        var requests =
                ClientCalls.asyncBidiStreamingCall(
                        channel.newCall(raw, CallOptions.DEFAULT),
                        new StreamObserver<byte[]>() {
                            @Override
                            public void onNext(byte[] response) {}

                            @Override
                            public void onError(Throwable problem) {
                                var details = StatusProto.fromThrowable(problem).getDetailsList();
                                answer.complete(
                                        Status.fromThrowable(problem).getCode()
                                                + (details.isEmpty()
                                                        ? ": " + problem.getMessage()
                                                        : " "
                                                                + reason(
                                                                        (StatusRuntimeException)
                                                                                problem)));
                            }

                            @Override
                            public void onCompleted() {
                                answer.complete("OK");
                            }
                        });
        try {
            messages.forEach(requests::onNext);
            requests.onCompleted();
        } catch (IllegalStateException e) {
            // the call was over before all was sent
        }
        return answer.get(20, TimeUnit.SECONDS);
    }

    private ResumeUploadResponse resume(String requestId) {
        return stub.resumeUpload(ResumeUploadRequest.newBuilder().setRequestId(requestId).build());
    }

    private Aliases setCanary(long version, double share) {
        return stub.setCanary(
                        SetCanaryRequest.newBuilder().setVersion(version).setShare(share).build())
                .getAliases();
    }

    private void delete(long version) {
        var _ = stub.deleteVersion(DeleteVersionRequest.newBuilder().setVersion(version).build());
    }

    private static void awaitBytes(Path folder, List<UploadVersionRequest> chunks)
            throws Exception {
        long expected = chunks.stream().mapToLong(m -> m.getChunk().getData().size()).sum();
        while (true) {
            try (var tree = Files.walk(folder)) {
                long found =
                        tree.filter(Files::isRegularFile)
                                .filter(path -> !path.getParent().equals(folder))
                                .mapToLong(path -> path.toFile().length())
                                .sum();
                if (found == expected) {
                    return;
                }
            }
            Thread.onSpinWait();
        }
    }

    @Test
    void upload_moreAtOnceThanAllowed_isOverloaded_andAGoneSenderGivesItsPlaceBack()
            throws Exception {
        var header = messages(bundle("one"), "").getFirst();
        List<StreamObserver<UploadVersionRequest>> open = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            var requests = begin(new CompletableFuture<>());
            requests.onNext(header);
            open.add(requests);
        }
        Path uploads = folder.resolve("data/uploads");
        awaitFiles(uploads, 4);
        assertThat(uploadReason(List.of(header))).isEqualTo("RESOURCE_EXHAUSTED OVERLOADED");

        open.getFirst().onError(Status.CANCELLED.asRuntimeException());
        awaitFiles(uploads, 3);
        assertThat(send(messages(bundle("two"), "")).getModel().getVersion()).isEqualTo(1);
    }

    private static void awaitFiles(Path folder, long count) throws Exception {
        while (true) {
            try (var files = Files.list(folder)) {
                if (files.count() == count) {
                    return;
                }
            }
            Thread.onSpinWait();
        }
    }

    private Version upload(String model) {
        return send(messages(bundle(model), ""));
    }

    private Path bundle(String model) {
        try (var writer = BundleWriter.create(folder.resolve(model.replace(' ', '-')))) {
            writer.write(Bundle.MODEL, model.getBytes(StandardCharsets.UTF_8));
            writer.write(ItemIndex.of(List.of("a", "b")));
            var draft =
                    Manifest.draft(
                            "policy",
                            "policy",
                            List.of(),
                            List.of(),
                            Map.of(),
                            Map.of("ndcg@10", 0.07),
                            Map.of());
            return writer.commit(draft).folder();
        }
    }

    /// A header and one chunk a file.
    private static List<UploadVersionRequest> messages(Path bundle, String requestId) {
        try (var list = Files.list(bundle)) {
            var header = UploadHeader.newBuilder().setRequestId(requestId);
            List<UploadVersionRequest> messages = new ArrayList<>();
            for (Path file : list.sorted().toList()) {
                byte[] data = Files.readAllBytes(file);
                String name = file.getFileName().toString();
                byte[] hash = MessageDigest.getInstance("SHA-256").digest(data);
                header.addFiles(
                        BundleFile.newBuilder()
                                .setName(name)
                                .setSizeBytes(data.length)
                                .setSha256(HexFormat.of().formatHex(hash)));
                messages.add(
                        UploadVersionRequest.newBuilder()
                                .setChunk(
                                        FileChunk.newBuilder()
                                                .setFileName(name)
                                                .setData(ByteString.copyFrom(data)))
                                .build());
            }
            messages.addFirst(UploadVersionRequest.newBuilder().setHeader(header).build());
            return messages;
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    private static UploadVersionRequest headerOf(String name, long size) {
        return UploadVersionRequest.newBuilder()
                .setHeader(
                        UploadHeader.newBuilder()
                                .addFiles(
                                        BundleFile.newBuilder()
                                                .setName(name)
                                                .setSizeBytes(size)
                                                .setSha256("0".repeat(64))))
                .build();
    }

    private Version send(List<UploadVersionRequest> messages) {
        var answer = new CompletableFuture<UploadVersionResponse>();
        var requests = begin(answer);
        messages.forEach(requests::onNext);
        requests.onCompleted();
        try {
            return answer.orTimeout(20, TimeUnit.SECONDS).join().getVersion();
        } catch (CompletionException e) {
            throw e.getCause() instanceof StatusRuntimeException status ? status : e;
        }
    }

    private StreamObserver<UploadVersionRequest> begin(
            CompletableFuture<UploadVersionResponse> answer) {
        return ModelRepositoryServiceGrpc.newStub(channel)
                .uploadVersion(
                        new StreamObserver<>() {
                            @Override
                            public void onNext(UploadVersionResponse response) {
                                answer.complete(response);
                            }

                            @Override
                            public void onError(Throwable problem) {
                                answer.completeExceptionally(problem);
                            }

                            @Override
                            public void onCompleted() {}
                        });
    }

    private ActivateVersionResponse activate(long version, long expectedLive) {
        return stub.activateVersion(
                ActivateVersionRequest.newBuilder()
                        .setVersion(version)
                        .setExpectedLiveVersion(expectedLive)
                        .build());
    }

    private ListVersionsResponse list(int size, String token) {
        return stub.listVersions(
                ListVersionsRequest.newBuilder().setPageSize(size).setPageToken(token).build());
    }

    private String liveModel() {
        try (var lease = host.lease()) {
            return lease.model().text();
        }
    }

    private String uploadReason(List<UploadVersionRequest> messages) {
        return reason(() -> send(messages));
    }

    /// Code and reason of the failure.
    private static String reason(ThrowableAssert.ThrowingCallable call) {
        var e = catchThrowableOfType(StatusRuntimeException.class, call);
        return e.getStatus().getCode() + " " + reason(e);
    }

    private static String reason(StatusRuntimeException e) {
        try {
            return StatusProto.fromThrowable(e).getDetails(0).unpack(ErrorInfo.class).getReason();
        } catch (InvalidProtocolBufferException notOurs) {
            throw new AssertionError("no ErrorInfo in " + e, notOurs);
        }
    }
}
