package dev.lea.importer;

import dev.lea.importer.source.Order;
import dev.lea.importer.table.Format;
import java.nio.charset.Charset;
import java.nio.charset.IllegalCharsetNameException;
import java.nio.charset.UnsupportedCharsetException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Option;

/// Options that say what the columns of tables of one's own mean, and how these are written.
final class TableOptions {
    @Option(names = "--user", paramLabel = "COLUMN", description = "Users.")
    private String user;

    @Option(names = "--item", paramLabel = "COLUMN", description = "Items.")
    private String item;

    @Option(
            names = "--time",
            paramLabel = "COLUMN",
            description = "Numbers or dates; without it rows stand in the order of time.")
    private String time;

    @Option(
            names = "--event",
            paramLabel = "COLUMN",
            description = "Kinds of events; by default click and purchase are known.")
    private String event;

    @Option(
            names = "--clicks",
            split = ",",
            paramLabel = "VALUE",
            description = "What stands there for clicks.")
    private List<String> clicks = List.of();

    @Option(
            names = "--purchases",
            split = ",",
            paramLabel = "VALUE",
            description = "What stands there for purchases.")
    private List<String> purchases = List.of();

    @Option(names = "--rating", paramLabel = "COLUMN", description = "For --min-rating.")
    private String rating;

    @Option(
            names = "--text",
            split = ",",
            paramLabel = "COLUMN[:NAME]",
            description =
                    "Texts of items, the title first; in --items where that is given. For retailrocket: properties.")
    private List<String> texts = List.of();

    @Option(
            names = "--items-id",
            paramLabel = "COLUMN",
            description = "Items in --items. Default: as --item.")
    private String itemsId;

    @Option(
            names = "--format",
            paramLabel = "FORMAT",
            description = "csv, tsv, jsonl or parquet, where a file's name does not tell.")
    private String format;

    @Option(
            names = "--separator",
            paramLabel = "TEXT",
            description = "Between cells, for instance ';'; \\t is a tab.")
    private String separator;

    @Option(
            names = "--encoding",
            paramLabel = "NAME",
            description = "Of csv and tsv. Default: UTF-8.")
    private String encoding;

    /// Columns of texts, the title's first.
    List<String> texts() {
        return texts;
    }

    /// The columns and the format that are asked for. What is wrong goes to `problems`.
    Order.Columns columns(List<Path> from, List<String> problems) {
        return new Order.Columns(
                Optional.ofNullable(user),
                Optional.ofNullable(item),
                Optional.ofNullable(time),
                Optional.ofNullable(event),
                Optional.ofNullable(rating),
                Optional.ofNullable(itemsId),
                clicks,
                purchases,
                format(from, problems));
    }

    private Optional<Format> format(List<Path> from, List<String> problems) {
        if (format == null && separator == null && encoding == null) {
            return Optional.empty();
        }
        Optional<Format> named =
                Optional.ofNullable(format)
                        .flatMap(Format::named)
                        .or(() -> from.stream().findFirst().flatMap(Format::of));
        if (format != null && Format.named(format).isEmpty()) {
            problems.add("--format must be csv, tsv, jsonl or parquet but is '" + format + "'");
        }
        if (separator == null && encoding == null) {
            return named;
        }
        if (!(named.orElse(Format.CSV) instanceof Format.Delimited delimited)) {
            problems.add("--separator and --encoding are for csv and tsv");
            return named;
        }
        String between = separator == null ? delimited.separator() : separator.replace("\\t", "\t");
        if (between.isEmpty() || between.matches(".*[\"\\r\\n].*")) {
            problems.add("--separator must not be empty, a quote or a line's end");
            return named;
        }
        return Optional.of(
                new Format.Delimited(
                        between,
                        delimited.quotes(),
                        List.of(),
                        encoding(delimited.encoding(), problems)));
    }

    private Charset encoding(Charset otherwise, List<String> problems) {
        try {
            return encoding == null ? otherwise : Charset.forName(encoding);
        } catch (IllegalCharsetNameException | UnsupportedCharsetException _) {
            problems.add("--encoding must name an encoding but is '" + encoding + "'");
            return otherwise;
        }
    }
}
