package dev.lea.environment;

import com.google.protobuf.ByteString;
import dev.lea.environment.model.PassLimits;
import dev.lea.environment.model.QueueLimits;
import dev.lea.environment.toy.ToyBundle;
import dev.lea.environment.toy.ToyEnvironment;
import dev.lea.proto.environment.v1.EnvironmentServiceGrpc;
import dev.lea.proto.repository.v1.ActivateVersionRequest;
import dev.lea.proto.repository.v1.BundleFile;
import dev.lea.proto.repository.v1.FileChunk;
import dev.lea.proto.repository.v1.ModelRepositoryServiceGrpc;
import dev.lea.proto.repository.v1.UploadHeader;
import dev.lea.proto.repository.v1.UploadVersionRequest;
import dev.lea.proto.repository.v1.UploadVersionResponse;
import dev.lea.serving.bundle.Bundle;
import dev.lea.serving.bundle.Manifest;
import dev.lea.serving.onnx.Device;
import dev.lea.serving.rpc.RpcSettings;
import io.grpc.ManagedChannel;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.StreamObserver;
import io.micrometer.core.instrument.MeterRegistry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/// An env-server on a free loopback port, and a channel to it.
final class Running implements AutoCloseable {
    private final EnvironmentServer server;
    private final ManagedChannel channel;

    private Running(EnvironmentServer server, ManagedChannel channel) {
        this.server = server;
        this.channel = channel;
    }

    static EnvironmentSettings settings(Path dataDir) {
        return settings(dataDir, 1 << 20);
    }

    static EnvironmentSettings settings(Path dataDir, long cacheBytes) {
        return new EnvironmentSettings(
                RpcSettings.DEFAULT.withGrace(Duration.ofSeconds(2)),
                dataDir,
                2,
                new QueueLimits(1000),
                new PassLimits(32, 64, 16),
                cacheBytes,
                cacheBytes,
                4,
                1 << 30,
                Device.CPU,
                Optional.empty());
    }

    static Running start(EnvironmentSettings settings) {
        var server = EnvironmentServer.start(settings);
        return new Running(
                server,
                NettyChannelBuilder.forAddress("127.0.0.1", server.port()).usePlaintext().build());
    }

    ManagedChannel channel() {
        return channel;
    }

    MeterRegistry metrics() {
        return server.metrics();
    }

    int port() {
        return server.port();
    }

    EnvironmentServiceGrpc.EnvironmentServiceBlockingStub environment() {
        return EnvironmentServiceGrpc.newBlockingStub(channel)
                .withDeadlineAfter(20, TimeUnit.SECONDS);
    }

    ModelRepositoryServiceGrpc.ModelRepositoryServiceBlockingStub repository() {
        return ModelRepositoryServiceGrpc.newBlockingStub(channel)
                .withDeadlineAfter(20, TimeUnit.SECONDS);
    }

    /// Writes a bundle, uploads it and makes it live.
    ///
    /// @return its number
    long publish(Path folder, ToyEnvironment toy) throws Exception {
        long version = upload(ToyBundle.write(folder, toy));
        activate(version);
        return version;
    }

    void activate(long version) {
        var _ =
                repository()
                        .activateVersion(
                                ActivateVersionRequest.newBuilder().setVersion(version).build());
    }

    long upload(Bundle bundle) throws Exception {
        var response = new CompletableFuture<UploadVersionResponse>();
        var requests =
                ModelRepositoryServiceGrpc.newStub(channel)
                        .uploadVersion(
                                new StreamObserver<>() {
                                    @Override
                                    public void onNext(UploadVersionResponse value) {
                                        response.complete(value);
                                    }

                                    @Override
                                    public void onError(Throwable problem) {
                                        response.completeExceptionally(problem);
                                    }

                                    @Override
                                    public void onCompleted() {}
                                });
        var header = UploadHeader.newBuilder();
        List<FileChunk> chunks = new ArrayList<>();
        var names =
                new TreeMap<String, Manifest.FileEntry>(bundle.manifest().files())
                        .navigableKeySet();
        List<String> all = new ArrayList<>(names);
        all.add(Bundle.MANIFEST);
        for (String name : all) {
            byte[] content = Files.readAllBytes(bundle.folder().resolve(name));
            header.addFiles(
                    BundleFile.newBuilder()
                            .setName(name)
                            .setSizeBytes(content.length)
                            .setSha256(sha256(content)));
            chunks.add(
                    FileChunk.newBuilder()
                            .setFileName(name)
                            .setData(ByteString.copyFrom(content))
                            .build());
        }
        requests.onNext(UploadVersionRequest.newBuilder().setHeader(header).build());
        chunks.forEach(chunk ->
                requests.onNext(UploadVersionRequest.newBuilder().setChunk(chunk).build()));
        requests.onCompleted();
        return response.get(20, TimeUnit.SECONDS).getVersion().getModel().getVersion();
    }

    @Override
    public void close() throws IOException {
        channel.shutdownNow();
        server.close();
    }

    private static String sha256(byte[] content) throws Exception {
        return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(content));
    }
}
