package dev.lea.importer.table;

import dev.lea.serving.Failure;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.nio.charset.Charset;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.zip.GZIPInputStream;

/// A file that holds a table.
public record TableFile(Path path, Format format) {
    /// Stands for bytes that are not of the encoding; no text holds it.
    static final char NOT_DECODED = '\uFFFF';

    private static final int BUFFER = 1 << 16;

    /// Opens the table; rows tell cells by their columns' places in `wanted`.
    ///
    /// @throws Failure.Invalid if the file is missing, is no such table or lacks a required column
    public Rows open(List<Column> wanted, ByteProgress progress) {
        if (!Files.isRegularFile(path)) {
            throw TableFailures.invalid("FILE_MISSING", path, "does not exist");
        }
        return switch (format) {
            case Format.Delimited delimited ->
                    DelimitedRows.open(
                            path, reader(delimited.encoding(), progress), delimited, wanted);
            case Format.JsonLines _ ->
                    new JsonRows(path, reader(StandardCharsets.UTF_8, progress), wanted);
            case Format.Segment segment -> FeedbackRows.open(path, segment, wanted);
            case Format.Parquet _ -> ParquetRows.open(path, wanted, progress);
        };
    }

    /// True where all of the file's text, unpacked where it is gzip, can be read in an encoding.
    ///
    /// @throws Failure.Invalid if the file cannot be read
    public boolean isIn(Charset encoding) {
        char[] block = new char[BUFFER];
        try (Reader text = reader(encoding, ByteProgress.NONE)) {
            for (int read = text.read(block); read >= 0; read = text.read(block)) {
                for (int at = 0; at < read; at++) {
                    if (block[at] == NOT_DECODED) {
                        return false;
                    }
                }
            }
            return true;
        } catch (IOException e) {
            throw TableFailures.invalid(
                    "FILE_UNREADABLE", path, "is cut off or damaged: " + e.getMessage());
        }
    }

    /// The file's text, unpacked where it is gzip.
    private Reader reader(Charset encoding, ByteProgress progress) {
        InputStream in = null;
        try {
            in = new BufferedInputStream(progress.counting(Files.newInputStream(path)), BUFFER);
            in.mark(2);
            boolean packed = in.read() == 0x1f && in.read() == 0x8b;
            in.reset();
            if (packed) {
                in = new GZIPInputStream(in, BUFFER);
            }
            return new InputStreamReader(
                    in,
                    encoding.newDecoder()
                            .replaceWith(String.valueOf(NOT_DECODED))
                            .onMalformedInput(CodingErrorAction.REPLACE)
                            .onUnmappableCharacter(CodingErrorAction.REPLACE));
        } catch (IOException e) {
            close(in);
            throw TableFailures.invalid("FILE_UNREADABLE", path, "cannot be read: " + e);
        }
    }

    private static void close(InputStream in) {
        try {
            if (in != null) {
                in.close();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
