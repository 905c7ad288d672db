package dev.lea.trainer.data;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// Which user belongs to which part.
///
/// @param source the file it comes from, or the rule it was made by
/// @param parts one a user, in the users' order
record Split(String source, List<Part> parts) {
    private static final int SHARES = 10;

    enum Part {
        TRAIN,
        VALID,
        TEST;

        /// As files write it.
        String label() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    Split {
        parts = List.copyOf(parts);
    }

    /// By the folder's `split_*.tsv` where there is exactly one, else 8:1:1 by a seeded shuffle.
    ///
    /// @throws dev.lea.serving.Failure.Invalid if a part would be empty or the file leaves a user out
    static Split of(Path folder, List<String> userIds, long seed, BadRows.Log bad)
            throws IOException {
        List<Path> files = new ArrayList<>();
        try (DirectoryStream<Path> found = Files.newDirectoryStream(folder, "split_*.tsv")) {
            found.forEach(files::add);
        }
        Split split =
                files.size() == 1
                        ? fromFile(files.get(0), userIds, bad)
                        : shuffled(userIds.size(), seed);
        requireEveryPart(folder, split);
        return split;
    }

    private static Split fromFile(Path file, List<String> userIds, BadRows.Log bad)
            throws IOException {
        Map<String, Integer> places = new HashMap<>();
        for (int place = 0; place < userIds.size(); place++) {
            places.put(userIds.get(place), place);
        }
        Part[] parts = new Part[userIds.size()];
        try (var table = TableReader.open(file, bad, "user", "split")) {
            int user = table.column("user");
            int split = table.column("split");
            while (table.next()) {
                Part part = part(table.cell(split));
                Integer place = places.get(table.cell(user));
                if (part == null) {
                    table.reject(
                            "the split must be train, valid or test but is '"
                                    + table.cell(split)
                                    + "'");
                } else if (place == null) {
                    table.reject("user '" + table.cell(user) + "' has no interaction");
                } else if (parts[place] != null) {
                    table.reject("user '" + table.cell(user) + "' has a row already");
                } else {
                    parts[place] = part;
                }
            }
        }
        List<String> left = new ArrayList<>();
        for (int place = 0; place < parts.length; place++) {
            if (parts[place] == null) {
                left.add(userIds.get(place));
            }
        }
        if (!left.isEmpty()) {
            throw DataFailures.invalid(
                    "DATA_SPLIT_INCOMPLETE",
                    file
                            + " must name every user of the interactions but leaves out "
                            + left.size()
                            + " of "
                            + parts.length
                            + ", the first '"
                            + left.get(0)
                            + "'",
                    Map.of("file", file.toString(), "user", left.get(0)));
        }
        return new Split(file.getFileName().toString(), Arrays.asList(parts));
    }

    private static Split shuffled(int users, long seed) {
        int[] order = new int[users];
        Arrays.setAll(order, i -> i);
        CounterRandom.of(seed, "split", 0).shuffle(order);
        int tenth = users / SHARES;
        Part[] parts = new Part[users];
        for (int i = 0; i < users; i++) {
            parts[order[i]] = i < tenth ? Part.TEST : i < 2 * tenth ? Part.VALID : Part.TRAIN;
        }
        return new Split("8:1:1 by seed " + seed, Arrays.asList(parts));
    }

    private static void requireEveryPart(Path folder, Split split) {
        Map<Part, Integer> users = new EnumMap<>(Part.class);
        split.parts.forEach(part -> users.merge(part, 1, Integer::sum));
        for (Part part : Part.values()) {
            if (!users.containsKey(part)) {
                throw DataFailures.invalid(
                        "DATA_TOO_SMALL",
                        folder
                                + " must have at least 1 "
                                + part.label()
                                + " user but has 0: "
                                + split.parts.size()
                                + " users split by "
                                + split.source
                                + ", which without a file needs at least "
                                + SHARES,
                        Map.of("users", Integer.toString(split.parts.size())));
            }
        }
    }

    private static Part part(String label) {
        for (Part part : Part.values()) {
            if (part.label().equals(label)) {
                return part;
            }
        }
        return null;
    }
}
