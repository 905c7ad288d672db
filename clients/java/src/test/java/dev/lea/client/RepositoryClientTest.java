package dev.lea.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.google.protobuf.ByteString;
import dev.lea.proto.common.v1.ModelVersion;
import dev.lea.proto.repository.v1.BundleFile;
import dev.lea.proto.repository.v1.ListVersionsRequest;
import dev.lea.proto.repository.v1.ListVersionsResponse;
import dev.lea.proto.repository.v1.ModelRepositoryServiceGrpc.ModelRepositoryServiceImplBase;
import dev.lea.proto.repository.v1.ResumeUploadRequest;
import dev.lea.proto.repository.v1.ResumeUploadResponse;
import dev.lea.proto.repository.v1.UploadVersionRequest;
import dev.lea.proto.repository.v1.UploadVersionResponse;
import dev.lea.proto.repository.v1.Version;
import dev.lea.proto.repository.v1.VersionState;
import io.grpc.Status;
import io.grpc.Status.Code;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(30)
class RepositoryClientTest {
    @TempDir Path folder;

    /// Puts together what was sent, checking the contract's order.
    private static final class KeepingRepository extends ModelRepositoryServiceImplBase {
        final List<BundleFile> header = new ArrayList<>();
        final Map<String, ByteString> files = new LinkedHashMap<>();
        int largestChunk;
        private final int refuseAfter;

        KeepingRepository(int refuseAfter) {
            this.refuseAfter = refuseAfter;
        }

        @Override
        public StreamObserver<UploadVersionRequest> uploadVersion(
                StreamObserver<UploadVersionResponse> out) {
            return new StreamObserver<>() {
                private int chunks;

                @Override
                public void onNext(UploadVersionRequest request) {
                    if (request.hasHeader()) {
                        header.addAll(request.getHeader().getFilesList());
                        return;
                    }
                    if (++chunks == refuseAfter) {
                        out.onError(
                                TestServer.error(
                                        Code.INVALID_ARGUMENT, "too big", "BUNDLE_SIZE", null));
                        return;
                    }
                    var chunk = request.getChunk();
                    var sofar = files.getOrDefault(chunk.getFileName(), ByteString.EMPTY);
                    assertThat(chunk.getOffsetBytes()).isEqualTo(sofar.size());
                    largestChunk = Math.max(largestChunk, chunk.getData().size());
                    files.put(chunk.getFileName(), sofar.concat(chunk.getData()));
                }

                @Override
                public void onError(Throwable t) {}

                @Override
                public void onCompleted() {
                    out.onNext(UploadVersionResponse.newBuilder().setVersion(version(7)).build());
                    out.onCompleted();
                }
            };
        }

        @Override
        public void listVersions(
                ListVersionsRequest request, StreamObserver<ListVersionsResponse> out) {
            int page =
                    request.getPageToken().isEmpty() ? 0 : Integer.parseInt(request.getPageToken());
            out.onNext(
                    ListVersionsResponse.newBuilder()
                            .addVersions(version(3 - page))
                            .setNextPageToken(page == 2 ? "" : "" + (page + 1))
                            .build());
            out.onCompleted();
        }
    }

    @Test
    void upload_ofFolder_sendsEveryByteWithItsHash() throws Exception {
        byte[] model = new byte[700_000];
        new Random(1).nextBytes(model);
        Files.write(folder.resolve("a-model.onnx"), model);
        Files.writeString(folder.resolve("manifest.json"), "{}");
        Files.createFile(folder.resolve("empty.f32"));
        var repository = new KeepingRepository(-1);
        try (var server = TestServer.start(repository)) {
            var version = new RepositoryClient(server.channel()).upload(folder);
            assertThat(version.getModel().getVersion()).isEqualTo(7);
            assertThat(repository.header)
                    .extracting(BundleFile::getName, BundleFile::getSizeBytes)
                    .containsExactly(
                            org.assertj.core.groups.Tuple.tuple("manifest.json", 2L),
                            org.assertj.core.groups.Tuple.tuple("a-model.onnx", 700_000L),
                            org.assertj.core.groups.Tuple.tuple("empty.f32", 0L));
            assertThat(repository.header.getFirst().getSha256())
                    .isEqualTo("44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a");
            assertThat(repository.files.get("a-model.onnx").toByteArray()).isEqualTo(model);
            assertThat(repository.largestChunk).isEqualTo(256 << 10);
        }
    }

