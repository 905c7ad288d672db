package dev.lea.serving.bundle;

import dev.lea.serving.Failure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/// A verified bundle on disk.
public final class Bundle {
    // The files that every bundle has.
    public static final String MANIFEST = "manifest.json";

    public static final String ITEMS = "items.jsonl";
    public static final String MODEL = "model.onnx";
    public static final String PROBES = "probes.json";

    private static final long LARGEST_MANIFEST = 16 << 20;

    private final Path folder;
    private final Manifest manifest;
    private final String digest;
    private final ItemIndex items; // null in a bundle that knows no items

    private Bundle(Path folder, Manifest manifest, String digest, ItemIndex items) {
        this.folder = folder;
        this.manifest = manifest;
        this.digest = digest;
        this.items = items;
    }

    /// Reads a folder and verifies every byte of it.
    ///
    /// @throws Failure.Corrupt with the reasons of the package's description
    public static Bundle open(Path folder) {
        try {
            Path manifestFile = folder.resolve(MANIFEST);
            if (!Files.isRegularFile(manifestFile)) {
                throw new Failure.Corrupt("BUNDLE_FILE_MISSING", "the bundle has no " + MANIFEST);
            }
            if (Files.size(manifestFile) > LARGEST_MANIFEST) {
                throw new Failure.Corrupt(
                        "BUNDLE_MANIFEST_UNREADABLE",
                        MANIFEST
                                + " may have "
                                + LARGEST_MANIFEST
                                + " bytes but has "
                                + Files.size(manifestFile));
            }
            byte[] bytes = Files.readAllBytes(manifestFile);
            Manifest manifest = Manifest.of(bytes);
            for (Map.Entry<String, Manifest.FileEntry> entry : manifest.files().entrySet()) {
                verify(folder, entry.getKey(), entry.getValue());
            }
            refuseStrangers(folder, manifest);
            if (!manifest.files().containsKey(ITEMS)) {
                if (manifest.itemIndexHash().equals(Manifest.NO_ITEMS)) {
                    return new Bundle(folder, manifest, Sha256.of(bytes), null);
                }
                throw new Failure.Corrupt(
                        "BUNDLE_FILE_MISSING", "the manifest does not name " + ITEMS);
            }
            ItemIndex items = ItemIndex.read(folder.resolve(ITEMS));
            if (!items.hash().equals(manifest.itemIndexHash())) {
                throw new Failure.Corrupt(
                        "BUNDLE_ITEMS_MISMATCH",
                        ITEMS
                                + " has hash "
                                + items.hash()
                                + " but the manifest names "
                                + manifest.itemIndexHash());
            }
            return new Bundle(folder, manifest, Sha256.of(bytes), items);
        } catch (IOException e) {
            throw new Failure.Corrupt("BUNDLE_UNREADABLE", "the bundle cannot be read: " + e, e);
        }
    }

    /// The same bundle after its folder was renamed.
    Bundle movedTo(Path renamed) {
        return new Bundle(renamed, manifest, digest, items);
    }

    public Path folder() {
        return folder;
    }

    public Manifest manifest() {
        return manifest;
    }

    /// SHA-256 of the manifest, which names every file's: the version's identity.
    public String digest() {
        return digest;
    }

    /// The catalogue.
    ///
    /// @throws Failure.Corrupt if the bundle has none, which is right for kinds that know no items
    public ItemIndex items() {
        if (items == null) {
            throw new Failure.Corrupt("BUNDLE_FILE_MISSING", "the bundle has no " + ITEMS);
        }
        return items;
    }

    /// A file that the manifest names.
    ///
    /// @throws Failure.Corrupt if it does not
    public Path file(String name) {
        if (!manifest.files().containsKey(name)) {
            throw new Failure.Corrupt("BUNDLE_FILE_MISSING", "the manifest does not name " + name);
        }
        return folder.resolve(name);
    }

    /// Bytes of all files.
    public long sizeBytes() {
        return manifest.files().values().stream().mapToLong(Manifest.FileEntry::sizeBytes).sum();
    }

    private static void verify(Path folder, String name, Manifest.FileEntry entry)
            throws IOException {
        if (!FileNames.valid(name)) {
            throw new Failure.Corrupt(
                    "BUNDLE_MANIFEST_UNREADABLE",
                    "the manifest names a file '" + name + "', which is no plain name");
        }
        Path file = folder.resolve(name);
        if (!Files.isRegularFile(file)) {
            throw new Failure.Corrupt("BUNDLE_FILE_MISSING", name + " is missing");
        }
        long size = Files.size(file);
        if (size != entry.sizeBytes()) {
            throw new Failure.Corrupt(
                    size < entry.sizeBytes() ? "BUNDLE_FILE_TRUNCATED" : "BUNDLE_FILE_ALTERED",
                    name + " has " + size + " bytes but the manifest names " + entry.sizeBytes());
        }
        String sha256 = Sha256.of(file);
        if (!sha256.equals(entry.sha256())) {
            throw new Failure.Corrupt(
                    "BUNDLE_FILE_ALTERED",
                    name + " has SHA-256 " + sha256 + " but the manifest names " + entry.sha256());
        }
    }

    private static void refuseStrangers(Path folder, Manifest manifest) throws IOException {
        List<String> names;
        try (var list = Files.list(folder)) {
            names = list.map(file -> file.getFileName().toString()).sorted().toList();
        }
        for (String name : names) {
            if (!name.equals(MANIFEST) && !manifest.files().containsKey(name)) {
                throw new Failure.Corrupt(
                        "BUNDLE_FILE_UNKNOWN", "the manifest does not name " + name);
            }
        }
    }
}
