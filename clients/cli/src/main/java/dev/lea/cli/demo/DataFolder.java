package dev.lea.cli.demo;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// What the demo itself reads of a data set: titles to show, and histories to ask with. What is wrong with
/// a row is the trainer's to tell; here it is passed over.
///
/// @param titles    first text column of each item that has one, by item id
/// @param histories newest items of the first users, oldest first, by user id; 1 or more
record DataFolder(Map<String, String> titles, Map<String, List<String>> histories) {
    private static final int MAX_USERS = 500;
    private static final int MAX_ITEMS = 10;

    /// @throws DemoFailure that names the file if one is missing, unreadable or empty
    static DataFolder read(Path folder) {
        if (!Files.isDirectory(folder)) {
            throw new DemoFailure("the data folder " + folder + " does not exist");
        }
        return new DataFolder(
                titles(folder.resolve("items.tsv")), histories(folder.resolve("interactions.tsv")));
    }

    /// The item's title, or its id where it has none.
    String title(String itemId) {
        return titles.getOrDefault(itemId, itemId);
    }

    private static Map<String, String> titles(Path file) {
        var titles = new HashMap<String, String>();
        for (String[] row : new Rows(file)) {
            if (row.length > 1 && !row[1].isBlank()) {
                titles.putIfAbsent(row[0], row[1]);
            }
        }
        return titles;
    }

    private static Map<String, List<String>> histories(Path file) {
        var newest = new LinkedHashMap<String, Deque<String>>();
        for (String[] row : new Rows(file)) {
            if (row.length < 2 || (newest.size() == MAX_USERS && !newest.containsKey(row[0]))) {
                continue;
            }
            Deque<String> items = newest.computeIfAbsent(row[0], user -> new ArrayDeque<>());
            items.addLast(row[1]);
            if (items.size() > MAX_ITEMS) {
                items.removeFirst();
            }
        }
        if (newest.isEmpty()) {
            throw new DemoFailure(file + " holds no interaction");
        }
        var histories = new LinkedHashMap<String, List<String>>();
        newest.forEach((user, items) -> histories.put(user, List.copyOf(items)));
        return histories;
    }

    /// Cells of a file's rows, without its header.
    private record Rows(Path file) implements Iterable<String[]> {
        @Override
        public java.util.Iterator<String[]> iterator() {
            if (!Files.isRegularFile(file)) {
                throw new DemoFailure(file + " does not exist");
            }
            try (BufferedReader lines = Files.newBufferedReader(file)) {
                var rows = new ArrayList<String[]>();
                lines.readLine();
                for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                    rows.add(line.split("\t", 3));
                }
                return rows.iterator();
            } catch (IOException e) {
                throw new DemoFailure("cannot read " + file + ": " + e);
            }
        }
    }
}
