package dev.lea.cli.ask;

import java.io.BufferedReader;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;

/// A data set's folder, of which a few rows are looked up; the files may be large.
record DataSet(Path folder) {
    private record Event(String item, BigDecimal time) {}

    /// The titles of some items: the first text column of `items.tsv`.
    ///
    /// @throws IllegalArgumentException if the file cannot be read
    Titles titles(Iterable<String> ids) {
        Set<String> wanted = new HashSet<>();
        ids.forEach(wanted::add);
        Map<String, String> titles = new HashMap<>();
        Path file = folder.resolve("items.tsv");
        List<String> header = header(file);
        int item = column(file, header, "item");
        int title = item == 0 ? 1 : 0;
        rows(
                file,
                cells -> {
                    if (cells.length > Math.max(item, title)
                            && wanted.contains(cells[item])
                            && !cells[title].isBlank()) {
                        titles.putIfAbsent(cells[item], cells[title]);
                    }
                });
        return new Titles(titles);
    }

    /// What a user did by `interactions.tsv`, oldest first.
    ///
    /// @throws IllegalArgumentException if the file cannot be read or knows no such user
    List<String> history(String wanted) {
        Path file = folder.resolve("interactions.tsv");
        List<String> header = header(file);
        int user = column(file, header, "user");
        int item = column(file, header, "item");
        int time = column(file, header, "timestamp");
        List<Event> events = new ArrayList<>();
        rows(
                file,
                cells -> {
                    if (cells.length == header.size() && cells[user].equals(wanted)) {
                        number(cells[time]).ifPresent(t -> events.add(new Event(cells[item], t)));
                    }
                });
        if (events.isEmpty()) {
            throw new IllegalArgumentException(file + " knows no user '" + wanted + "'");
        }
        events.sort(Comparator.comparing(Event::time)); // ties keep the file's order
        return events.stream().map(Event::item).toList();
    }

    /// Empty where it is no number: a bad row, as for the trainer.
    private static Optional<BigDecimal> number(String text) {
        try {
            return Optional.of(new BigDecimal(text.strip()));
        } catch (NumberFormatException e) {
            return Optional.empty();
        }
    }

    private static int column(Path file, List<String> header, String name) {
        int column = header.indexOf(name);
        if (column < 0) {
            throw new IllegalArgumentException(
                    file + " must have a column '" + name + "' but has " + header);
        }
        return column;
    }

    private static List<String> header(Path file) {
        try (BufferedReader lines = Files.newBufferedReader(file)) {
            String first = lines.readLine();
            return first == null
                    ? List.of()
                    : Arrays.asList(first.replace("\uFEFF", "").split("\t", -1));
        } catch (IOException e) {
            throw new IllegalArgumentException("--data cannot be read: " + e, e);
        }
    }

    private static void rows(Path file, Consumer<String[]> taker) {
        try (BufferedReader lines = Files.newBufferedReader(file)) {
            lines.readLine();
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                taker.accept(line.split("\t", -1));
            }
        } catch (IOException e) {
            throw new IllegalArgumentException("--data cannot be read: " + e, e);
        }
    }
}
