package dev.lea.agent;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.UnsafeByteOperations;
import com.google.rpc.ErrorInfo;
import dev.lea.proto.agent.v1.AgentServiceGrpc;
import dev.lea.proto.agent.v1.RecommendRequest;
import dev.lea.proto.agent.v1.RecommendResponse;
import dev.lea.proto.repository.v1.ActivateVersionRequest;
import dev.lea.proto.repository.v1.ActivateVersionResponse;
import dev.lea.proto.repository.v1.BundleFile;
import dev.lea.proto.repository.v1.FileChunk;
import dev.lea.proto.repository.v1.ModelRepositoryServiceGrpc;
import dev.lea.proto.repository.v1.UploadHeader;
import dev.lea.proto.repository.v1.UploadRevisionRequest;
import dev.lea.proto.repository.v1.UploadRevisionResponse;
import dev.lea.proto.repository.v1.UploadVersionRequest;
import dev.lea.proto.repository.v1.UploadVersionResponse;
import io.grpc.ManagedChannel;
import io.grpc.StatusRuntimeException;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.protobuf.StatusProto;
import io.grpc.stub.StreamObserver;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;

/// The server as its callers see it.
final class TestClient implements AutoCloseable {
    private final ManagedChannel channel;

    TestClient(int port) {
        channel = NettyChannelBuilder.forAddress("127.0.0.1", port).usePlaintext().build();
    }

    ManagedChannel channel() {
        return channel;
    }

    AgentServiceGrpc.AgentServiceBlockingStub agent() {
        return AgentServiceGrpc.newBlockingStub(channel);
    }

    AgentServiceGrpc.AgentServiceFutureStub agentLater() {
        return AgentServiceGrpc.newFutureStub(channel);
    }

    ModelRepositoryServiceGrpc.ModelRepositoryServiceBlockingStub repository() {
        return ModelRepositoryServiceGrpc.newBlockingStub(channel);
    }

    RecommendResponse recommend(RecommendRequest.Builder request) {
        return agent().recommend(request.build());
    }

    ServingStatus health(String service) {
        return HealthGrpc.newBlockingStub(channel)
                .check(HealthCheckRequest.newBuilder().setService(service).build())
                .getStatus();
    }

    ActivateVersionResponse activate(long version) {
        return repository()
                .activateVersion(ActivateVersionRequest.newBuilder().setVersion(version).build());
    }

    /// Sends a bundle and gives its version's number.
    long upload(Path bundle) throws Exception {
        List<Path> files;
        try (var list = Files.list(bundle)) {
            files = list.sorted().toList();
        }
        var header = UploadHeader.newBuilder();
        for (Path file : files) {
            byte[] data = Files.readAllBytes(file);
            header.addFiles(
                    BundleFile.newBuilder()
                            .setName(file.getFileName().toString())
                            .setSizeBytes(data.length)
                            .setSha256(
                                    HexFormat.of()
                                            .formatHex(
                                                    MessageDigest.getInstance("SHA-256")
                                                            .digest(data))));
        }
        var answer = new CompletableFuture<UploadVersionResponse>();
        var requests =
                ModelRepositoryServiceGrpc.newStub(channel)
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
        requests.onNext(UploadVersionRequest.newBuilder().setHeader(header).build());
        for (Path file : files) {
            byte[] data = Files.readAllBytes(file);
            for (int from = 0; from < data.length; from += 1 << 16) {
                int size = Math.min(1 << 16, data.length - from);
                requests.onNext(
                        UploadVersionRequest.newBuilder()
                                .setChunk(
                                        FileChunk.newBuilder()
                                                .setFileName(file.getFileName().toString())
                                                .setOffsetBytes(from)
                                                .setData(
                                                        UnsafeByteOperations.unsafeWrap(
                                                                data, from, size)))
                                .build());
            }
        }
        requests.onCompleted();
        try {
            return answer.get().getVersion().getModel().getVersion();
        } catch (ExecutionException e) {
            throw e.getCause() instanceof StatusRuntimeException status ? status : e;
        }
    }

    /// Sends a revision in small pieces.
    UploadRevisionResponse add(byte[] revision) throws Exception {
        var answer = new CompletableFuture<UploadRevisionResponse>();
        var requests =
                ModelRepositoryServiceGrpc.newStub(channel)
                        .uploadRevision(
                                new StreamObserver<>() {
                                    @Override
                                    public void onNext(UploadRevisionResponse response) {
                                        answer.complete(response);
                                    }

                                    @Override
                                    public void onError(Throwable problem) {
                                        answer.completeExceptionally(problem);
                                    }

                                    @Override
                                    public void onCompleted() {}
                                });
        for (int from = 0; from < revision.length; from += 100) {
            int size = Math.min(100, revision.length - from);
            requests.onNext(
                    UploadRevisionRequest.newBuilder()
                            .setData(UnsafeByteOperations.unsafeWrap(revision, from, size))
                            .build());
        }
        requests.onCompleted();
        try {
            return answer.get();
        } catch (ExecutionException e) {
            throw e.getCause() instanceof StatusRuntimeException status ? status : e;
        }
    }

    static ErrorInfo errorInfo(StatusRuntimeException e) {
        try {
            return StatusProto.fromThrowable(e).getDetails(0).unpack(ErrorInfo.class);
        } catch (InvalidProtocolBufferException notOurs) {
            throw new AssertionError("no ErrorInfo in " + e, notOurs);
        }
    }

    @Override
    public void close() {
        channel.shutdownNow();
    }
}
