package dev.lea.trainer.data;

import dev.lea.serving.Failure;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// A data set: items with texts, and what users did with them, in three parts that share no user. Immutable.
///
/// ## The folder
/// UTF-8 text files; a header line names the columns, tabs part the cells, LF or CR LF ends a line; a byte
/// order mark is skipped and quotes mean nothing.
///
/// - `interactions.tsv`: columns `user`, `item`, `timestamp` (any number; only its order counts, and ties
///   keep the file's order) and optionally `event` (`click` or `purchase`). Others are ignored.
/// - `items.tsv`: column `item`; every other column is text, the first of them the title.
/// - `split_*.tsv`, optional: columns `user`, `split` (`train`, `valid`, `test`). Used where the folder holds
///   exactly one; else users are split 8:1:1 by a seeded shuffle.
///
/// A row that cannot be used (cells missing or too many, an empty id, a timestamp that is no number, bytes
/// that are not UTF-8 text) is counted, the first few are kept with file, line and reason, and reading goes
/// on. What makes the whole unusable is a [Failure.Invalid].
///
/// @param train users to learn from
/// @param valid users to choose and stop by
/// @param test users to report on
/// @param hasEvents true where clicks and purchases both occur
/// @param split where the parts come from: a file's name, or the rule and its seed
/// @param digest SHA-256, hexadecimal, of ids, texts, events and parts
public record Dataset(
        Catalogue catalogue,
        List<Sequence> train,
        List<Sequence> valid,
        List<Sequence> test,
        boolean hasEvents,
        BadRows badRows,
        String split,
        String digest) {
    private static final int MIN_ITEMS = 2;

    public Dataset {
        train = List.copyOf(train);
        valid = List.copyOf(valid);
        test = List.copyOf(test);
    }

    /// Reads a folder.
    ///
    /// @param seed of the split where the folder has no file for it
    /// @throws Failure.Invalid if it holds no usable data set; the message says why
    public static Dataset read(Path folder, long seed) {
        if (!Files.isDirectory(folder)) {
            throw DataFailures.invalid(
                    "DATA_FOLDER_MISSING",
                    "there is no folder " + folder,
                    Map.of("folder", folder.toString()));
        }
        try {
            return readFiles(folder, seed);
        } catch (IOException | UncheckedIOException e) {
            throw DataFailures.invalid(
                    "DATA_UNREADABLE", folder + " cannot be read: " + e, Map.of());
        }
    }

    private static Dataset readFiles(Path folder, long seed) throws IOException {
        var bad = new BadRows.Log();
        Events events = Events.read(folder.resolve("interactions.tsv"), bad);
        List<String> itemIds = events.itemIds();
        if (itemIds.size() < MIN_ITEMS) {
            throw DataFailures.invalid(
                    "DATA_TOO_SMALL",
                    folder
                            + " must have at least "
                            + MIN_ITEMS
                            + " items in its interactions but has "
                            + itemIds.size());
        }
        Catalogue catalogue = ItemTable.read(folder.resolve("items.tsv"), itemIds, bad);
        List<String> userIds = events.userIds();
        Split split = Split.of(folder, userIds, seed, bad);
        List<Sequence> sequences = events.sequences(userIds, itemIds);
        List<Sequence> train = part(sequences, split, Split.Part.TRAIN);
        List<Sequence> valid = part(sequences, split, Split.Part.VALID);
        List<Sequence> test = part(sequences, split, Split.Part.TEST);
        return new Dataset(
                catalogue,
                train,
                valid,
                test,
                events.hasTypes(),
                bad.rows(),
                split.source(),
                Digest.of(catalogue, List.of(train, valid, test)));
    }

    /// Users in all parts.
    public int users() {
        return train.size() + valid.size() + test.size();
    }

    /// Events in all parts.
    public long interactions() {
        return events(train) + events(valid) + events(test);
    }

    private static long events(List<Sequence> part) {
        return part.stream().mapToLong(Sequence::length).sum();
    }

    private static List<Sequence> part(List<Sequence> sequences, Split split, Split.Part part) {
        List<Sequence> chosen = new ArrayList<>();
        for (int user = 0; user < sequences.size(); user++) {
            if (split.parts().get(user) == part) {
                chosen.add(sequences.get(user));
            }
        }
        return chosen;
    }
}
