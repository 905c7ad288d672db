package dev.lea.client;

import dev.lea.proto.trainer.v1.CancelRunRequest;
import dev.lea.proto.trainer.v1.CreateRunRequest;
import dev.lea.proto.trainer.v1.GetRunRequest;
import dev.lea.proto.trainer.v1.ListRunsRequest;
import dev.lea.proto.trainer.v1.Run;
import dev.lea.proto.trainer.v1.RunSpec;
import dev.lea.proto.trainer.v1.TrainerServiceGrpc;
import dev.lea.proto.trainer.v1.WatchRunRequest;
import dev.lea.proto.trainer.v1.WatchRunResponse;
import io.grpc.Status;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/// Starts training runs and follows them.
///
/// Every method throws [LeaException] when the call failed.
public final class TrainerClient {
    private static final int MAX_RECONNECTS = 5;
    private static final Duration RECONNECT_DELAY = Duration.ofMillis(500);

    private final LeaChannel channel;

    public TrainerClient(LeaChannel channel) {
        this.channel = channel;
    }

    /// Starts a run; a repeat inside the call does not start it twice.
    public Run create(RunSpec spec) {
        return create(spec, UUID.randomUUID().toString());
    }

    /// As [#create(RunSpec)], under a name of the caller's.
    ///
    /// @param requestId the same id answers with the run that it created before
    public Run create(RunSpec spec, String requestId) {
        var request = CreateRunRequest.newBuilder().setSpec(spec).setRequestId(requestId).build();
        return channel.call(TrainerServiceGrpc.getCreateRunMethod(), request).getRun();
    }

    /// The run as it stands.
    public Run get(String runId) {
        var request = GetRunRequest.newBuilder().setRunId(runId).build();
        return channel.call(TrainerServiceGrpc.getGetRunMethod(), request).getRun();
    }

    /// All runs, newest first.
    public List<Run> list() {
        var runs = new ArrayList<Run>();
        String token = "";
        do {
            var page =
                    channel.call(
                            TrainerServiceGrpc.getListRunsMethod(),
                            ListRunsRequest.newBuilder().setPageToken(token).build());
            runs.addAll(page.getRunsList());
            token = page.getNextPageToken();
        } while (!token.isEmpty());
        return List.copyOf(runs);
    }

    /// Stops a run at its next checkpoint.
    public Run cancel(String runId) {
        var request = CancelRunRequest.newBuilder().setRunId(runId).build();
        return channel.call(TrainerServiceGrpc.getCancelRunMethod(), request).getRun();
    }

    /// Follows a run until it ends, through lost connections: the trainer tells a run as it stands at every
    /// new connection, so nothing is missed for good. Gives up after five connections in a row that told nothing.
    ///
    /// A run that changes nothing for the settings' idle timeout is asked about anew.
    ///
    /// @param changes called on this thread with the run as it stands, and again at each change; an exception
    ///     from it ends the watch
    /// @return the run as it ended
    public Run watch(String runId, Consumer<Run> changes) {
        LeaException failure = null;
        for (int silent = 0; silent <= MAX_RECONNECTS; silent++) {
            if (silent > 0) {
                pause(RECONNECT_DELAY.multipliedBy(silent), failure);
            }
            var connection = follow(runId, changes);
            if (connection.last() != null) {
                if (isOver(connection.last())) {
                    return connection.last();
                }
                silent = 0;
            }
            failure = connection.failure();
            if (!isWorthAnotherConnection(failure)) {
                throw failure;
            }
        }
        throw failure;
    }

    /// Whether a run has ended, well or not.
    public static boolean isOver(Run run) {
        return switch (run.getState()) {
            case RUN_STATE_SUCCEEDED, RUN_STATE_FAILED, RUN_STATE_CANCELLED -> true;
            case RUN_STATE_UNSPECIFIED,
                    RUN_STATE_QUEUED,
                    RUN_STATE_RUNNING,
                    RUN_STATE_WAITING,
                    UNRECOGNIZED ->
                    false;
        };
    }

    /// What one connection told last, if anything, and why it ended; no failure only where the run is over.
    private record Connection(Run last, LeaException failure) {}

    private Connection follow(String runId, Consumer<Run> changes) {
        Run last = null;
        try (var stream = channel.stream(TrainerServiceGrpc.getWatchRunMethod(), 16)) {
            stream.send(WatchRunRequest.newBuilder().setRunId(runId).build());
            stream.finish();
            var settings = channel.settings();
            while (last == null || !isOver(last)) {
                try {
                    last =
                            stream.next(
                                            last == null
                                                    ? settings.callDeadline()
                                                    : settings.idleTimeout())
                                    .map(WatchRunResponse::getRun)
                                    .orElseThrow(() -> cut(stream, runId));
                } catch (LeaException e) {
                    return new Connection(last, e);
                }
                changes.accept(last);
            }
            return new Connection(last, null);
        }
    }

    private static LeaException cut(StreamCall<?, ?> stream, String runId) {
        return stream.failure(
                Status.Code.UNAVAILABLE,
                "STREAM_CUT",
                "the server ended the watch although run " + runId + " goes on");
    }

    private static boolean isWorthAnotherConnection(LeaException e) {
        return e.isTransient() || e.reason().equals("STREAM_IDLE");
    }

    private static void pause(Duration delay, LeaException failure) {
        try {
            TimeUnit.NANOSECONDS.sleep(delay.toNanos());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw failure;
        }
    }
}
