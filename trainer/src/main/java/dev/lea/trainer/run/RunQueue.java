package dev.lea.trainer.run;

import com.google.protobuf.Timestamp;
import dev.lea.client.LeaException;
import dev.lea.proto.trainer.v1.Run;
import dev.lea.proto.trainer.v1.RunSpec;
import dev.lea.proto.trainer.v1.RunState;
import dev.lea.serving.Failure;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The trainer's runs: all that are in its folder, one of them at work.
///
/// A run that was at work when the process ended is taken up again at start.
public final class RunQueue implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(RunQueue.class);
    private static final Comparator<Timestamp> IN_TIME =
            Comparator.comparingLong(Timestamp::getSeconds).thenComparingInt(Timestamp::getNanos);
    private static final Duration GRACE = Duration.ofSeconds(10);

    /// Does a run.
    @FunctionalInterface
    interface Work {
        void run(RunRecord record) throws Exception;
    }

    private final Path folder;
    private final Work work;
    private final Map<String, RunRecord> records = new LinkedHashMap<>(); // guarded by this
    private final Map<String, String> requests =
            new LinkedHashMap<>(); // run by request id; guarded by this
    private final BlockingQueue<Optional<RunRecord>> queue =
            new LinkedBlockingQueue<>(); // empty: look whether to end
    private final Thread worker;
    private volatile boolean closing;

    private RunQueue(Path folder, Work work) {
        this.folder = folder;
        this.work = work;
        this.worker = Thread.ofPlatform().name("run").unstarted(this::workUntilClosed);
    }

    /// Reads the folder and goes on with what is not over.
    static RunQueue open(Path folder, Work work) {
        var queue = new RunQueue(folder, work);
        try {
            Files.createDirectories(folder);
            try (var list = Files.list(folder)) {
                list.filter(RunRecord::isIn)
                        .map(RunRecord::load)
                        .sorted(Comparator.comparing(r -> r.get().getCreateTime(), IN_TIME))
                        .forEach(queue::take);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read the runs in " + folder, e);
        }
        queue.worker.start();
        return queue;
    }

    synchronized RunRecord create(RunSpec spec, String requestId) {
        if (!requestId.isEmpty() && requests.containsKey(requestId)) {
            return records.get(requests.get(requestId));
        }
        String id =
                requestId.isEmpty()
                        ? "run-" + UUID.randomUUID().toString().substring(0, 8)
                        : "run-" + requestId;
        Run run =
                Run.newBuilder()
                        .setRunId(id)
                        .setSpec(spec)
                        .setState(RunState.RUN_STATE_QUEUED)
                        .setCreateTime(RunRecord.now())
                        .build();
        RunRecord record = RunRecord.create(folder.resolve(id), run);
        take(record);
        return record;
    }

    /// @throws Failure.NotFound if there is none
    synchronized RunRecord find(String id) {
        RunRecord record = records.get(id);
        if (record == null) {
            throw new Failure.NotFound(
                    "RUN_UNKNOWN", "there is no run '" + id + "'", Map.of("run_id", id));
        }
        return record;
    }

    /// Newest first.
    synchronized List<RunRecord> list() {
        return List.copyOf(records.values()).reversed();
    }

    void cancel(RunRecord record) {
        synchronized (record) {
            if (!record.isOver()) {
                record.cancel();
                if (record.get().getState() == RunState.RUN_STATE_QUEUED) {
                    record.end(RunState.RUN_STATE_CANCELLED, "cancelled before it began");
                }
            }
        }
    }

    /// Stops the run at work at its next step; it goes on when the trainer starts again.
    @Override
    public void close() {
        closing = true;
        synchronized (this) {
            records.values().stream().filter(r -> !r.isOver()).forEach(RunRecord::stop);
        }
        queue.add(Optional.empty());
        try {
            if (!worker.join(GRACE)) {
                log.warn("the run at work does not reach its next step and is interrupted");
                worker.interrupt();
                worker.join(GRACE);
            }
        } catch (InterruptedException e) {
            worker.interrupt();
            Thread.currentThread().interrupt();
        }
    }

    private synchronized void take(RunRecord record) {
        String id = record.get().getRunId();
        records.put(id, record);
        requests.put(id.substring("run-".length()), id);
        if (!record.isOver()) {
            queue.add(Optional.of(record));
        }
    }

    private void workUntilClosed() {
        while (!closing) {
            try {
                queue.take().filter(record -> !record.isOver()).ifPresent(this::work);
            } catch (InterruptedException e) {
                return; // closing
            }
        }
    }

    private void work(RunRecord record) {
        String id = record.get().getRunId();
        try {
            record.update(run -> run.setState(RunState.RUN_STATE_RUNNING).setFailure(""));
            work.run(record);
            record.end(RunState.RUN_STATE_SUCCEEDED, "");
            log.info("{} succeeded", id);
        } catch (Throwable e) {
            if (record.isCancelled()) {
                record.end(RunState.RUN_STATE_CANCELLED, "cancelled");
            } else if (closing) { // whatever else went wrong shows again when it is taken up
                log.info("{} stands still until the trainer starts again", id);
            } else {
                record.end(RunState.RUN_STATE_FAILED, failure(id, e));
            }
        }
    }

    private static String failure(String id, Throwable e) {
        if (e instanceof Failure || e instanceof LeaException) {
            log.warn("{} failed: {}", id, e.getMessage());
            return e.getMessage();
        }
        log.error("{} failed", id, e);
        return "internal error, see the trainer's log: " + e;
    }
}
