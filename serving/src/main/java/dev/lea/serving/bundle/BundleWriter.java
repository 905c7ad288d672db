package dev.lea.serving.bundle;

import dev.lea.serving.Failure;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;

/// Writes a bundle aside; [#commit] gives it its name. Closed without a commit, it leaves nothing.
public final class BundleWriter implements AutoCloseable {
    private final Path target;
    private final Path aside;
    private String itemIndexHash = "";

    private BundleWriter(Path target, Path aside) {
        this.target = target;
        this.aside = aside;
    }

    /// @param target folder that does not exist yet; its parent is made if need be
    public static BundleWriter create(Path target) {
        try {
            if (Files.exists(target)) {
                throw new IllegalArgumentException(
                        target + " exists already; a bundle is never overwritten");
            }
            Path absolute = target.toAbsolutePath().normalize();
            Files.createDirectories(absolute.getParent());
            Path aside =
                    Files.createDirectory(
                            absolute.resolveSibling(
                                    "." + absolute.getFileName() + "." + UUID.randomUUID()));
            return new BundleWriter(absolute, aside);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot write a bundle at " + target, e);
        }
    }

    /// Where to write a file of the bundle.
    public Path file(String name) {
        if (!FileNames.valid(name) || name.equals(Bundle.MANIFEST)) {
            throw new IllegalArgumentException("'" + name + "' is no name for a bundle's file");
        }
        return aside.resolve(name);
    }

    /// Writes a file of the bundle.
    public void write(String name, byte[] content) {
        try {
            Files.write(file(name), content);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot write " + name + " of bundle " + target, e);
        }
    }

    /// Takes an immutable file of another bundle in under its own name: the same file where the file system can,
    /// else a copy.
    public void link(Path existing) {
        Path target = file(existing.getFileName().toString());
        try {
            try {
                Files.createLink(target, existing);
            } catch (IOException | UnsupportedOperationException e) {
                Files.copy(existing, target);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("cannot take " + existing + " into a bundle", e);
        }
    }

    /// Writes the item index.
    public void write(ItemIndex items) {
        write(Bundle.ITEMS, items.toBytes());
        itemIndexHash = items.hash();
    }

    /// Says that the bundle knows no items.
    public void writeNoItems() {
        itemIndexHash = Manifest.NO_ITEMS;
    }

    /// Hashes what was written, adds the manifest, syncs and renames.
    ///
    /// @param draft from [Manifest#draft]
    /// @return the bundle, verified
    public Bundle commit(Manifest draft) {
        try {
            Map<String, Manifest.FileEntry> files = new TreeMap<>();
            try (var list = Files.list(aside)) {
                for (Path file : list.toList()) {
                    files.put(
                            file.getFileName().toString(),
                            new Manifest.FileEntry(Sha256.of(file), Files.size(file)));
                }
            }
            Files.write(
                    aside.resolve(Bundle.MANIFEST),
                    draft.completed(itemIndexHash, files).toBytes());
            Durable.sync(aside);
            Bundle verified = Bundle.open(aside);
            Durable.publish(aside, target);
            return verified.movedTo(target);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot write the bundle " + target, e);
        }
    }

    @Override
    public void close() {
        try {
            Durable.delete(aside);
        } catch (IOException e) {
            throw new Failure.Broken("deleting the unfinished bundle " + aside, e);
        }
    }
}
