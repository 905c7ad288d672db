package dev.lea.serving.bundle;

import dev.lea.serving.Failure;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// The current revision of each version's catalogue, a file each, by the version's digest. A write that was cut
/// short leaves the revision before.
public final class RevisionStore {
    private final Path folder;

    /// @param folder made when the first revision is kept
    public RevisionStore(Path folder) {
        this.folder = folder;
    }

    /// @throws Failure.Corrupt if it is kept but cannot be read
    public Revision current(String versionDigest) {
        Path file = file(versionDigest);
        if (!Files.exists(file)) {
            return Revision.none(versionDigest);
        }
        try {
            Revision revision = Revision.of(Files.readAllBytes(file));
            if (!revision.versionDigest().equals(versionDigest)) {
                throw new Failure.Corrupt(
                        "REVISION_UNREADABLE",
                        file.getFileName() + " is of version " + revision.versionDigest());
            }
            return revision;
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + file, e);
        }
    }

    /// Durable when it returns.
    public void keep(Revision revision) {
        try {
            Files.createDirectories(folder);
            Durable.replace(file(revision.versionDigest()), revision.toBytes());
        } catch (IOException e) {
            throw new UncheckedIOException("cannot keep a revision in " + folder, e);
        }
    }

    private Path file(String versionDigest) {
        return folder.resolve(versionDigest + ".revision");
    }
}
