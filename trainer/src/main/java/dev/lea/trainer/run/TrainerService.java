package dev.lea.trainer.run;

import dev.lea.proto.trainer.v1.CancelRunRequest;
import dev.lea.proto.trainer.v1.CancelRunResponse;
import dev.lea.proto.trainer.v1.CreateRunRequest;
import dev.lea.proto.trainer.v1.CreateRunResponse;
import dev.lea.proto.trainer.v1.GetRunRequest;
import dev.lea.proto.trainer.v1.GetRunResponse;
import dev.lea.proto.trainer.v1.ListRunsRequest;
import dev.lea.proto.trainer.v1.ListRunsResponse;
import dev.lea.proto.trainer.v1.RunSpec;
import dev.lea.proto.trainer.v1.TrainerServiceGrpc;
import dev.lea.proto.trainer.v1.WatchRunRequest;
import dev.lea.proto.trainer.v1.WatchRunResponse;
import dev.lea.serving.Failure;
import dev.lea.serving.rpc.Unary;
import dev.lea.trainer.data.DataFolder;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/// Runs over gRPC. Handlers may block: each call has a thread of its own.
public final class TrainerService extends TrainerServiceGrpc.TrainerServiceImplBase {
    private static final Duration BETWEEN_UPDATES = Duration.ofMillis(200);
    private static final Duration LONGEST_SILENCE = Duration.ofSeconds(5);
    private static final int DEFAULT_PAGE = 100;
    private static final int LARGEST_PAGE = 1_000;

    private final RunQueue runs;
    private final Targets targets;

    /// @param targets of a run that names none
    TrainerService(RunQueue runs, Targets targets) {
        this.runs = runs;
        this.targets = targets;
    }

    @Override
    public void createRun(CreateRunRequest request, StreamObserver<CreateRunResponse> observer) {
        Unary.reply(
                observer,
                () -> {
                    check(request);
                    RunRecord record = runs.create(request.getSpec(), request.getRequestId());
                    return CreateRunResponse.newBuilder().setRun(record.get()).build();
                });
    }

    @Override
    public void getRun(GetRunRequest request, StreamObserver<GetRunResponse> observer) {
        Unary.reply(
                observer,
                () ->
                        GetRunResponse.newBuilder()
                                .setRun(runs.find(request.getRunId()).get())
                                .build());
    }

    @Override
    public void listRuns(ListRunsRequest request, StreamObserver<ListRunsResponse> observer) {
        Unary.reply(observer, () -> page(request));
    }

    @Override
    public void cancelRun(CancelRunRequest request, StreamObserver<CancelRunResponse> observer) {
        Unary.reply(
                observer,
                () -> {
                    RunRecord record = runs.find(request.getRunId());
                    runs.cancel(record);
                    return CancelRunResponse.newBuilder().setRun(record.get()).build();
                });
    }

    @Override
    public void watchRun(WatchRunRequest request, StreamObserver<WatchRunResponse> observer) {
        var call = (ServerCallStreamObserver<WatchRunResponse>) observer;
        try {
            RunRecord record = runs.find(request.getRunId());
            while (!call.isCancelled()) {
                long seen = record.changes();
                boolean over = record.isOver();
                if (call.isReady() || over) {
                    call.onNext(WatchRunResponse.newBuilder().setRun(record.get()).build());
                }
                if (over) {
                    call.onCompleted();
                    return;
                }
                Thread.sleep(BETWEEN_UPDATES);
                record.await(seen, LONGEST_SILENCE);
            }
        } catch (InterruptedException e) {
            Unary.fail(
                    observer,
                    new Failure.Unavailable("SHUTTING_DOWN", "the trainer is going away"));
        } catch (RuntimeException e) {
            Unary.fail(observer, e);
        }
    }

    /// Finds what is wrong before anything begins.
    private void check(CreateRunRequest request) {
        if (!request.getRequestId().matches("[A-Za-z0-9-]{0,64}")) {
            throw new Failure.Invalid(
                    "request_id",
                    "request_id must be at most 64 letters, digits and '-' but is '"
                            + request.getRequestId()
                            + "'");
        }
        RunSpec spec = request.getSpec();
        if (spec.getDataPath().isEmpty()) {
            throw new Failure.Invalid(
                    "spec.data_path", "spec.data_path must name a folder but is empty");
        }
        DataFolder.check(path(spec.getDataPath()));
        RunSettings.of(spec.getPreset(), spec.getSettingsMap(), spec.getSeed(), _ -> 1);
        try {
            targets.with(spec.getEnvironmentTarget(), spec.getAgentTarget());
        } catch (IllegalArgumentException e) {
            throw new Failure.Invalid("spec", e.getMessage());
        }
    }

    private static Path path(String text) {
        try {
            return Path.of(text);
        } catch (InvalidPathException e) {
            throw new Failure.Invalid(
                    "spec.data_path", "spec.data_path is not a path: " + e.getReason());
        }
    }

    private ListRunsResponse page(ListRunsRequest request) {
        int size = request.getPageSize() == 0 ? DEFAULT_PAGE : request.getPageSize();
        if (size < 1 || size > LARGEST_PAGE) {
            throw new Failure.Invalid(
                    "page_size", "page_size must be in [1, " + LARGEST_PAGE + "] but is " + size);
        }
        List<RunRecord> all = runs.list();
        int from = 0;
        if (!request.getPageToken().isEmpty()) {
            List<String> ids = all.stream().map(r -> r.get().getRunId()).toList();
            from = ids.indexOf(request.getPageToken());
            if (from < 0) {
                throw new Failure.Invalid(
                        "page_token",
                        "PAGE_TOKEN_UNKNOWN",
                        "page_token '" + request.getPageToken() + "' was not given by this server",
                        Map.of());
            }
        }
        int to = Math.min(all.size(), from + size);
        var response = ListRunsResponse.newBuilder();
        all.subList(from, to).forEach(record -> response.addRuns(record.get()));
        return response.setNextPageToken(to < all.size() ? all.get(to).get().getRunId() : "")
                .build();
    }
}
