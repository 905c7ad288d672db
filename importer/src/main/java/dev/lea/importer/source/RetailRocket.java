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
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// RetailRocket: `events.csv`, `item_properties_part1.csv`, `item_properties_part2.csv`, `category_tree.csv`.
///
/// As in the code of the SNQN paper: views are clicks, additions to the cart purchases, transactions are left out (each
/// stands as an addition already); once, and in this order, users and then items with fewer than 3 events go; no duplicates
/// do. Texts: the words of properties are hashed, so there are the category with those above it and property 888, the
/// longest text.
final class RetailRocket implements Source {
    private static final String CATEGORY = "categoryid";
    private static final List<String> PROPERTIES = List.of(CATEGORY, "888");
    private static final int LEAST = 3;
    private static final int DEEPEST = 20;

    @Override
    public String name() {
        return "retailrocket";
    }

    @Override
    public Plan plan(Order order) {
        order.refuseColumns(name());
        order.refuseItems(name());
        order.refuseRating(name());
        Rules rules = Rules.DEFAULT.withDuplicates(Duplicates.KEEP).withLeast(LEAST, LEAST, false);
        Path folder = order.folder("RetailRocket's data set");
        Path events = folder == null ? null : order.need(folder, "events.csv");
        Path first = folder == null ? null : order.need(folder, "item_properties_part1.csv");
        Path second = folder == null ? null : order.need(folder, "item_properties_part2.csv");
        Path tree = folder == null ? null : order.need(folder, "category_tree.csv");
        if (events == null || first == null || second == null || tree == null) {
            return Plan.of(List.of(), List.of(), rules);
        }
        Map<String, String> names = new LinkedHashMap<>();
        if (order.texts().stream().anyMatch(text -> !text.matches("[\\w-]+"))) {
            order.problem("--text must name properties, such as 888, but is " + order.texts());
        }
        for (String property : order.texts().isEmpty() ? PROPERTIES : order.texts()) {
            names.put(property, property.equals(CATEGORY) ? "category" : "property " + property);
        }
        var table =
                EventTable.of(
                                new TableFile(events, Format.CSV),
                                Column.required("visitorid"),
                                Column.required("itemid"),
                                Column.required("timestamp"),
                                EventKind.NONE)
                        .withKinds(
                                Column.required("event"),
                                Map.of(
                                        "view", EventKind.CLICK,
                                        "addtocart", EventKind.PURCHASE));
        var categories = new Categories(tree);
        List<FactTable> facts = new ArrayList<>();
        for (Path part : List.of(first, second)) {
            facts.add(
                    new FactTable(
                            new TableFile(part, Format.CSV),
                            Column.required("itemid"),
                            Optional.of(Column.required("property")),
                            names,
                            Column.required("value"),
                            Optional.of(Column.required("timestamp")),
                            (name, value) ->
                                    name.equals("category") ? categories.path(value) : value));
        }
        return new Plan(
                List.of(table),
                List.of(),
                List.of(),
                facts,
                names.values().stream()
                        .map(name -> new Texts.FactColumn(name, Texts.Combine.NEWEST, 1))
                        .toList(),
                rules);
    }

    /// From a category to its name and those of the categories above it, the highest first.
    private static final class Categories {
        private final Path file;
        private final Map<String, String> parents = new HashMap<>();

        Categories(Path file) {
            this.file = file;
        }

        String path(String category) {
            if (parents.isEmpty()) {
                read();
            }
            String path = "category " + category;
            String parent = parents.getOrDefault(category, "");
            for (int depth = 0; depth < DEEPEST && !parent.isEmpty(); depth++) {
                path = "category " + parent + ", " + path;
                parent = parents.getOrDefault(parent, "");
            }
            return path;
        }

        private void read() {
            List<Column> columns =
                    List.of(Column.required("categoryid"), Column.required("parentid"));
            try (Rows rows = new TableFile(file, Format.CSV).open(columns, ByteProgress.NONE)) {
                parents.put("", "");
                while (rows.next()) {
                    if (rows.problem() == null) {
                        parents.put(rows.cell(0), rows.cell(1));
                    }
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
