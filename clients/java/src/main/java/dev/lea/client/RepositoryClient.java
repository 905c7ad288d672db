package dev.lea.client;

import com.google.protobuf.ByteString;
import dev.lea.proto.repository.v1.ActivateVersionRequest;
import dev.lea.proto.repository.v1.ActivateVersionResponse;
import dev.lea.proto.repository.v1.Aliases;
import dev.lea.proto.repository.v1.BundleFile;
import dev.lea.proto.repository.v1.DeleteVersionRequest;
import dev.lea.proto.repository.v1.FileChunk;
import dev.lea.proto.repository.v1.GetAliasesRequest;
import dev.lea.proto.repository.v1.GetShadowReportRequest;
import dev.lea.proto.repository.v1.ListVersionsRequest;
import dev.lea.proto.repository.v1.ModelRepositoryServiceGrpc;
import dev.lea.proto.repository.v1.ResumeUploadRequest;
import dev.lea.proto.repository.v1.ResumeUploadResponse;
import dev.lea.proto.repository.v1.RollBackRequest;
import dev.lea.proto.repository.v1.RollBackResponse;
import dev.lea.proto.repository.v1.SetCanaryRequest;
import dev.lea.proto.repository.v1.SetShadowRequest;
import dev.lea.proto.repository.v1.ShadowComparison;
import dev.lea.proto.repository.v1.UploadHeader;
import dev.lea.proto.repository.v1.UploadVersionRequest;
import dev.lea.proto.repository.v1.UploadVersionResponse;
import dev.lea.proto.repository.v1.Version;
import dev.lea.proto.repository.v1.VersionState;
import dev.lea.proto.repository.v1.WatchVersionsRequest;
import dev.lea.proto.repository.v1.WatchVersionsResponse;
import io.grpc.Status;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/// Brings versions to a server and says which of them is live; the same for env-server and agent-server.
///
/// Every method throws [LeaException] when the call failed.
public final class RepositoryClient {
    private static final int CHUNK_BYTES = 256 << 10;
    private static final Duration PAUSE = Duration.ofMillis(100);
    private static final int LONGEST = 4; // doublings of the pause
    private static final Duration WATCH = Duration.ofDays(1);

    private final LeaChannel channel;

    public RepositoryClient(LeaChannel channel) {
        this.channel = channel;
    }

    /// Uploads a bundle; it is kept, not activated. A bundle that the server already keeps is answered with
    /// the version it has. An upload that is cut goes on where it ended, in this call or in a later one.
    ///
    /// @param folder with `manifest.json` and the files beside it
    /// @throws IllegalArgumentException if `folder` is not a bundle
    public Version upload(Path folder) {
        var bundle = BundleFolder.read(folder);
        return upload(bundle, "bundle-" + bundle.files().getFirst().getSha256());
    }