    @Test
    void upload_cutHalfWay_goesOnWhereItEnded() throws Exception {
        byte[] model = new byte[2_000_000];
        new Random(2).nextBytes(model);
        Files.write(folder.resolve("model.onnx"), model);
        Files.writeString(folder.resolve("manifest.json"), "{}");
        var repository = new CutRepository();
        try (var server = TestServer.start(repository)) {
            var version = new RepositoryClient(server.channel()).upload(folder);
            assertThat(version.getModel().getVersion()).isEqualTo(7);
            assertThat(repository.received.toByteArray()).isEqualTo(model);
            assertThat(repository.requestIds).hasSize(1);
            assertThat(repository.streams).isGreaterThan(2);
            assertThat(new RepositoryClient(server.channel()).upload(folder)).isEqualTo(version);
            assertThat(repository.requestIds).hasSize(1);
        }
    }

    /// Ends every stream after three chunks until it has everything.
    private static final class CutRepository extends ModelRepositoryServiceImplBase {
        final Set<String> requestIds = new HashSet<>();
        ByteString received = ByteString.EMPTY;
        int streams;
        private boolean manifest;
        private boolean done;

        @Override
        public void resumeUpload(
                ResumeUploadRequest request, StreamObserver<ResumeUploadResponse> out) {
            requestIds.add(request.getRequestId());
            if (!manifest) {
                out.onError(TestServer.error(Code.NOT_FOUND, "none", "UPLOAD_UNKNOWN", null));
                return;
            }
            var response = ResumeUploadResponse.newBuilder();
            if (done) {
                response.setVersion(version(7));
            } else {
                response.setFileName("model.onnx").setOffsetBytes(received.size());
            }
            out.onNext(response.build());
            out.onCompleted();
        }

        @Override
        public StreamObserver<UploadVersionRequest> uploadVersion(
                StreamObserver<UploadVersionResponse> out) {
            streams++;
            return new StreamObserver<>() {
                private int chunks;
                private boolean cut;

                @Override
                public void onNext(UploadVersionRequest request) {
                    if (request.hasHeader() || cut) {
                        return;
                    }
                    var chunk = request.getChunk();
                    if (chunk.getFileName().equals("manifest.json")) {
                        manifest = true;
                    } else {
                        assertThat(chunk.getOffsetBytes()).isEqualTo(received.size());
                        received = received.concat(chunk.getData());
                    }
                    if (++chunks == 3) {
                        cut = true;
                        out.onError(Status.UNAVAILABLE.asRuntimeException());
                    }
                }

                @Override
                public void onError(Throwable t) {}

                @Override
                public void onCompleted() {
                    if (!cut) {
                        done = true;
                        out.onNext(
                                UploadVersionResponse.newBuilder().setVersion(version(7)).build());
                        out.onCompleted();
                    }
                }
            };
        }
    }

    @Test
    void upload_refusedHalfWay_saysWhy() throws Exception {
        Files.write(folder.resolve("model.onnx"), new byte[4_000_000]);
        Files.writeString(folder.resolve("manifest.json"), "{}");
        try (var server = TestServer.start(new KeepingRepository(3))) {
            var client = new RepositoryClient(server.channel());
            var e = catchThrowableOfType(LeaException.class, () -> client.upload(folder));
            assertThat(e.reason()).isEqualTo("BUNDLE_SIZE");
        }
    }

    @Test
    void upload_folderWithoutManifest_isRefusedByName() throws Exception {
        try (var server = TestServer.start(new KeepingRepository(-1))) {
            var client = new RepositoryClient(server.channel());
            assertThatThrownBy(() -> client.upload(folder))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("manifest.json")
                    .hasMessageContaining(folder.toString());
        }
    }

    @Test
    void upload_folderWithFolder_isRefusedByName() throws Exception {
        Files.writeString(folder.resolve("manifest.json"), "{}");
        Files.createDirectory(folder.resolve("more"));
        try (var server = TestServer.start(new KeepingRepository(-1))) {
            var client = new RepositoryClient(server.channel());
            assertThatThrownBy(() -> client.upload(folder)).hasMessageContaining("more");
        }
    }

    @Test
    void list_severalPages_areJoined() throws IOException {
        try (var server = TestServer.start(new KeepingRepository(-1))) {
            var client = new RepositoryClient(server.channel());
            assertThat(client.list())
                    .extracting(v -> v.getModel().getVersion())
                    .containsExactly(3L, 2L, 1L);
            assertThat(client.live())
                    .hasValueSatisfying(v -> assertThat(v.getModel().getVersion()).isEqualTo(2));
        }
    }

    private static Version version(long number) {
        return Version.newBuilder()
                .setModel(ModelVersion.newBuilder().setName("policy").setVersion(number))
                .setState(
                        number == 2
                                ? VersionState.VERSION_STATE_LIVE
                                : VersionState.VERSION_STATE_STORED)
                .build();
    }
}
