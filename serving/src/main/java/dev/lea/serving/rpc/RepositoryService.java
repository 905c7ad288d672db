package dev.lea.serving.rpc;

import com.google.protobuf.util.Timestamps;
import dev.lea.proto.common.v1.ModelVersion;
import dev.lea.proto.repository.v1.ActivateVersionRequest;
import dev.lea.proto.repository.v1.ActivateVersionResponse;
import dev.lea.proto.repository.v1.DownloadRevisionRequest;
import dev.lea.proto.repository.v1.DownloadRevisionResponse;
import dev.lea.proto.repository.v1.ListVersionsRequest;
import dev.lea.proto.repository.v1.ListVersionsResponse;
import dev.lea.proto.repository.v1.ModelRepositoryServiceGrpc;
import dev.lea.proto.repository.v1.RollBackRequest;
import dev.lea.proto.repository.v1.RollBackResponse;
import dev.lea.proto.repository.v1.UploadRevisionRequest;
import dev.lea.proto.repository.v1.UploadRevisionResponse;
import dev.lea.proto.repository.v1.UploadVersionRequest;
import dev.lea.proto.repository.v1.UploadVersionResponse;
import dev.lea.proto.repository.v1.Version;
import dev.lea.proto.repository.v1.VersionState;
import dev.lea.serving.Failure;
import dev.lea.serving.bundle.ModelStore;
import dev.lea.serving.bundle.StoredVersion;
import dev.lea.serving.swap.ModelHost;
import io.grpc.Context;
import io.grpc.stub.StreamObserver;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.Semaphore;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The versions of the model that this server hosts: upload, list, activate, roll back. Its handlers block.
public final class RepositoryService
        extends ModelRepositoryServiceGrpc.ModelRepositoryServiceImplBase {
    private static final Logger log = LoggerFactory.getLogger(RepositoryService.class);

    private static final int DEFAULT_PAGE = 100;
    private static final int LARGEST_PAGE = 1000;
    private static final int UPLOADS_AT_ONCE = 4;

    private final ModelHost<?> host;
    private final ModelStore store;
    private final Runnable onLive;
    private final Revisions revisions;
    private final Semaphore uploads = new Semaphore(UPLOADS_AT_ONCE);
    private final Semaphore activations = new Semaphore(1, true);

    /// @param onLive called after each activation, for instance to report the model's service as serving
    public RepositoryService(ModelHost<?> host, Runnable onLive) {
        this(host, onLive, Revisions.NONE);
    }

    /// @param revisions of the live version's catalogue
    public RepositoryService(ModelHost<?> host, Runnable onLive, Revisions revisions) {
        this.host = host;
        this.store = host.store();
        this.onLive = onLive;
        this.revisions = revisions;
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
        return new UploadStream(store, uploads, observer, this::describe);
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

    /// Loading a model is native work, so it is done on a platform thread, one at a time.
    private ModelHost.Activation activate(Callable<ModelHost.Activation> change) throws Exception {
        activations.acquire();
        try {
            if (Context.current().isCancelled()) {
                throw new InterruptedException("the caller has gone");
            }
            var task = new FutureTask<>(change);
            Thread.ofPlatform().name("activation").start(task);
            ModelHost.Activation done = task.get();
            onLive.run();
            log.info("version {} of {} is live", done.live().number(), done.live().name());
            return done;
        } catch (ExecutionException e) {
            throw e.getCause() instanceof Exception problem ? problem : e;
        } finally {
            activations.release();
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
        VersionState state =
                host.live().map(live -> live.number() == version.number()).orElse(false)
                        ? VersionState.VERSION_STATE_LIVE
                        : version.refusal().isEmpty()
                                ? VersionState.VERSION_STATE_STORED
                                : VersionState.VERSION_STATE_REFUSED;
        return Version.newBuilder()
                .setModel(
                        ModelVersion.newBuilder()
                                .setName(version.name())
                                .setVersion(version.number())
                                .setDigest(version.digest()))
                .setState(state)
                .setCreateTime(Timestamps.fromMillis(version.createTime().toEpochMilli()))
                .setFailure(version.refusal())
                .setSizeBytes(version.sizeBytes())
                .putAllMetrics(version.metrics())
                .build();
    }
}
