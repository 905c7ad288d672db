package dev.lea.trainer.run;

import com.google.protobuf.Timestamp;
import dev.lea.proto.trainer.v1.Run;
import dev.lea.proto.trainer.v1.RunState;
import dev.lea.proto.trainer.v1.Stage;
import dev.lea.trainer.net.Progress;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.function.Consumer;

/// A run as people see it: one `Run` message, kept in `run.pb` at every change that matters. Safe to use from
/// several threads.
final class RunRecord {
    private final Path folder;
    private final Run.Builder run; // guarded by this
    private final Map<String, Instant> begun = new HashMap<>(); // guarded by this
    private final Map<String, Double> before =
            new HashMap<>(); // seconds of earlier tries; guarded by this
    private long changes; // guarded by this
    private boolean cancelled; // somebody does not want it any more; guarded by this
    private boolean stopped; // its stages end at their next step; guarded by this

    private RunRecord(Path folder, Run.Builder run) {
        this.folder = folder;
        this.run = run;
    }

    static RunRecord create(Path folder, Run run) {
        var record = new RunRecord(folder, run.toBuilder());
        try {
            Files.createDirectories(folder);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot make the run's folder " + folder, e);
        }
        record.save();
        return record;
    }

    static boolean isIn(Path folder) {
        return Files.isRegularFile(folder.resolve("run.pb"));
    }

    static RunRecord load(Path folder) {
        try {
            return new RunRecord(
                    folder,
                    Run.parseFrom(Files.readAllBytes(folder.resolve("run.pb"))).toBuilder());
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read the run in " + folder, e);
        }
    }

    Path folder() {
        return folder;
    }

    synchronized Run get() {
        return run.build();
    }

    /// Counts changes, so that a watcher knows when to look again.
    synchronized long changes() {
        return changes;
    }

    /// Waits until there are more changes than `seen`, or the time is up.
    synchronized void await(long seen, Duration time) throws InterruptedException {
        long end = System.nanoTime() + time.toNanos();
        for (long left = time.toMillis();
                changes == seen && left > 0;
                left = (end - System.nanoTime()) / 1_000_000) {
            wait(left);
        }
    }

    synchronized void update(Consumer<Run.Builder> change) {
        change.accept(run);
        changed();
        save();
    }

    /// Stops the run for good.
    synchronized void cancel() {
        cancelled = true;
        stop();
    }

    synchronized boolean isCancelled() {
        return cancelled;
    }

    /// Makes every stage throw [CancellationException] at its next step; the run may be taken up again later.
    synchronized void stop() {
        stopped = true;
        changed();
    }

    synchronized boolean isStopped() {
        return stopped;
    }

    synchronized boolean isOver() {
        return switch (run.getState()) {
            case RUN_STATE_SUCCEEDED, RUN_STATE_FAILED, RUN_STATE_CANCELLED -> true;
            default -> false;
        };
    }

    /// Says that the run waits for something; an empty reason says that it goes on.
    synchronized void waiting(String reason) {
        RunState state = reason.isEmpty() ? RunState.RUN_STATE_RUNNING : RunState.RUN_STATE_WAITING;
        if (run.getState() != state || !run.getFailure().equals(reason)) {
            run.setState(state).setFailure(reason);
            changed();
        }
    }

    /// Where a stage reports its progress; ends the stage when the run is stopped.
    Progress stage(String name, String unit) {
        synchronized (this) {
            Stage.Builder stage = find(name);
            if (stage == null) {
                stage = run.addStagesBuilder().setName(name);
            }
            stage.setUnit(unit);
            begun.put(name, Instant.now());
            before.put(name, stage.getSeconds());
            changed();
        }
        return (done, total, note) -> {
            synchronized (this) {
                if (stopped) {
                    throw new CancellationException("the run was stopped");
                }
                find(name).setDone(done).setTotal(total).setNote(note).setSeconds(seconds(name));
                changed();
            }
        };
    }

    synchronized void complete(String name, String note) {
        Stage.Builder stage = find(name);
        stage.setComplete(true).setSeconds(seconds(name)).setDone(stage.getTotal());
        if (!note.isEmpty()) {
            stage.setNote(note);
        }
        changed();
        save();
    }

    synchronized boolean isComplete(String name) {
        Stage.Builder stage = find(name);
        return stage != null && stage.getComplete();
    }

    synchronized void end(RunState state, String failure) {
        run.setState(state).setFailure(failure).setEndTime(now());
        changed();
        save();
    }

    static Timestamp now() {
        Instant now = Instant.now();
        return Timestamp.newBuilder()
                .setSeconds(now.getEpochSecond())
                .setNanos(now.getNano())
                .build();
    }

    private Stage.Builder find(String name) {
        return run.getStagesBuilderList().stream()
                .filter(s -> s.getName().equals(name))
                .findFirst()
                .orElse(null);
    }

    private double seconds(String name) {
        return before.getOrDefault(name, 0.0)
                + Duration.between(begun.getOrDefault(name, Instant.now()), Instant.now())
                                .toMillis()
                        / 1e3;
    }

    private synchronized void changed() {
        changes++;
        notifyAll();
    }

    private synchronized void save() {
        Path file = folder.resolve("run.pb");
        Path aside = folder.resolve("run.pb.part");
        try (FileChannel channel =
                FileChannel.open(
                        aside,
                        StandardOpenOption.CREATE,
                        StandardOpenOption.TRUNCATE_EXISTING,
                        StandardOpenOption.WRITE)) {
            ByteBuffer bytes = ByteBuffer.wrap(run.build().toByteArray());
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
            channel.force(true);
            Files.move(
                    aside,
                    file,
                    StandardCopyOption.ATOMIC_MOVE,
                    StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot write " + file, e);
        }
    }
}
