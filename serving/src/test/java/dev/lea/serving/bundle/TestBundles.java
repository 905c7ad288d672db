package dev.lea.serving.bundle;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/// Small bundles whose model is a text, and the way they take into a store.
public final class TestBundles {
    private TestBundles() {}

    /// Writes a policy's bundle.
    public static Bundle write(Path folder, String model) {
        return write(folder, "policy", model, Map.of("ndcg@10", 0.07));
    }

    static Bundle write(Path folder, String kind, String model, Map<String, Double> metrics) {
        try (var writer = BundleWriter.create(folder)) {
            writer.write(Bundle.MODEL, model.getBytes(StandardCharsets.UTF_8));
            writer.write("empty.bin", new byte[0]);
            writer.write(ItemIndex.of(List.of("apple", "pear", "plum")));
            return writer.commit(draft(kind, metrics));
        }
    }

    static Manifest draft(String kind, Map<String, Double> metrics) {
        return Manifest.draft(
                kind,
                "test",
                List.of(),
                List.of(),
                Map.of("data", "d".repeat(64)),
                metrics,
                Map.of("history_length", "10"));
    }

    /// What a sender announces of a bundle.
    static List<UploadFile> announce(Path bundle) {
        try (var list = Files.list(bundle)) {
            return list.sorted().map(TestBundles::announceFile).toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static UploadFile announceFile(Path file) {
        byte[] content = read(file);
        return new UploadFile(file.getFileName().toString(), content.length, Sha256.of(content));
    }

    /// Sends a bundle in small chunks.
    static StoredVersion upload(ModelStore store, Path bundle, String requestId) {
        List<UploadFile> files = announce(bundle);
        try (Upload upload = store.begin(files, requestId)) {
            for (UploadFile file : files) {
                send(upload, file.name(), read(bundle.resolve(file.name())));
            }
            return upload.finish();
        }
    }

    /// Writes a bundle beside the store and sends it.
    public static StoredVersion upload(ModelStore store, Path scratch, String model, String id) {
        Path folder = scratch.resolve("bundle-" + model);
        if (!Files.exists(folder)) {
            write(folder, model);
        }
        return upload(store, folder, id);
    }

    static void send(Upload upload, String file, byte[] content) {
        for (int offset = 0; offset < content.length; offset += 100) {
            int length = Math.min(100, content.length - offset);
            upload.append(file, offset, ByteBuffer.wrap(content, offset, length));
        }
    }

    static byte[] read(Path file) {
        try {
            return Files.readAllBytes(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
