package dev.lea.importer.source;

import dev.lea.importer.table.Format;
import dev.lea.importer.table.TableFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;

/// What somebody wants imported, and what is wrong with it.
///
/// @param from files or a folder
/// @param base a data set's folder to go on with
/// @param items a file of items; empty where the source needs none or finds it
/// @param texts names of text columns; empty for the source's own
/// @param leastRating ratings below it are left out
/// @param columns of tables of one's own
/// @param problems everything wrong, to be told at once
public record Order(
        List<Path> from,
        Optional<Path> base,
        Optional<Path> items,
        List<String> texts,
        OptionalDouble leastRating,
        Columns columns,
        List<String> problems) {
    public Order {
        from = List.copyOf(from);
        texts = List.copyOf(texts);
    }

    /// Names of the columns of tables of one's own, and how these are written.
    ///
    /// @param clicks, purchases what stands in the column of events
    /// @param format of the events' files where their names do not tell
    public record Columns(
            Optional<String> user,
            Optional<String> item,
            Optional<String> time,
            Optional<String> event,
            Optional<String> rating,
            Optional<String> itemsId,
            List<String> clicks,
            List<String> purchases,
            Optional<Format> format) {
        public static final Columns NONE =
                new Columns(
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty(),
                        List.of(),
                        List.of(),
                        Optional.empty());

        public Columns {
            clicks = List.copyOf(clicks);
            purchases = List.copyOf(purchases);
        }
    }

    public Order(
            List<Path> from, Optional<Path> items, List<String> texts, OptionalDouble leastRating) {
        this(from, Optional.empty(), items, texts, leastRating, Columns.NONE, new ArrayList<>());
    }

    void problem(String text) {
        problems.add(text);
    }

    /// The only folder that is imported; null, with a problem, where it is something else.
    Path folder(String what) {
        if (from.size() != 1 || !Files.isDirectory(from.getFirst())) {
            problem("--from must be the folder of " + what + " but is " + from);
            return null;
        }
        return from.getFirst();
    }

    /// The first of these files that the folder has; null where it has none.
    static Path find(Path folder, String... names) {
        for (String name : names) {
            for (String ending : new String[] {"", ".gz"}) {
                if (Files.isRegularFile(folder.resolve(name + ending))) {
                    return folder.resolve(name + ending);
                }
            }
        }
        return null;
    }

    /// Like `find`, with a problem where it has none.
    Path need(Path folder, String... names) {
        Path found = find(folder, names);
        if (found == null) {
            problem(folder + " must hold " + String.join(" or ", names) + " (or .gz) but does not");
        }
        return found;
    }

    /// A file that was named, by the format that its name tells, or the given one.
    TableFile table(Path path, Optional<Format> given) {
        Optional<Format> format = given.or(() -> Format.of(path));
        if (!Files.isRegularFile(path)) {
            problem("there is no file " + path);
        } else if (format.isEmpty()) {
            problem(
                    path
                            + " must end in .csv, .tsv, .jsonl, .json or .parquet (and .gz), or --format must tell what it is");
        }
        return new TableFile(path, format.orElse(Format.CSV));
    }

    /// Says that a source has no use for what is only for tables of one's own.
    void refuseColumns(String source) {
        if (!columns.equals(Columns.NONE)) {
            problem(
                    "source "
                            + source
                            + " knows its columns; --user, --item, --time, --event, --clicks, --purchases, --rating,"
                            + " --items-id, --format, --separator and --encoding are for source table");
        }
    }

    /// Says that a source has its own texts.
    void refuseTexts(String source) {
        if (!texts.isEmpty()) {
            problem(
                    "source "
                            + source
                            + " knows its texts; --text is for sources table and retailrocket");
        }
    }

    /// Says that a source finds its items by itself.
    void refuseItems(String source) {
        if (items.isPresent()) {
            problem("source " + source + " finds its items in --from; --items is not for it");
        }
    }

    /// Says that a source has no ratings.
    void refuseRating(String source) {
        if (leastRating.isPresent()) {
            problem("source " + source + " has no ratings; --min-rating is not for it");
        }
    }
}
