package dev.lea.importer;

import dev.lea.serving.Failure;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/// The folder that an import writes: as it was, or whole and new, whenever the program ends.
///
/// Files are written to `.NAME.import` beside it, synced, and moved in one step. With `replace` the old folder is
/// `.NAME.replaced` between two moves; where the program ended there, the next import puts it back first. What a dead import
/// left aside goes when the next one to the same folder starts; a lock tells whether it is dead.
///
/// @param replace true where a data set that an import wrote may stand there
record Target(Path folder, boolean replace) {
    private static final Pattern OURS =
            Pattern.compile("interactions\\.tsv|items\\.tsv|split_[^/]*\\.tsv|" + Report.FILE);

    Target {
        folder = folder.toAbsolutePath().normalize();
    }

    /// What stands against writing there; null if nothing.
    String problem() {
        if (folder.getFileName() == null) {
            return "--to must name a folder but is " + folder;
        }
        if (!Files.exists(folder)) {
            return null;
        }
        if (!replace) {
            return "--to must not exist but " + folder + " does; --replace takes its place";
        }
        if (!Files.isDirectory(folder)) {
            return "--replace takes the place of a data set's folder but " + folder + " is a file";
        }
        for (String name : names(folder)) {
            if (!OURS.matcher(name).matches()) {
                return "--replace takes the place of a folder that an import wrote but "
                        + folder
                        + " holds "
                        + name;
            }
        }
        return null;
    }

    /// Makes the folder aside.
    ///
    /// @throws Failure.Conflict if another import writes to the same target
    Work open() {
        try {
            Files.createDirectories(folder.getParent());
            Path aside = beside(".import");
            FileChannel lock =
                    FileChannel.open(
                            beside(".import.lock"),
                            StandardOpenOption.CREATE,
                            StandardOpenOption.WRITE);
            try {
                if (!isFree(lock)) {
                    throw new Failure.Conflict(
                            "IMPORT_RUNNING",
                            "another import to " + folder + " is at work",
                            Map.of("folder", folder.toString()));
                }
                restore();
                Scratch.delete(aside);
                return new Work(
                        Files.createDirectories(aside.resolve("data")),
                        Files.createDirectories(aside.resolve("scratch")),
                        lock);
            } catch (IOException | RuntimeException e) {
                lock.close();
                throw e;
            }
        } catch (IOException e) {
            throw unwritable(e);
        }
    }

    private static boolean isFree(FileChannel lock) throws IOException {
        try {
            return lock.tryLock() != null;
        } catch (OverlappingFileLockException _) {
            return false; // by another thread of ours
        }
    }

    /// Puts back what an import that died between its two moves had taken away.
    private void restore() throws IOException {
        Path old = beside(".replaced");
        if (Files.exists(old)) {
            if (Files.exists(folder)) {
                Scratch.delete(old);
            } else {
                Files.move(old, folder, StandardCopyOption.ATOMIC_MOVE);
            }
        }
    }

    private Path beside(String ending) {
        return folder.resolveSibling("." + folder.getFileName() + ending);
    }

    private Failure unwritable(IOException e) {
        return new Failure.Invalid(
                "to", "TARGET_UNWRITABLE", folder + " cannot be written: " + e, Map.of());
    }

    private static List<String> names(Path folder) {
        try (var list = Files.list(folder)) {
            return list.map(file -> file.getFileName().toString()).sorted().toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void sync(Path path, StandardOpenOption mode) throws IOException {
        try (FileChannel channel = FileChannel.open(path, mode)) {
            channel.force(true);
        }
    }

    /// The folder while it is written. Closing removes what was not published.
    final class Work implements AutoCloseable {
        private final Path data;
        private final Path scratch;
        private final FileChannel lock;

        private Work(Path data, Path scratch, FileChannel lock) {
            this.data = data;
            this.scratch = scratch;
            this.lock = lock;
        }

        /// Where the data set's files go.
        Path folder() {
            return data;
        }

        /// Where anything may lie until the end.
        Path scratch() {
            return scratch;
        }

        /// Puts the folder in its place.
        void publish() {
            try {
                for (String name : names(data)) {
                    sync(data.resolve(name), StandardOpenOption.WRITE);
                }
                sync(data, StandardOpenOption.READ);
                if (Files.exists(folder)) {
                    String problem = problem();
                    if (problem != null) {
                        throw new Failure.Conflict("TARGET_TAKEN", problem, Map.of());
                    }
                    Files.move(folder, beside(".replaced"), StandardCopyOption.ATOMIC_MOVE);
                }
                Files.move(data, folder, StandardCopyOption.ATOMIC_MOVE);
                sync(folder.getParent(), StandardOpenOption.READ);
                Scratch.delete(beside(".replaced"));
            } catch (IOException e) {
                throw unwritable(e);
            }
        }

        @Override
        public void close() {
            try {
                Scratch.delete(beside(".import"));
                Files.deleteIfExists(beside(".import.lock"));
                lock.close();
            } catch (IOException e) {
                throw unwritable(e);
            }
        }
    }
}
