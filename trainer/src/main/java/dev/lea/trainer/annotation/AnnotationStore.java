package dev.lea.trainer.annotation;

import dev.lea.serving.Failure;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Optional;
import org.h2.mvstore.MVMap;
import org.h2.mvstore.MVStore;
import org.h2.mvstore.MVStoreException;

/// Annotations on disk, one file for one version of the LE and one way of asking it; by the SHA-256 of a
/// sequence's dense item indices. What was committed survives a kill.
public final class AnnotationStore implements AutoCloseable {
    private final MVStore store;
    private final MVMap<String, byte[]> sequences;
    private final int width;

    private AnnotationStore(MVStore store, int width) {
        this.store = store;
        this.sequences = store.openMap("sequences");
        this.width = width;
    }

    /// Opens a file, making it if need be.
    ///
    /// @param width floats of a state
    /// @throws Failure.Corrupt if the file is not a store
    public static AnnotationStore open(Path file, int width) {
        try {
            Files.createDirectories(file.toAbsolutePath().getParent());
            return new AnnotationStore(
                    new MVStore.Builder().fileName(file.toString()).autoCommitDisabled().open(),
                    width);
        } catch (MVStoreException e) {
            throw new Failure.Corrupt(
                    "ANNOTATIONS_UNREADABLE",
                    "cannot open the annotations in " + file + ": " + e.getMessage(),
                    e);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot open the annotations in " + file, e);
        }
    }

    /// Sequences that are kept.
    public int size() {
        return sequences.size();
    }

    public boolean holds(int[] items) {
        return sequences.containsKey(key(items));
    }

    public Optional<AnnotatedSequence> find(int[] items) {
        return Optional.ofNullable(sequences.get(key(items))).map(AnnotatedSequence::of);
    }

    /// Keeps one; durable after the next [#commit].
    void put(int[] items, AnnotatedSequence annotated) {
        if (annotated.width() != width) {
            throw new Failure.Conflict(
                    "STATE_WIDTH_CHANGED",
                    "states are " + annotated.width() + " wide but the store's are " + width,
                    java.util.Map.of());
        }
        sequences.put(key(items), annotated.toBytes());
    }

    void commit() {
        store.commit();
        store.sync();
    }

    @Override
    public void close() {
        if (!store.isClosed()) {
            store.commit();
            store.close();
        }
    }

    private static String key(int[] items) {
        try {
            ByteBuffer bytes = ByteBuffer.allocate(items.length * Integer.BYTES);
            bytes.asIntBuffer().put(items);
            return HexFormat.of()
                    .formatHex(MessageDigest.getInstance("SHA-256").digest(bytes.array()));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
