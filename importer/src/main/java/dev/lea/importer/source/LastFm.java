package dev.lea.importer.source;

import dev.lea.importer.store.Duplicates;
import dev.lea.importer.store.EventKind;
import dev.lea.importer.store.Rules;
import dev.lea.importer.store.Texts;
import dev.lea.importer.table.ByteProgress;
import dev.lea.importer.table.Column;
import dev.lea.importer.table.Format;
import dev.lea.importer.table.Rows;
import dev.lea.importer.table.TableFile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// HetRec 2011 Last.fm-2K: `user_taggedartists.dat` or `user_taggedartists-timestamps.dat`, `artists.dat`, `tags.dat`.
///
/// A user's first tagging of an artist is the event; the plays have no times. 5-core. Texts: the artist's name and the ten
/// most frequent tags.
final class LastFm implements Source {
    private static final int CORE = 5;
    private static final int TAGS = 10;

    @Override
    public String name() {
        return "lastfm";
    }

    @Override
    public Plan plan(Order order) {
        order.refuseColumns(name());
        order.refuseTexts(name());
        order.refuseItems(name());
        order.refuseRating(name());
        Rules rules = Rules.DEFAULT.withDuplicates(Duplicates.FIRST).withLeast(CORE, CORE, true);
        Path folder = order.folder("HetRec's Last.fm data set");
        Path taggings =
                folder == null
                        ? null
                        : order.need(
                                folder,
                                "user_taggedartists-timestamps.dat",
                                "user_taggedartists.dat");
        Path artists = folder == null ? null : order.need(folder, "artists.dat");
        Path tags = folder == null ? null : order.need(folder, "tags.dat");
        if (taggings == null || artists == null || tags == null) {
            return Plan.of(List.of(), List.of(), rules);
        }
        var tagged = new TableFile(taggings, Format.TSV);
        Column artist = Column.required("artistID");
        boolean stamped = taggings.getFileName().toString().contains("timestamps");
        EventTable events =
                EventTable.of(
                                tagged,
                                Column.required("userID"),
                                artist,
                                Column.required("timestamp"),
                                EventKind.NONE)
                        .withTime(
                                stamped
                                        ? List.of(Column.required("timestamp"))
                                        : List.of(
                                                Column.required("year"),
                                                Column.required("month"),
                                                Column.required("day")));
        var items =
                new ItemTable(
                        new TableFile(artists, Format.TSV),
                        Column.required("id"),
                        List.of(ItemTable.Text.of("title", Column.required("name"))));
        Map<String, String> names = new HashMap<>();
        var facts =
                new FactTable(
                        tagged,
                        artist,
                        Optional.empty(),
                        Map.of("tags", "tags"),
                        Column.required("tagID"),
                        Optional.empty(),
                        (_, tag) -> {
                            if (names.isEmpty()) {
                                names.putAll(names(tags));
                            }
                            return names.get(tag);
                        });
        return new Plan(
                List.of(events),
                List.of("title"),
                List.of(items),
                List.of(facts),
                List.of(new Texts.FactColumn("tags", Texts.Combine.MOST_FREQUENT, TAGS)),
                rules);
    }

    private static Map<String, String> names(Path file) {
        var table = new TableFile(file, Format.TSV.withEncoding(StandardCharsets.ISO_8859_1));
        Map<String, String> names = new HashMap<>();
        List<Column> columns = List.of(Column.required("tagID"), Column.required("tagValue"));
        try (Rows rows = table.open(columns, ByteProgress.NONE)) {
            while (rows.next()) {
                if (rows.problem() == null) {
                    names.put(rows.cell(0), rows.cell(1));
                }
            }
            return names;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
