package dev.lea.importer.table;

import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/// How a table is written. Gzip is no part of it: that is seen by a file's first bytes.
public sealed interface Format {
    /// Cells parted by a separator, a row a line.
    ///
    /// @param separator one character or more
    /// @param quotes true where `"` encloses cells; else it means nothing
    /// @param header names of the columns where the file has no line for them; else empty
    record Delimited(String separator, boolean quotes, List<String> header, Charset encoding)
            implements Format {
        public Delimited {
            header = List.copyOf(header);
            if (separator.isEmpty()) {
                throw new IllegalArgumentException("the separator must not be empty");
            }
        }

        public Delimited withHeader(String... names) {
            return new Delimited(separator, quotes, List.of(names), encoding);
        }

        public Delimited withEncoding(Charset other) {
            return new Delimited(separator, quotes, header, other);
        }
    }

    /// A JSON object a line, UTF-8.
    record JsonLines() implements Format {}

    /// Apache Parquet.
    record Parquet() implements Format {}

    /// A segment of feedback as agent-server keeps it.
    ///
    /// @param unit of its times
    /// @param mayGrow true where its end may not be whole yet
    record Segment(TimeUnits unit, boolean mayGrow) implements Format {}

    Delimited CSV = delimited(",", true);
    Delimited TSV = delimited("\t", false);

    /// UTF-8 with a header line.
    static Delimited delimited(String separator, boolean quotes) {
        return new Delimited(separator, quotes, List.of(), StandardCharsets.UTF_8);
    }

    /// By the ending of a file's name, `.gz` left aside; empty where it tells nothing.
    static Optional<Format> of(Path file) {
        String name = file.getFileName().toString().toLowerCase(Locale.ROOT);
        name = name.endsWith(".gz") ? name.substring(0, name.length() - 3) : name;
        return named(name.substring(name.lastIndexOf('.') + 1));
    }

    /// By a name as people write it: csv, tsv, jsonl, parquet.
    static Optional<Format> named(String name) {
        return Optional.ofNullable(
                switch (name.toLowerCase(Locale.ROOT)) {
                    case "csv" -> CSV;
                    case "tsv", "tab" -> TSV;
                    case "jsonl", "json", "ndjson" -> new JsonLines();
                    case "parquet", "pq" -> new Parquet();
                    default -> null;
                });
    }
}
