package dev.lea.importer.table;

import de.siegmar.fastcsv.reader.CommentStrategy;
import de.siegmar.fastcsv.reader.CsvParseException;
import de.siegmar.fastcsv.reader.CsvReader;
import de.siegmar.fastcsv.reader.CsvRecord;
import de.siegmar.fastcsv.reader.FieldMismatchStrategy;
import java.io.IOException;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.NoSuchElementException;

/// Records of a text with their line numbers; empty lines are stepped over, a byte order mark before the first is left
/// out. Where quotes mean nothing and nothing parts cells, a record is a line.
final class Records implements AutoCloseable {
    // Nobody writes these two; they switch quotes and separators off.
    private static final char NO_QUOTE = '\uFDD0';
    private static final char NO_SEPARATOR = '\uFDD1';

    private final Path file;
    private final CsvReader<CsvRecord> reader;
    private final Iterator<CsvRecord> records;

    private Records(Path file, Reader text, String separator, boolean quotes) {
        this.file = file;
        this.reader =
                CsvReader.builder()
                        .fieldSeparator(separator)
                        .quoteCharacter(quotes ? '"' : NO_QUOTE)
                        .commentStrategy(CommentStrategy.NONE)
                        .skipEmptyLines(true)
                        .extraFieldStrategy(FieldMismatchStrategy.IGNORE)
                        .missingFieldStrategy(FieldMismatchStrategy.IGNORE)
                        .allowUnclosedQuote(false)
                        .ofCsvRecord(text);
        this.records = reader.iterator();
    }

    static Records of(Path file, Reader text, String separator, boolean quotes) {
        return new Records(file, text, separator, quotes);
    }

    static Records lines(Path file, Reader text) {
        return new Records(file, text, String.valueOf(NO_SEPARATOR), false);
    }

    /// The next record, or null at the end.
    ///
    /// @throws IOException if the file cannot be read to its end
    /// @throws dev.lea.serving.Failure.Invalid if a quote is never closed or a cell is beyond all bounds
    CsvRecord next() throws IOException {
        try {
            return records.hasNext() ? records.next() : null;
        } catch (UncheckedIOException e) {
            throw e.getCause();
        } catch (CsvParseException e) {
            if (e.getCause() instanceof IOException cause) {
                throw cause;
            }
            String reason = e.getCause() == null ? e.getMessage() : e.getCause().getMessage();
            throw TableFailures.invalid(
                    "FILE_UNREADABLE",
                    file,
                    "cannot be read: "
                            + reason
                            + "; if quotes mean nothing in it, --format tsv reads it, with --separator");
        } catch (NoSuchElementException _) {
            return null;
        }
    }

    @Override
    public void close() {
        try {
            reader.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
