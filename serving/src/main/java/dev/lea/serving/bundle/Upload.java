package dev.lea.serving.bundle;

import dev.lea.serving.Failure;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/// A bundle on its way in. Files come in the announced order, their bytes in order.
///
/// What was cut is kept if the sender gave it a name, and the next upload of that name and those files goes on where it
/// ended, or begins again. Thread-safe: the next one takes over from one that does not know yet that its sender has
/// gone.
public final class Upload implements AutoCloseable {
    private static final String TRUNCATED = "UPLOAD_TRUNCATED";

    private final ModelStore store;
    private final Path aside;
    private final List<UploadFile> files;
    private final String requestId;
    private final Consumer<Upload> onEnd;
    private int current; // guarded by this
    private long written; // guarded by this
    private FileChannel channel; // guarded by this
    private MessageDigest digest; // guarded by this
    private boolean resumed; // guarded by this; until the first bytes come
    private boolean spoilt; // guarded by this; going on would not help
    private boolean finished; // guarded by this
    private boolean ended; // guarded by this

    private Upload(
            ModelStore store,
            Path aside,
            List<UploadFile> files,
            String requestId,
            Consumer<Upload> onEnd) {
        this.store = store;
        this.aside = aside;
        this.files = List.copyOf(files);
        this.requestId = requestId;
        this.onEnd = onEnd;
    }

    /// @param aside a folder with what came of the files before, which the upload now owns
    /// @param onEnd called once when nothing more will come
    /// @throws Failure.Corrupt if more came before than was announced; it is gone
    static Upload start(
            ModelStore store,
            Path aside,
            List<UploadFile> files,
            String requestId,
            Consumer<Upload> onEnd)
            throws IOException {
        var upload = new Upload(store, aside, files, requestId, onEnd);
        try {
            upload.open();
            return upload;
        } catch (IOException | RuntimeException e) {
            upload.spoilt();
            upload.close();
            throw e;
        }
    }

    private synchronized void open() throws IOException {
        try (var list = Files.list(aside)) {
            resumed = list.findAny().isPresent();
        }
        openCurrent();
    }

    private synchronized void spoilt() {
        spoilt = true;
    }

    /// Adds bytes.
    ///
    /// @throws Failure.Invalid if they are not the next ones
    public synchronized void append(String file, long offset, ByteBuffer data) {
        expectOpen();
        try {
            closeWhole();
            if (resumed && offset == 0 && file.equals(firstSent())) {
                restart();
                closeWhole();
            }
            resumed = false;
            if (current == files.size() || !files.get(current).name().equals(file)) {
                throw new Failure.Invalid(
                        "chunk.file_name",
                        "expected "
                                + (current == files.size()
                                        ? "no further file"
                                        : files.get(current).name())
                                + " but got "
                                + file);
            }
            if (offset != written) {
                throw new Failure.Invalid(
                        "chunk.offset_bytes",
                        "expected offset " + written + " of " + file + " but got " + offset);
            }
            if (written + data.remaining() > files.get(current).sizeBytes()) {
                throw new Failure.Invalid(
                        "chunk.data",
                        file
                                + " was announced with "
                                + files.get(current).sizeBytes()
                                + " bytes but more came");
            }
            written += data.remaining();
            digest.update(data.duplicate());
            while (data.hasRemaining()) {
                channel.write(data);
            }
        } catch (IOException e) {
            spoilt = true;
            throw new UncheckedIOException("cannot write an upload to " + aside, e);
        } catch (Failure.Corrupt e) {
            spoilt = true;
            throw e;
        }
    }

    /// Verifies the bundle and keeps it.
    ///
    /// @return the new version, or the one that has the same digest already
    /// @throws Failure.Corrupt if it is not whole or not sound
    public synchronized StoredVersion finish() {
        expectOpen();
        try {
            closeWhole();
            if (current < files.size()) {
                UploadFile file = files.get(current);
                throw new Failure.Corrupt(
                        TRUNCATED,
                        file.name()
                                + " was announced with "
                                + file.sizeBytes()
                                + " bytes but "
                                + written
                                + " came");
            }
            StoredVersion version = store.take(aside, requestId);
            finished = true;
            return version;
        } catch (IOException e) {
            spoilt = true;
            throw new UncheckedIOException("cannot keep an upload in " + aside, e);
        } catch (Failure.Corrupt e) {
            spoilt |= !e.reason().equals(TRUNCATED);
            throw e;
        }
    }

    /// Ends the upload. If it was not finished, nothing of it stays unless it can go on. A second call does nothing.
    @Override
    public synchronized void close() {
        if (ended) {
            return;
        }
        ended = true;
        try {
            if (channel != null) {
                channel.close();
                channel = null;
            }
            if (!finished && !resumable()) {
                Durable.delete(aside);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("cannot delete the upload " + aside, e);
        } finally {
            onEnd.accept(this);
        }
    }

    /// The sender's name for it; empty if there is none.
    String requestId() {
        return requestId;
    }

    /// Whether something stays that an upload of the same name can go on from.
    synchronized boolean resumable() {
        boolean something = resumed || current > 0 || written > 0;
        return !finished && !spoilt && !requestId.isEmpty() && something;
    }

    private void expectOpen() {
        if (ended) {
            throw new Failure.Conflict(
                    "UPLOAD_SUPERSEDED",
                    "another upload goes on under the request_id '" + requestId + "'",
                    Map.of("request_id", requestId));
        }
    }

    /// Of empty files no bytes are sent.
    private String firstSent() {
        return files.stream()
                .filter(file -> file.sizeBytes() > 0)
                .findFirst()
                .map(UploadFile::name)
                .orElse("");
    }

    private void restart() throws IOException {
        if (channel != null) {
            channel.close();
        }
        for (UploadFile file : files) {
            Files.deleteIfExists(aside.resolve(file.name()));
        }
        current = 0;
        openCurrent();
    }

    /// Closes files that are whole; empty ones are whole at once.
    private void closeWhole() throws IOException {
        while (current < files.size() && written == files.get(current).sizeBytes()) {
            UploadFile file = files.get(current);
            String sha256 = Sha256.hex(digest);
            if (!sha256.equals(file.sha256())) {
                throw new Failure.Corrupt(
                        "UPLOAD_ALTERED",
                        file.name()
                                + " has SHA-256 "
                                + sha256
                                + " but "
                                + file.sha256()
                                + " was announced");
            }
            channel.close();
            current++;
            openCurrent();
        }
    }

    /// Opens the file that is next, and takes in what is there of it.
    private void openCurrent() throws IOException {
        written = 0;
        channel = null;
        if (current < files.size()) {
            UploadFile file = files.get(current);
            Path path = aside.resolve(file.name());
            digest = Sha256.start();
            channel =
                    FileChannel.open(
                            path,
                            StandardOpenOption.CREATE,
                            StandardOpenOption.READ,
                            StandardOpenOption.WRITE);
            written = channel.size();
            if (written > file.sizeBytes()) {
                throw new Failure.Corrupt(
                        "UPLOAD_ALTERED",
                        "%s has %d bytes although %d were announced"
                                .formatted(file.name(), written, file.sizeBytes()));
            }
            Sha256.update(digest, channel);
        }
    }
}
