package dev.lea.importer.table;

import de.siegmar.fastcsv.reader.CsvRecord;
import java.io.IOException;
import java.io.Reader;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;

/// Rows whose cells a separator parts.
final class DelimitedRows implements Rows {
    private final Records records;
    private final int width;
    private final int[] places;
    private CsvRecord current;
    private String problem;

    private DelimitedRows(Records records, int width, int[] places) {
        this.records = records;
        this.width = width;
        this.places = places;
    }

    static DelimitedRows open(
            Path file, Reader text, Format.Delimited format, List<Column> wanted) {
        Records records = Records.of(file, text, format.separator(), format.quotes());
        try {
            List<String> header = format.header();
            if (header.isEmpty()) {
                CsvRecord first = records.next();
                header =
                        first == null
                                ? List.of()
                                : first.getFields().stream()
                                        .map(cell -> cell.replace("\uFEFF", "").strip())
                                        .toList();
            }
            return new DelimitedRows(records, header.size(), places(file, header, wanted));
        } catch (IOException e) {
            records.close();
            throw TableFailures.invalid("FILE_UNREADABLE", file, "cannot be read: " + e);
        } catch (RuntimeException e) {
            records.close();
            throw e;
        }
    }

    private static int[] places(Path file, List<String> header, List<Column> wanted) {
        if (header.isEmpty()) {
            throw TableFailures.invalid(
                    "HEADER_INVALID", file, "is empty, but its first line must name the columns");
        }
        if (new HashSet<>(header).size() < header.size()) {
            throw TableFailures.invalid("HEADER_INVALID", file, "names a column twice: " + header);
        }
        int[] places = new int[wanted.size()];
        for (int i = 0; i < places.length; i++) {
            places[i] = wanted.get(i).place(header);
            if (places[i] < 0 && wanted.get(i).required()) {
                throw TableFailures.invalid(
                        "COLUMN_MISSING",
                        file,
                        "needs a column " + wanted.get(i) + " but has " + header);
            }
        }
        return places;
    }

    @Override
    public boolean next() throws IOException {
        current = records.next();
        if (current == null) {
            return false;
        }
        problem =
                current.getFieldCount() == width
                        ? null
                        : "the row must have "
                                + width
                                + " cells but has "
                                + current.getFieldCount();
        for (int i = 0; problem == null && i < places.length; i++) {
            String cell = cell(i);
            if (cell != null && cell.indexOf(TableFile.NOT_DECODED) >= 0) {
                problem = "the row holds bytes that are not of the file's encoding";
            }
        }
        return true;
    }

    @Override
    public String cell(int wanted) {
        return places[wanted] < 0 ? null : current.getField(places[wanted]);
    }

    @Override
    public String problem() {
        return problem;
    }

    @Override
    public long number() {
        return current.getStartingLineNumber();
    }

    @Override
    public boolean has(int wanted) {
        return places[wanted] >= 0;
    }

    @Override
    public void close() {
        records.close();
    }
}
