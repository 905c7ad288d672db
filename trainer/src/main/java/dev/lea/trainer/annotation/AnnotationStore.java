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
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.h2.mvstore.MVMap;
import org.h2.mvstore.MVStore;
import org.h2.mvstore.MVStoreException;

/// Annotations on disk, one file for one version of the LE and one way of asking it; by the SHA-256 of a
/// sequence's dense item indices. What was committed survives a kill.
public final class AnnotationStore implements AutoCloseable {
    private final Path file;
    private final MVStore store;
    private final MVMap<String, byte[]> sequences;
    private final int width;

    private AnnotationStore(Path file, MVStore store, MVMap<String, byte[]> sequences, int width) {
        this.file = file;
        this.store = store;
        this.sequences = sequences;
        this.width = width;
    }

    /// Opens a file, making it if need be.
    ///
    /// @param width floats of a state
    /// @throws Failure.Corrupt if the file is not a store
    public static AnnotationStore open(Path file, int width) {
        try {
            Files.createDirectories(file.toAbsolutePath().getParent());
        } catch (IOException e) {
            throw new UncheckedIOException("cannot make the folder of " + file, e);
        }
        MVStore store = null;
        try {
            store = new MVStore.Builder().fileName(file.toString()).autoCommitDisabled().open();
            return new AnnotationStore(file, store, store.openMap("sequences"), width);
        } catch (RuntimeException e) { // the store's own, and what altered bytes make of it
            if (store != null) {
                store.closeImmediately();
            }
            throw unusable(file, e);
        }
    }

    /// Sequences that are kept.
    public int size() {
        return attempt(sequences::size);
    }

    public boolean holds(int[] items) {
        return attempt(() -> sequences.containsKey(key(items)));
    }

    public Optional<AnnotatedSequence> find(int[] items) {
        return attempt(() -> Optional.ofNullable(sequences.get(key(items))))
                .map(AnnotatedSequence::of);
    }

    /// Keeps one; replaces what is kept of the same sequence. Durable after the next [#commit].
    void put(int[] items, AnnotatedSequence annotated) {
        if (annotated.width() != width) {
            throw new Failure.Conflict(
                    "STATE_WIDTH_CHANGED",
                    "states are " + annotated.width() + " wide but the store's are " + width,
                    Map.of());
        }
        attempt(() -> sequences.put(key(items), annotated.toBytes()));
    }

    void commit() {
        attempt(() -> {
            store.commit();
            store.sync();
            return store;
        });
    }

    @Override
    public void close() {
        try {
            store.close();
        } catch (MVStoreException e) {
            store.closeImmediately(); // what was committed stays
        }
    }

    private <T> T attempt(Supplier<T> access) {
        try {
            return access.get();
        } catch (RuntimeException e) {
            throw unusable(file, e);
        }
    }

    private static Failure unusable(Path file, RuntimeException e) {
        return new Failure.Corrupt(
                "ANNOTATIONS_UNREADABLE",
                "cannot use the annotations in "
                        + file
                        + ": "
                        + e.getMessage()
                        + "; without this file they are asked for again",
                e);
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