    /// As [#upload(Path)], under a name of the caller's.
    ///
    /// @param requestId the same id makes a second upload answer as the first did; 1 to 128 characters
    public Version upload(Path folder, String requestId) {
        return upload(BundleFolder.read(folder), requestId);
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

    /// Deletes a version that is of no use any more. Never repeated by itself.
    public void delete(long version) {
        channel.call(
                ModelRepositoryServiceGrpc.getDeleteVersionMethod(),
                DeleteVersionRequest.newBuilder().setVersion(version).build());
    }

    /// Which versions answer.
    public Aliases aliases() {
        return channel.call(
                        ModelRepositoryServiceGrpc.getGetAliasesMethod(),
                        GetAliasesRequest.getDefaultInstance())
                .getAliases();
    }

    /// Lets a version answer a share of the calls.
    ///
    /// @param version 0 for no canary, whose share is 0
    /// @param share   0..1
    public Aliases setCanary(long version, double share) {
        return channel.call(
                        ModelRepositoryServiceGrpc.getSetCanaryMethod(),
                        SetCanaryRequest.newBuilder().setVersion(version).setShare(share).build(),
                        channel.settings().slowCallDeadline())
                .getAliases();
    }

    /// Lets a version be asked beside the one that answers.
    ///
    /// @param version 0 for no shadow
    public Aliases setShadow(long version) {
        return channel.call(
                        ModelRepositoryServiceGrpc.getSetShadowMethod(),
                        SetShadowRequest.newBuilder().setVersion(version).build(),
                        channel.settings().slowCallDeadline())
                .getAliases();
    }

    /// How the shadow's answers differ from those that were given.
    public List<ShadowComparison> shadowReport() {
        return channel.call(
                        ModelRepositoryServiceGrpc.getGetShadowReportMethod(),
                        GetShadowReportRequest.getDefaultInstance())
                .getComparisonsList();
    }

    /// Follows what happens to the versions, the present state first, for at most a day of silence.
    ///
    /// @param listener returns false to end the watch
    public void watch(Predicate<WatchVersionsResponse> listener) {
        try (var stream = channel.stream(ModelRepositoryServiceGrpc.getWatchVersionsMethod(), 16)) {
            stream.send(WatchVersionsRequest.getDefaultInstance());
            stream.finish();
            while (true) {
                var event = stream.next(WATCH).orElseThrow(() -> noAnswer(stream));
                if (!listener.test(event)) {
                    return;
                }
            }
        }
    }

    /// Goes on as long as the server comes back within the patience for slow calls: an upload is too long to be begun
    /// again because a server was restarted. One that never answered is given up at once.
    private Version upload(BundleFolder bundle, String requestId) {
        var settings = channel.settings();
        long heard = 0;
        for (int attempt = 0; ; attempt++) {
            boolean reached = false;
            try {
                var kept = resume(requestId);
                reached = true;
                return kept.filter(ResumeUploadResponse::hasVersion)
                        .map(ResumeUploadResponse::getVersion)
                        .orElseGet(() -> upload(bundle, requestId, kept));
            } catch (LeaException e) {
                long now = System.nanoTime();
                if (reached) {
                    heard = now;
                    attempt = Math.min(attempt, 1);
                }
                boolean patient = heard != 0 && now - heard < settings.slowCallDeadline().toNanos();
                if (!e.isOutage() || !patient || settings.maxAttempts() == 1) {
                    throw e;
                }
                LeaChannel.pause(PAUSE.multipliedBy(1L << Math.min(attempt, LONGEST)), e);
            }
        }
    }

    /// Where an upload goes on; empty if the server knows nothing of it.
    private Optional<ResumeUploadResponse> resume(String requestId) {
        try {
            return Optional.of(
                    channel.call(
                            ModelRepositoryServiceGrpc.getResumeUploadMethod(),
                            ResumeUploadRequest.newBuilder().setRequestId(requestId).build()));
        } catch (LeaException e) {
            if (e.code() == Status.Code.NOT_FOUND || e.code() == Status.Code.UNIMPLEMENTED) {
                return Optional.empty();
            }
            throw e;
        }
    }

    private Version upload(
            BundleFolder bundle, String requestId, Optional<ResumeUploadResponse> from) {
        try (var stream = channel.stream(ModelRepositoryServiceGrpc.getUploadVersionMethod(), 2)) {
            if (send(bundle, requestId, from, stream)) {
                stream.finish();
            }
            return stream.next(channel.settings().slowCallDeadline())
                    .map(UploadVersionResponse::getVersion)
                    .orElseThrow(() -> noAnswer(stream));
        }
    }

    /// @return false when the server ended the call before everything was sent
    private boolean send(
            BundleFolder bundle,
            String requestId,
            Optional<ResumeUploadResponse> from,
            StreamCall<UploadVersionRequest, ?> stream) {
        var header = UploadHeader.newBuilder().addAllFiles(bundle.files()).setRequestId(requestId);
        stream.send(UploadVersionRequest.newBuilder().setHeader(header).build());
        boolean missing = from.isEmpty();
        for (BundleFile file : bundle.files()) {
            long offset =
                    from.filter(position -> position.getFileName().equals(file.getName()))
                            .map(ResumeUploadResponse::getOffsetBytes)
                            .orElse(-1L);
            missing |= offset >= 0;
            if (missing
                    && !send(
                            bundle.path().resolve(file.getName()),
                            file,
                            Math.max(0, offset),
                            stream)) {
                return false;
            }
        }
        return true;
    }

    private boolean send(
            Path path, BundleFile file, long from, StreamCall<UploadVersionRequest, ?> stream) {
        long offset = from;
        try (var in = Files.newInputStream(path)) {
            in.skipNBytes(from);
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
