package dev.lea.importer.source;

import dev.lea.importer.store.EventKind;
import dev.lea.importer.store.Rules;
import dev.lea.importer.table.Column;
import dev.lea.importer.table.Format;
import dev.lea.importer.table.TableFile;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Tables of one's own, by the names of their columns.
final class AnyTable implements Source {
    @Override
    public String name() {
        return "table";
    }

    @Override
    public Plan plan(Order order) {
        Order.Columns columns = order.columns();
        if (order.from().isEmpty()) {
            order.problem("--from must name a file of events");
        }
        if (columns.user().isEmpty()) {
            order.problem("--user must name the column of users");
        }
        if (columns.item().isEmpty()) {
            order.problem("--item must name the column of items");
        }
        if (columns.event().isEmpty()
                && !(columns.clicks().isEmpty() && columns.purchases().isEmpty())) {
            order.problem("--clicks and --purchases need --event, the column that they stand in");
        }
        if (order.leastRating().isPresent() && columns.rating().isEmpty()) {
            order.problem("--min-rating needs --rating, the column of ratings");
        }
        if (order.items().isPresent() && order.texts().isEmpty()) {
            order.problem("--items needs --text, the columns of texts, the title's first");
        }
        String item = columns.item().orElse("");
        List<EventTable> events = new ArrayList<>();
        List<ItemTable> items = new ArrayList<>();
        for (Path file : order.from()) {
            TableFile table = order.table(file, columns.format());
            events.add(events(table, columns));
            if (order.items().isEmpty() && !order.texts().isEmpty()) {
                items.add(items(table, columns.itemsId().orElse(item), order));
            }
        }
        order.items()
                .ifPresent(file -> {
                    TableFile table = order.table(file, formatOfItems(order, file));
                    items.add(items(table, columns.itemsId().orElse(item), order));
                });
        return Plan.of(events, items, Rules.DEFAULT);
    }

    /// What was said of the events' format holds for a file of items of the same ending, and where its ending tells nothing.
    private static Optional<Format> formatOfItems(Order order, Path items) {
        Optional<Format> ending = Format.of(items);
        boolean same = order.from().stream().map(Format::of).anyMatch(ending::equals);
        return same || ending.isEmpty() ? order.columns().format() : Optional.empty();
    }

    private static EventTable events(TableFile table, Order.Columns columns) {
        Map<String, EventKind> kinds = new HashMap<>();
        if (columns.clicks().isEmpty() && columns.purchases().isEmpty()) {
            kinds.put(EventKind.CLICK.label(), EventKind.CLICK);
            kinds.put(EventKind.PURCHASE.label(), EventKind.PURCHASE);
        }
        columns.clicks().forEach(value -> kinds.put(value, EventKind.CLICK));
        columns.purchases().forEach(value -> kinds.put(value, EventKind.PURCHASE));
        return new EventTable(
                table,
                Column.required(columns.user().orElse("")),
                Column.required(columns.item().orElse("")),
                columns.time().stream().map(Column::required).toList(),
                columns.rating().map(Column::required),
                columns.event().map(Column::required),
                columns.event().isPresent() ? kinds : Map.of(),
                EventKind.NONE,
                Optional.empty());
    }

    /// `--text title,store:brand`: columns, each with another name behind a colon where it should have one.
    private static ItemTable items(TableFile table, String id, Order order) {
        List<ItemTable.Text> texts = new ArrayList<>();
        for (String text : order.texts()) {
            int colon = text.lastIndexOf(':');
            String column = colon < 0 ? text : text.substring(0, colon);
            String name = colon < 0 ? text : text.substring(colon + 1);
            boolean control = name.chars().anyMatch(Character::isISOControl);
            if (name.isBlank() || column.isBlank() || name.equals("item") || control) {
                order.problem(
                        "--text must be COLUMN or COLUMN:NAME, the name not 'item', but is '"
                                + text
                                + "'");
            }
            if (texts.stream().anyMatch(other -> other.name().equals(name))) {
                order.problem("--text names '" + name + "' twice");
            }
            texts.add(ItemTable.Text.of(name, Column.required(column)));
        }
        return new ItemTable(table, Column.required(id), texts);
    }
}
