package dev.lea.serving.rpc;

import dev.lea.proto.repository.v1.ActivateVersionRequest;
import dev.lea.proto.repository.v1.ActivateVersionResponse;
import dev.lea.proto.repository.v1.DeleteVersionRequest;
import dev.lea.proto.repository.v1.DeleteVersionResponse;
import dev.lea.proto.repository.v1.DownloadRevisionRequest;
import dev.lea.proto.repository.v1.DownloadRevisionResponse;
import dev.lea.proto.repository.v1.GetAliasesRequest;
import dev.lea.proto.repository.v1.GetAliasesResponse;
import dev.lea.proto.repository.v1.GetShadowReportRequest;
import dev.lea.proto.repository.v1.GetShadowReportResponse;
import dev.lea.proto.repository.v1.ListVersionsRequest;
import dev.lea.proto.repository.v1.ListVersionsResponse;
import dev.lea.proto.repository.v1.ModelRepositoryServiceGrpc;
import dev.lea.proto.repository.v1.ResumeUploadRequest;
import dev.lea.proto.repository.v1.ResumeUploadResponse;
import dev.lea.proto.repository.v1.RollBackRequest;
import dev.lea.proto.repository.v1.RollBackResponse;
import dev.lea.proto.repository.v1.SetCanaryRequest;
import dev.lea.proto.repository.v1.SetCanaryResponse;
import dev.lea.proto.repository.v1.SetShadowRequest;
import dev.lea.proto.repository.v1.SetShadowResponse;
import dev.lea.proto.repository.v1.UploadRevisionRequest;
import dev.lea.proto.repository.v1.UploadRevisionResponse;
import dev.lea.proto.repository.v1.UploadVersionRequest;
import dev.lea.proto.repository.v1.UploadVersionResponse;
import dev.lea.proto.repository.v1.Version;
import dev.lea.proto.repository.v1.WatchVersionsRequest;
import dev.lea.proto.repository.v1.WatchVersionsResponse;
import dev.lea.serving.Failure;
import dev.lea.serving.bundle.ModelStore;
import dev.lea.serving.bundle.StoredVersion;
import dev.lea.serving.bundle.UploadPosition;
import dev.lea.serving.swap.ModelHost;
import io.grpc.Context;
import io.grpc.stub.StreamObserver;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.Semaphore;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The versions of the model that this server hosts: upload, list, activate, roll back, delete, and which of them
/// answer. Its handlers block.
public final class RepositoryService
        extends ModelRepositoryServiceGrpc.ModelRepositoryServiceImplBase implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(RepositoryService.class);

    private static final int DEFAULT_PAGE = 100;
    private static final int LARGEST_PAGE = 1000;
    private static final int UPLOADS_AT_ONCE = 4;

    private final ModelHost<?> host;
    private final ModelStore store;
    private final Runnable onLive;
    private final Revisions revisions;
    private final boolean ofUsers;
    private final VersionWatches watches;
    private final Semaphore uploads = new Semaphore(UPLOADS_AT_ONCE);
    private final Semaphore changes = new Semaphore(1, true);

    /// @param onLive called after each activation, for instance to report the model's service as serving
    public RepositoryService(ModelHost<?> host, Runnable onLive) {
        this(host, onLive, Revisions.NONE, true);
    }

    /// @param revisions of the live version's catalogue
    /// @param ofUsers   whether the model's calls are of users, so that a share of them can be a canary's
    public RepositoryService(
            ModelHost<?> host, Runnable onLive, Revisions revisions, boolean ofUsers) {
        this.host = host;
        this.store = host.store();
        this.onLive = onLive;
        this.revisions = revisions;
        this.ofUsers = ofUsers;
        this.watches = new VersionWatches(host, Clock.systemUTC());
    }

    /// Sends whoever watches away.
    @Override
    public void close() {
        watches.close();
    }

    @Override
    public void downloadRevision(
            DownloadRevisionRequest request, StreamObserver<DownloadRevisionResponse> observer) {
        RevisionStreams.send(revisions, observer);
    }

    @Override
    public StreamObserver<UploadRevisionRequest> uploadRevision(
            StreamObserver<UploadRevisionResponse> observer) {
        return new RevisionStreams.Receiver(revisions, observer);
    }

    @Override
    public StreamObserver<UploadVersionRequest> uploadVersion(
            StreamObserver<UploadVersionResponse> observer) {
        return new UploadStream(
                store, uploads, observer, this::describe, host.events()::storeChanged);
    }

    @Override
    public void resumeUpload(
            ResumeUploadRequest request, StreamObserver<ResumeUploadResponse> observer) {
        Unary.reply(observer, () -> resume(request.getRequestId()));
    }

    @Override
    public void deleteVersion(
            DeleteVersionRequest request, StreamObserver<DeleteVersionResponse> observer) {
        Unary.reply(
                observer,
                () -> {
                    positive("version", request.getVersion(), 1);
                    host.delete(request.getVersion());
                    log.info("version {} is deleted", request.getVersion());
                    return DeleteVersionResponse.getDefaultInstance();
                });
    }

    @Override
    public void getAliases(GetAliasesRequest request, StreamObserver<GetAliasesResponse> observer) {
        Unary.reply(
                observer,
                () ->
                        GetAliasesResponse.newBuilder()
                                .setAliases(Messages.aliases(store.aliases()))
                                .build());
    }

    @Override
    public void setCanary(SetCanaryRequest request, StreamObserver<SetCanaryResponse> observer) {
        Unary.reply(
                observer,
                () -> {
                    long version = request.getVersion();
                    double share = request.getShare();
                    positive("version", version, 0);
                    if (!(share >= 0 && share <= (version == 0 ? 0 : 1))) {
                        throw new Failure.Invalid(
                                "share",
                                "OUT_OF_RANGE",
                                "share must be in [0, %d] but is %s"
                                        .formatted(version == 0 ? 0 : 1, share),
                                Map.of("field", "share", "value", "" + share));
                    }
                    if (share > 0 && !ofUsers) {
                        throw new Failure.Conflict(
                                "CANARY_UNSUPPORTED",
                                "calls of this server are of no user, so that a canary answers only those that pin it: set its share to 0",
                                Map.of());
                    }
                    var aliases = change(() -> host.setCanary(version, share));
                    log.info("version {} is the canary with a share of {}", version, share);
                    return SetCanaryResponse.newBuilder()
                            .setAliases(Messages.aliases(aliases))
                            .build();
                });
    }

    @Override
    public void setShadow(SetShadowRequest request, StreamObserver<SetShadowResponse> observer) {
        Unary.reply(
                observer,
                () -> {
                    positive("version", request.getVersion(), 0);
                    var aliases = change(() -> host.setShadow(request.getVersion()));
                    log.info("version {} is the shadow", request.getVersion());
                    return SetShadowResponse.newBuilder()
                            .setAliases(Messages.aliases(aliases))
                            .build();
                });
    }

    @Override
    public void getShadowReport(
            GetShadowReportRequest request, StreamObserver<GetShadowReportResponse> observer) {
        Unary.reply(
                observer,
                () -> {
                    var response = GetShadowReportResponse.newBuilder();
                    host.shadow().comparisons().stream()
                            .map(Messages::comparison)
                            .forEach(response::addComparisons);
                    return response.build();
                });
    }

    @Override
    public void watchVersions(
            WatchVersionsRequest request, StreamObserver<WatchVersionsResponse> observer) {
        watches.add(observer);
    }

    @Override
    public void listVersions(
            ListVersionsRequest request, StreamObserver<ListVersionsResponse> observer) {
        Unary.reply(observer, () -> list(request));
    }

    @Override
    public void activateVersion(
            ActivateVersionRequest request, StreamObserver<ActivateVersionResponse> observer) {
        Unary.reply(
                observer,
                () -> {
                    positive("version", request.getVersion(), 1);
                    positive("expected_live_version", request.getExpectedLiveVersion(), 0);
                    var done =
                            activate(() ->
                                    host.activate(
                                            request.getVersion(),
                                            request.getExpectedLiveVersion()));
                    var response =
                            ActivateVersionResponse.newBuilder().setVersion(describe(done.live()));
                    done.previous().ifPresent(v -> response.setPrevious(describe(v)));
                    return response.build();
                });
    }

    @Override
    public void rollBack(RollBackRequest request, StreamObserver<RollBackResponse> observer) {
        Unary.reply(
                observer,
                () -> {
                    var done = activate(host::rollBack);
                    var response = RollBackResponse.newBuilder().setVersion(describe(done.live()));
                    done.previous().ifPresent(v -> response.setPrevious(describe(v)));
                    return response.build();
                });
    }

    private ResumeUploadResponse resume(String requestId) {
        if (requestId.isEmpty()) {
            throw new Failure.Invalid("request_id", "request_id must not be empty");
        }
        Optional<UploadPosition> position;
        try {
            position = Optional.of(store.resume(requestId));
        } catch (Failure.NotFound e) {
            if (store.uploaded(requestId).isEmpty()) {
                throw e;
            }
            position = Optional.empty();
        }
        var response = ResumeUploadResponse.newBuilder();
        store.uploaded(requestId).ifPresent(version -> response.setVersion(describe(version)));
        position.ifPresent(next -> response.setFileName(next.file()).setOffsetBytes(next.offset()));
        return response.build();
    }

    private ListVersionsResponse list(ListVersionsRequest request) {
        int size = request.getPageSize() == 0 ? DEFAULT_PAGE : request.getPageSize();
        if (size < 1 || size > LARGEST_PAGE) {
            throw new Failure.Invalid(
                    "page_size",
                    "page_size must be in [0, %d] but is %d"
                            .formatted(LARGEST_PAGE, request.getPageSize()));
        }
        long before = pageStart(request.getPageToken());
        List<StoredVersion> rest =
                store.list().stream().filter(version -> version.number() < before).toList();
        List<StoredVersion> page = rest.subList(0, Math.min(size, rest.size()));
        var response = ListVersionsResponse.newBuilder();
        page.forEach(version -> response.addVersions(describe(version)));
        if (page.size() < rest.size()) {
            response.setNextPageToken(Long.toString(page.getLast().number()));
        }
        return response.build();
    }

    /// A page token is the number of the last version on the page before.
    private static long pageStart(String token) {
        if (token.isEmpty()) {
            return Long.MAX_VALUE;
        }
        try {
            return Long.parseLong(token);
        } catch (NumberFormatException e) {
            throw new Failure.Invalid(
                    "page_token", "page_token is not one that ListVersions gave: '" + token + "'");
        }
    }

    private ModelHost.Activation activate(Callable<ModelHost.Activation> activation)
            throws Exception {
        ModelHost.Activation done = change(activation);
        onLive.run();
        log.info("version {} of {} is live", done.live().number(), done.live().name());
        return done;
    }

    /// Loading a model is native work, so it is done on a platform thread, one at a time.
    private <T> T change(Callable<T> change) throws Exception {
        changes.acquire();
        try {
            if (Context.current().isCancelled()) {
                throw new InterruptedException("the caller has gone");
            }
            var task = new FutureTask<>(change);
            Thread.ofPlatform().name("activation").start(task);
            return task.get();
        } catch (ExecutionException e) {
            throw e.getCause() instanceof Exception problem ? problem : e;
        } finally {
            changes.release();
        }
    }

    private static void positive(String field, long value, long min) {
        if (value < min) {
            throw new Failure.Invalid(
                    field,
                    "OUT_OF_RANGE",
                    "%s must be at least %d but is %d".formatted(field, min, value),
                    Map.of("field", field, "min", "" + min, "value", "" + value));
        }
    }

    private Version describe(StoredVersion version) {
        return Messages.version(host, version);
    }
}
