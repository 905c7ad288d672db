package dev.lea.serving.bundle;

import dev.lea.serving.Failure;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.util.List;

/// A bundle on its way in. Files come in the announced order, their bytes in order. Not thread-safe.
public final class Upload implements AutoCloseable {
    private final ModelStore store;
    private final Path aside;
    private final List<UploadFile> files;
    private final String requestId;
    private int current;
    private long written;
    private FileChannel channel;
    private MessageDigest digest;
    private boolean finished;

    private Upload(ModelStore store, Path aside, List<UploadFile> files, String requestId) {
        this.store = store;
        this.aside = aside;
        this.files = List.copyOf(files);
        this.requestId = requestId;
    }

    /// @param aside an empty folder, which the upload now owns
    static Upload start(ModelStore store, Path aside, List<UploadFile> files, String requestId)
            throws IOException {
        var upload = new Upload(store, aside, files, requestId);
        try {
            upload.openCurrent();
            return upload;
        } catch (IOException e) {
            Durable.delete(aside);
            throw e;
        }
    }

    /// Adds bytes.
    ///
    /// @throws Failure.Invalid if they are not the next ones
    public void append(String file, long offset, ByteBuffer data) {
        try {
            closeWhole();
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
            throw new UncheckedIOException("cannot write an upload to " + aside, e);
        }
    }

    /// Verifies the bundle and keeps it.
    ///
    /// @return the new version, or the one that has the same digest already
    /// @throws Failure.Corrupt if it is not whole or not sound
    public StoredVersion finish() {
        try {
            closeWhole();
            if (current < files.size()) {
                UploadFile file = files.get(current);
                throw new Failure.Corrupt(
                        "UPLOAD_TRUNCATED",
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
            throw new UncheckedIOException("cannot keep an upload in " + aside, e);
        }
    }

    /// Ends the upload; if it was not finished, nothing of it stays.
    @Override
    public void close() {
        try {
            if (channel != null) {
                channel.close();
                channel = null;
            }
            if (!finished) {
                Durable.delete(aside);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("cannot delete the upload " + aside, e);
        }
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

    private void openCurrent() throws IOException {
        written = 0;
        channel = null;
        if (current < files.size()) {
            digest = Sha256.start();
            channel =
                    FileChannel.open(
                            aside.resolve(files.get(current).name()),
                            StandardOpenOption.CREATE_NEW,
                            StandardOpenOption.WRITE);
        }
    }
}
