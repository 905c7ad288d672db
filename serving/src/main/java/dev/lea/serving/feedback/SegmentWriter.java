package dev.lea.serving.feedback;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/// The segment that grows. What [#append] was given is on the disk when it returns, and no part of it where it throws,
/// unless the disk fails once more.
final class SegmentWriter implements AutoCloseable {
    private final FileChannel channel;
    private long size;

    private SegmentWriter(FileChannel channel) {
        this.channel = channel;
    }

    /// @throws IOException if there is one already, or it cannot be made
    static SegmentWriter create(Path file) throws IOException {
        var writer =
                new SegmentWriter(
                        FileChannel.open(
                                file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE));
        try {
            writer.append(ByteBuffer.wrap(Segments.MAGIC));
            syncFolder(file.getParent());
            return writer;
        } catch (IOException e) {
            writer.close();
            Files.deleteIfExists(file);
            throw e;
        }
    }

    /// Cuts off what a writer that died left behind the last whole record.
    static void cut(Path file, long size) throws IOException {
        try (var channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            channel.truncate(size);
            channel.force(true);
        }
    }

    static void syncFolder(Path folder) throws IOException {
        try (var channel = FileChannel.open(folder, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }

    long size() {
        return size;
    }

    void append(ByteBuffer bytes) throws IOException {
        long before = size;
        int length = bytes.remaining();
        try {
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
            channel.force(false);
            size += length;
        } catch (IOException e) {
            try {
                channel.truncate(before);
                channel.force(false);
            } catch (IOException again) {
                e.addSuppressed(again);
            }
            throw e;
        }
    }

    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException e) {
            throw new UncheckedIOException("a segment of feedback cannot be closed", e);
        }
    }
}
