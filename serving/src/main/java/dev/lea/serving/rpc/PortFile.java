package dev.lea.serving.rpc;

import dev.lea.serving.config.StartFailure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

/// A file that appears when a server serves and holds its port in decimal: how a launcher that asked for
/// port 0 learns what it got. Written aside and renamed, so that a reader never sees half of it.
public final class PortFile {
    private PortFile() {}

    /// Makes the file, or replaces it.
    ///
    /// @throws StartFailure if it cannot be written
    public static void write(Path file, int port) {
        Path target = file.toAbsolutePath();
        Path aside = target.resolveSibling(target.getFileName() + ".part");
        try {
            Files.writeString(aside, port + "\n");
            Files.move(aside, target, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            throw new StartFailure("cannot write the port file " + file + ": " + e);
        }
    }
}
