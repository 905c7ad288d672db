package dev.lea.client;

import com.google.protobuf.ByteString;
import dev.lea.proto.repository.v1.ActivateVersionRequest;
import dev.lea.proto.repository.v1.ActivateVersionResponse;
import dev.lea.proto.repository.v1.BundleFile;
import dev.lea.proto.repository.v1.FileChunk;
import dev.lea.proto.repository.v1.ListVersionsRequest;
import dev.lea.proto.repository.v1.ModelRepositoryServiceGrpc;
import dev.lea.proto.repository.v1.RollBackRequest;
import dev.lea.proto.repository.v1.RollBackResponse;
import dev.lea.proto.repository.v1.UploadHeader;
import dev.lea.proto.repository.v1.UploadVersionRequest;
import dev.lea.proto.repository.v1.UploadVersionResponse;
import dev.lea.proto.repository.v1.Version;
import dev.lea.proto.repository.v1.VersionState;
import io.grpc.Status;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/// Brings versions to a server and says which of them is live; the same for env-server and agent-server.
///
/// Every method throws [LeaException] when the call failed.
public final class RepositoryClient {
    private static final int CHUNK_BYTES = 256 << 10;

    private final LeaChannel channel;

    public RepositoryClient(LeaChannel channel) {
        this.channel = channel;
    }

    /// Uploads a bundle; it is kept, not activated. A bundle that the server already keeps is answered with
    /// the version it has.
    ///
    /// @param folder with `manifest.json` and the files beside it
    /// @throws IllegalArgumentException if `folder` is not a bundle
    public Version upload(Path folder) {
        return upload(folder, UUID.randomUUID().toString());
    }

    /// As [#upload(Path)], under a name of the caller's.
    ///
    /// @param requestId the same id makes a second upload answer as the first did
    public Version upload(Path folder, String requestId) {
        var bundle = BundleFolder.read(folder);
        try (var stream = channel.stream(ModelRepositoryServiceGrpc.getUploadVersionMethod(), 2)) {
            if (send(bundle, requestId, stream)) {
                stream.finish();
            }
            return stream.next(channel.settings().slowCallDeadline())
                    .map(UploadVersionResponse::getVersion)
                    .orElseThrow(() -> noAnswer(stream));
        }
    }

    /// All versions kept there, newest first.
    public List<Version> list() {
        var versions = new ArrayList<Version>();
        String token = "";
        do {
            var page =
                    channel.call(
                            ModelRepositoryServiceGrpc.getListVersionsMethod(),
                            ListVersionsRequest.newBuilder().setPageToken(token).build());
            versions.addAll(page.getVersionsList());
            token = page.getNextPageToken();
        } while (!token.isEmpty());
        return List.copyOf(versions);
    }

    /// The version that answers calls, if there is one.
    public Optional<Version> live() {
        return list().stream()
                .filter(version -> version.getState() == VersionState.VERSION_STATE_LIVE)
                .findFirst();
    }

    /// Makes a version live, whatever is live now; returns when new calls are served by it.
    public ActivateVersionResponse activate(long version) {
        return activate(version, 0);
    }

    /// Makes a version live if nobody else has changed what is live.
    ///
    /// @param expectedLive the version that must be live before, or 0
    public ActivateVersionResponse activate(long version, long expectedLive) {
        return channel.call(
                ModelRepositoryServiceGrpc.getActivateVersionMethod(),
                ActivateVersionRequest.newBuilder()
                        .setVersion(version)
                        .setExpectedLiveVersion(expectedLive)
                        .build(),
                channel.settings().slowCallDeadline());
    }

    /// Makes the version before the live one live again. Never repeated by itself.
    public RollBackResponse rollBack() {
        return channel.call(
                ModelRepositoryServiceGrpc.getRollBackMethod(),
                RollBackRequest.getDefaultInstance(),
                channel.settings().slowCallDeadline());
    }

    /// @return false when the server ended the call before everything was sent
    private boolean send(
            BundleFolder bundle, String requestId, StreamCall<UploadVersionRequest, ?> stream) {
        var header = UploadHeader.newBuilder().addAllFiles(bundle.files()).setRequestId(requestId);
        stream.send(UploadVersionRequest.newBuilder().setHeader(header).build());
        for (BundleFile file : bundle.files()) {
            if (!send(bundle.path().resolve(file.getName()), file, stream)) {
                return false;
            }
        }
        return true;
    }

    private boolean send(Path path, BundleFile file, StreamCall<UploadVersionRequest, ?> stream) {
        long offset = 0;
        try (var in = Files.newInputStream(path)) {
            while (offset < file.getSizeBytes()) {
                byte[] bytes = in.readNBytes(CHUNK_BYTES);
                if (bytes.length == 0) {
                    throw new IOException(
                            path + " shrank to " + offset + " bytes while it was being sent");
                }
                if (!stream.awaitRoom(channel.settings().idleTimeout())) {
                    return false;
                }
                var chunk =
                        FileChunk.newBuilder()
                                .setFileName(file.getName())
                                .setOffsetBytes(offset)
                                .setData(ByteString.copyFrom(bytes));
                stream.send(UploadVersionRequest.newBuilder().setChunk(chunk).build());
                offset += bytes.length;
            }
            return true;
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + path, e);
        }
    }

    private static LeaException noAnswer(StreamCall<?, ?> stream) {
        return stream.failure(
                Status.Code.INTERNAL,
                "STREAM_CUT",
                "the server ended the upload without an answer");
    }
}
