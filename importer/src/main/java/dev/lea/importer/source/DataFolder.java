package dev.lea.importer.source;

import dev.lea.importer.store.Duplicates;
import dev.lea.importer.store.EventKind;
import dev.lea.importer.store.Rules;
import dev.lea.importer.table.Column;
import dev.lea.importer.table.Format;
import dev.lea.importer.table.TableFile;
import dev.lea.serving.Failure;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// A folder that the trainer reads, as something to read: `interactions.tsv` and `items.tsv`, nothing left out.
final class DataFolder {
    static final String INTERACTIONS = "interactions.tsv";
    static final String ITEMS = "items.tsv";

    private DataFolder() {}

    static Plan plan(Path folder) {
        return Plan.of(
                List.of(events(folder)),
                List.of(items(folder)),
                Rules.DEFAULT.withDuplicates(Duplicates.KEEP));
    }

    static EventTable events(Path folder) {
        Path interactions = folder.resolve(INTERACTIONS);
        EventTable events =
                EventTable.of(
                        new TableFile(interactions, Format.TSV),
                        Column.required("user"),
                        Column.required("item"),
                        Column.required("timestamp"),
                        EventKind.NONE);
        if (header(interactions).contains("event")) {
            events =
                    events.withKinds(
                            Column.required("event"),
                            Map.of("click", EventKind.CLICK, "purchase", EventKind.PURCHASE));
        }
        return events;
    }

    static ItemTable items(Path folder) {
        Path items = folder.resolve(ITEMS);
        List<ItemTable.Text> texts = new ArrayList<>();
        for (String column : header(items)) {
            if (!column.equals("item")) {
                texts.add(ItemTable.Text.of(column, Column.required(column)));
            }
        }
        return new ItemTable(new TableFile(items, Format.TSV), Column.required("item"), texts);
    }

    private static List<String> header(Path file) {
        try (BufferedReader lines = Files.newBufferedReader(file)) {
            String first = lines.readLine();
            return first == null
                    ? List.of()
                    : List.of(first.replace("\uFEFF", "").strip().split("\t", -1));
        } catch (IOException e) {
            throw new Failure.Invalid(
                    "folder",
                    "FILE_UNREADABLE",
                    file + " cannot be read: " + e,
                    Map.of("file", file.toString()));
        }
    }
}
