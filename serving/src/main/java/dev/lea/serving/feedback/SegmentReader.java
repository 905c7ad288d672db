package dev.lea.serving.feedback;

import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;

/// Reads the entries of one segment, also while it grows.
public final class SegmentReader implements AutoCloseable {
    private final DataInputStream in;
    private final long size;
    private long position;
    private String damage = "";

    private SegmentReader(InputStream in, long size) {
        this.in = new DataInputStream(new BufferedInputStream(in, 1 << 16));
        this.size = size;
    }

    /// @throws IOException if it cannot be read
    public static SegmentReader open(Path segment) throws IOException {
        return new SegmentReader(Files.newInputStream(segment), Files.size(segment)).begin();
    }

    /// The next entry; empty at the end of what is whole.
    ///
    /// @throws IOException if the file cannot be read
    public Optional<Entry> next() throws IOException {
        if (!damage.isEmpty() || position >= size) {
            return Optional.empty();
        }
        if (size - position < Segments.FRAME) {
            return damaged("it is cut off");
        }
        int length = in.readInt();
        int checksum = in.readInt();
        if (length < 1 || length > Segments.LONGEST) {
            return damaged("its length would be " + length);
        }
        if (size - position - Segments.FRAME < length) {
            return damaged("it is cut off");
        }
        byte[] text = in.readNBytes(length);
        if (text.length < length) {
            return damaged("it is cut off");
        }
        if (Segments.checksum(text) != checksum) {
            return damaged("its checksum is wrong");
        }
        Entry entry = EntryJson.read(text);
        position += Segments.FRAME + length;
        return Optional.of(entry);
    }

    /// Bytes up to the end of the last entry that was read.
    public long position() {
        return position;
    }

    /// Bytes that cannot be read; known once [#next] was empty.
    public long rest() {
        return damage.isEmpty() ? 0 : size - position;
    }

    /// Why the rest cannot be read; empty where there is none.
    public String damage() {
        return damage;
    }

    private SegmentReader begin() throws IOException {
        byte[] magic = in.readNBytes(Segments.MAGIC.length);
        if (Arrays.equals(magic, Segments.MAGIC)) {
            position = magic.length;
        } else {
            damage = "the file does not begin as a segment of feedback does";
        }
        return this;
    }

    private Optional<Entry> damaged(String reason) {
        damage = "the record at byte %d is not whole: %s".formatted(position, reason);
        return Optional.empty();
    }

    @Override
    public void close() {
        try {
            in.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
