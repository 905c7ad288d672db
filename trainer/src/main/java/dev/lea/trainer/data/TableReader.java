package dev.lea.trainer.data;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;

/// Rows of a table with a header line and tab-separated cells; quotes mean nothing. Bad rows go to the log
/// and are stepped over.
final class TableReader implements Closeable {
    private final String name;
    private final LineReader lines;
    private final List<String> header;
    private final BadRows.Log bad;
    private String[] cells = {};

    private TableReader(String name, LineReader lines, List<String> header, BadRows.Log bad) {
        this.name = name;
        this.lines = lines;
        this.header = header;
        this.bad = bad;
    }

    /// Opens a table and reads its header.
    ///
    /// @throws dev.lea.serving.Failure.Invalid if there is no such file or no header with the required
    ///     columns
    static TableReader open(Path file, BadRows.Log bad, String... required) throws IOException {
        if (!Files.isRegularFile(file)) {
            throw DataFailures.invalid(
                    "DATA_FILE_MISSING",
                    "there is no file " + file + ", and a data set needs it",
                    Map.of("file", file.toString()));
        }
        var lines = new LineReader(Files.newInputStream(file));
        try {
            List<String> header = header(file, lines);
            for (String column : required) {
                if (!header.contains(column)) {
                    throw DataFailures.invalid(
                            "DATA_COLUMN_MISSING",
                            file + " needs a column '" + column + "' but has " + header,
                            Map.of("file", file.toString(), "column", column));
                }
            }
            return new TableReader(file.getFileName().toString(), lines, header, bad);
        } catch (IOException | RuntimeException e) {
            lines.close();
            throw e;
        }
    }

    /// Names of the columns, in order.
    List<String> header() {
        return header;
    }

    /// Place of a column, or -1.
    int column(String name) {
        return header.indexOf(name);
    }

    /// Moves on to the next row with the right number of cells; false at the end.
    boolean next() throws IOException {
        while (lines.next()) {
            if (lines.problem() != null) {
                reject(lines.problem());
                continue;
            }
            cells = lines.text().split("\t", -1);
            if (cells.length == header.size()) {
                return true;
            }
            reject("the row must have " + header.size() + " cells but has " + cells.length);
        }
        return false;
    }

    /// A cell of the current row.
    String cell(int column) {
        return cells[column];
    }

    /// Counts the current row as bad.
    void reject(String reason) {
        bad.add(name, lines.number(), reason);
    }

    @Override
    public void close() {
        lines.close();
    }

    private static List<String> header(Path file, LineReader lines) throws IOException {
        if (!lines.next()) {
            throw DataFailures.invalid(
                    "DATA_HEADER_INVALID", file + " is empty, but its first line must be a header");
        }
        if (lines.problem() != null) {
            throw DataFailures.invalid(
                    "DATA_HEADER_INVALID", file + " has no readable header: " + lines.problem());
        }
        List<String> header = new ArrayList<>(List.of(lines.text().split("\t", -1)));
        header.replaceAll(String::strip);
        if (new HashSet<>(header).size() < header.size()) {
            throw DataFailures.invalid(
                    "DATA_HEADER_INVALID", file + " names a column twice in its header " + header);
        }
        return List.copyOf(header);
    }
}
