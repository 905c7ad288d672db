package dev.lea.importer.source;

import dev.lea.importer.store.EventKind;
import dev.lea.importer.table.Column;
import dev.lea.importer.table.TableFile;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// A table whose rows are events.
///
/// @param time nothing: rows stand in the order of time; one column: a number or a date; three: year, month, day
/// @param rating read where events of a low one are left out
/// @param event the column that tells an event's kind, empty where `kind` does for all
/// @param kinds by what stands in that column; events of others are left out
/// @param items events of others are left out; empty where all are taken
public record EventTable(
        TableFile file,
        Column user,
        Column item,
        List<Column> time,
        Optional<Column> rating,
        Optional<Column> event,
        Map<String, EventKind> kinds,
        EventKind kind,
        Optional<Set<String>> items) {
    public EventTable {
        time = List.copyOf(time);
        kinds = Map.copyOf(kinds);
        if (time.size() != 3 && time.size() > 1) {
            throw new IllegalArgumentException("time must have 0, 1 or 3 columns");
        }
    }

    /// Rows of one kind.
    static EventTable of(TableFile file, Column user, Column item, Column time, EventKind kind) {
        return new EventTable(
                file,
                user,
                item,
                List.of(time),
                Optional.empty(),
                Optional.empty(),
                Map.of(),
                kind,
                Optional.empty());
    }

    EventTable withRating(Column column) {
        return new EventTable(
                file, user, item, time, Optional.of(column), event, kinds, kind, items);
    }

    EventTable withTime(List<Column> columns) {
        return new EventTable(file, user, item, columns, rating, event, kinds, kind, items);
    }

    EventTable withKinds(Column column, Map<String, EventKind> byValue) {
        return new EventTable(
                file, user, item, time, rating, Optional.of(column), byValue, kind, items);
    }

    EventTable withItems(Set<String> known) {
        return new EventTable(
                file, user, item, time, rating, event, kinds, kind, Optional.of(known));
    }
}
