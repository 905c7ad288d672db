package dev.lea.trainer.data;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/// Lines of a UTF-8 file, one at a time, in bounded memory; a bad line does not spoil the next.
///
/// A line ends at LF or CR LF; a byte order mark before the first is skipped. After [#next] answered
/// true, exactly one of [#text] and [#problem] is not null.
final class LineReader implements Closeable {
    static final int MAX_BYTES = 1 << 20;

    private final InputStream in;
    private final CharsetDecoder decoder =
            StandardCharsets.UTF_8
                    .newDecoder()
                    .onMalformedInput(CodingErrorAction.REPORT)
                    .onUnmappableCharacter(CodingErrorAction.REPORT);
    private final byte[] chunk = new byte[1 << 16];
    private int chunkAt;
    private int chunkEnd;
    private byte[] line = new byte[1 << 12];
    private long number;
    private String text;
    private String problem;

    LineReader(InputStream in) {
        this.in = in;
    }

    /// Moves on by one line; false at the end.
    boolean next() throws IOException {
        int length = 0;
        long seen = 0;
        boolean ended = false;
        while (!ended && fill()) {
            int from = chunkAt;
            while (chunkAt < chunkEnd && chunk[chunkAt] != '\n') {
                chunkAt++;
            }
            ended = chunkAt < chunkEnd;
            int kept = Math.min(chunkAt - from, MAX_BYTES + 1 - length);
            if (length + kept > line.length) {
                line = Arrays.copyOf(line, Math.max(length + kept, 2 * line.length));
            }
            System.arraycopy(chunk, from, line, length, kept);
            length += kept;
            seen += chunkAt - from;
            if (ended) {
                chunkAt++;
            }
        }
        if (!ended && seen == 0) {
            return false;
        }
        number++;
        decode(length, seen);
        return true;
    }

    /// Number of the current line, from 1.
    long number() {
        return number;
    }

    /// The current line, or null if it is unreadable.
    String text() {
        return text;
    }

    /// Why the current line is unreadable, or null.
    String problem() {
        return problem;
    }

    @Override
    public void close() {
        try {
            in.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private boolean fill() throws IOException {
        if (chunkAt == chunkEnd) {
            chunkAt = 0;
            chunkEnd = Math.max(0, in.read(chunk));
        }
        return chunkAt < chunkEnd;
    }

    private void decode(int length, long seen) {
        text = null;
        problem = null;
        if (seen > MAX_BYTES) {
            problem = "the line must be at most " + MAX_BYTES + " bytes but is " + seen;
            return;
        }
        int from = number == 1 && startsWithMark(length) ? 3 : 0;
        int to = length > from && line[length - 1] == '\r' ? length - 1 : length;
        for (int i = from; i < to; i++) {
            if (line[i] == 0) {
                problem = "the line holds a NUL byte at byte " + (i + 1);
                return;
            }
        }
        try {
            text = decoder.decode(ByteBuffer.wrap(line, from, to - from)).toString();
        } catch (CharacterCodingException e) {
            problem = "the line is not UTF-8";
        }
    }

    private boolean startsWithMark(int length) {
        return length >= 3
                && line[0] == (byte) 0xEF
                && line[1] == (byte) 0xBB
                && line[2] == (byte) 0xBF;
    }
}
