package dev.lea.trainer.agent;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.lea.serving.Failure;
import dev.lea.trainer.net.Checkpoint;
import dev.lea.trainer.net.Parameters;
import dev.lea.trainer.net.TrainingState;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;

/// A training run on disk, so that it can go on after the process was killed at any moment.
///
/// `checkpoint-<update>/` holds `network-<i>.ckpt` with the moments, `best.ckpt` (after the first
/// evaluation) and `progress.json`. A checkpoint is written aside, synced and renamed, and only then are older ones
/// deleted: the one of the highest number is always whole.
final class TrainingFolder {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String PREFIX = "checkpoint-";

    private final Path folder;
    private final String fingerprint;

    /// What `progress.json` holds.
    record Content(String fingerprint, TrainingProgress progress) {}

    /// @param folder      made if it is not there
    /// @param fingerprint of everything that decides how the run goes
    TrainingFolder(Path folder, String fingerprint) {
        this.folder = folder;
        this.fingerprint = fingerprint;
    }

    /// Writes a checkpoint.
    ///
    /// @param best parameters of the best epoch so far, null before the first
    void save(TrainingProgress progress, List<TrainingState> networks, Parameters best) {
        try {
            Path whole =
                    folder.resolve(PREFIX + String.format(Locale.ROOT, "%012d", progress.update()));
            if (Files.exists(whole)) {
                return; // the same bits
            }
            Files.createDirectories(folder);
            Path aside = folder.resolve("checkpoint.part");
            delete(aside);
            Files.createDirectory(aside);
            for (int i = 0; i < networks.size(); i++) {
                Checkpoint.save(network(aside, i), networks.get(i));
            }
            if (best != null) {
                Checkpoint.save(aside.resolve("best.ckpt"), progress.update(), best);
            }
            write(aside.resolve("progress.json"), new Content(fingerprint, progress));
            List<Path> older = checkpoints();
            Files.move(aside, whole, StandardCopyOption.ATOMIC_MOVE);
            for (Path old : older) {
                delete(old);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("cannot write a checkpoint to " + folder, e);
        }
    }

    /// The last checkpoint's progress, and [TrainingProgress#START] where there is none.
    ///
    /// @throws Failure.Conflict if the folder holds a run of other settings or data
    TrainingProgress progress() {
        List<Path> checkpoints = checkpoints();
        if (checkpoints.isEmpty()) {
            return TrainingProgress.START;
        }
        Path file = checkpoints.getLast().resolve("progress.json");
        Content content;
        try {
            content = JSON.readValue(file.toFile(), Content.class);
        } catch (IOException e) {
            throw new Failure.Corrupt(
                    "CHECKPOINT_UNREADABLE", "cannot read " + file + ": " + e.getMessage(), e);
        }
        if (!content.fingerprint().equals(fingerprint)) {
            throw new Failure.Conflict(
                    "RUN_DIFFERS",
                    folder
                            + " holds a run of other settings or data: "
                            + content.fingerprint()
                            + ", not "
                            + fingerprint,
                    Map.of("found", content.fingerprint(), "expected", fingerprint));
        }
        return content.progress();
    }

    /// Sets networks to the last checkpoint's.
    ///
    /// @return parameters of the best epoch so far, null before the first
    Parameters restore(List<TrainingState> networks) {
        Path last = checkpoints().getLast();
        for (int i = 0; i < networks.size(); i++) {
            Checkpoint.restore(network(last, i), networks.get(i));
        }
        Path best = last.resolve("best.ckpt");
        return Files.exists(best) ? Checkpoint.load(best).parameters() : null;
    }

    private List<Path> checkpoints() {
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        try (Stream<Path> entries = Files.list(folder)) {
            return entries.filter(entry -> entry.getFileName().toString().startsWith(PREFIX))
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot list " + folder, e);
        }
    }

    private static void write(Path file, Content content) throws IOException {
        try (FileChannel channel =
                FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            channel.write(ByteBuffer.wrap(JSON.writeValueAsBytes(content)));
            channel.force(true);
        }
    }

    private static Path network(Path checkpoint, int index) {
        return checkpoint.resolve("network-" + (index + 1) + ".ckpt");
    }

    private static void delete(Path path) throws IOException {
        if (Files.exists(path)) {
            try (Stream<Path> inside = Files.walk(path)) {
                for (Path entry : inside.sorted(Comparator.reverseOrder()).toList()) {
                    Files.delete(entry);
                }
            }
        }
    }
}
