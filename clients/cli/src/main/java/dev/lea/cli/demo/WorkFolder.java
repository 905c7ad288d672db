package dev.lea.cli.demo;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;

/// Where one demo works. Removed at the end when all went well and nobody wants to keep it, so that the logs
/// of a failure are always there.
final class WorkFolder implements AutoCloseable {
    private static final DateTimeFormatter STAMP =
            DateTimeFormatter.ofPattern("yyyyMMdd-HHmmss-SSS");

    private final Path path;
    private boolean kept;

    private WorkFolder(Path path) {
        this.path = path;
        this.kept = true;
    }

    /// Makes the folder.
    ///
    /// @throws DemoFailure if it cannot be made, or the one to keep holds something already
    static WorkFolder open(DemoOptions options) {
        Path path =
                options.keep()
                        .orElseGet(() ->
                                options.home()
                                        .resolve(".lea/demo")
                                        .resolve(
                                                LocalDateTime.now(ZoneId.systemDefault())
                                                        .format(STAMP)))
                        .toAbsolutePath()
                        .normalize();
        try {
            Files.createDirectories(path);
            try (var files = Files.list(path)) {
                if (files.findAny().isPresent()) {
                    throw new DemoFailure(
                            "the work folder " + path + " must be empty, or absent, and is not");
                }
            }
        } catch (IOException e) {
            throw new DemoFailure("cannot make the work folder " + path + ": " + e);
        }
        return new WorkFolder(path);
    }

    Path path() {
        return path;
    }

    boolean isKept() {
        return kept;
    }

    /// Nobody needs it any more.
    void release() {
        kept = false;
    }

    @Override
    public void close() {
        if (kept) {
            return;
        }
        try {
            Files.walkFileTree(path, new Deletion());
        } catch (IOException e) {
            throw new DemoFailure("cannot remove the work folder " + path + ": " + e);
        }
    }

    private static final class Deletion extends SimpleFileVisitor<Path> {
        @Override
        public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
                throws IOException {
            Files.delete(file);
            return FileVisitResult.CONTINUE;
        }

        @Override
        public FileVisitResult postVisitDirectory(Path folder, IOException e) throws IOException {
            if (e != null) {
                throw e;
            }
            Files.delete(folder);
            return FileVisitResult.CONTINUE;
        }
    }
}
