package dev.lea.importer.source;

import dev.lea.importer.store.Duplicates;
import dev.lea.importer.store.EventKind;
import dev.lea.importer.store.Rules;
import dev.lea.importer.store.Texts;
import dev.lea.importer.table.Column;
import dev.lea.importer.table.Format;
import dev.lea.importer.table.TableFile;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// RecSys Challenge 2015: `yoochoose-clicks.dat` and `yoochoose-buys.dat`.
///
/// As in the code of the SNQN paper: sessions with fewer than 3 clicks go, and with them their purchases; the paper then
/// draws 200,000 sessions, which is the order's `sample`. There are no texts but the category in which an item was clicked
/// most often; a long number there is a brand.
final class Rc15 implements Source {
    private static final int LEAST_CLICKS = 3;
    private static final int LONGEST_CATEGORY = 2;

    @Override
    public String name() {
        return "rc15";
    }

    @Override
    public Plan plan(Order order) {
        order.refuseColumns(name());
        order.refuseTexts(name());
        order.refuseItems(name());
        order.refuseRating(name());
        Rules rules =
                Rules.DEFAULT
                        .withDuplicates(Duplicates.KEEP)
                        .withLeast(LEAST_CLICKS, 1, false)
                        .withClicksOnly();
        Path folder = order.folder("the RecSys Challenge 2015");
        Path clicks = folder == null ? null : order.need(folder, "yoochoose-clicks.dat");
        Path buys = folder == null ? null : order.need(folder, "yoochoose-buys.dat");
        if (clicks == null || buys == null) {
            return Plan.of(List.of(), List.of(), rules);
        }
        var clicked =
                new TableFile(clicks, Format.CSV.withHeader("session", "time", "item", "category"));
        var bought =
                new TableFile(
                        buys,
                        Format.CSV.withHeader("session", "time", "item", "price", "quantity"));
        var facts =
                new FactTable(
                        clicked,
                        Column.required("item"),
                        Optional.empty(),
                        Map.of("category", "category"),
                        Column.required("category"),
                        Optional.empty(),
                        (_, context) -> category(context));
        return new Plan(
                List.of(events(clicked, EventKind.CLICK), events(bought, EventKind.PURCHASE)),
                List.of(),
                List.of(),
                List.of(facts),
                List.of(new Texts.FactColumn("category", Texts.Combine.MOST_FREQUENT, 1)),
                rules);
    }

    private static EventTable events(TableFile file, EventKind kind) {
        return EventTable.of(
                file,
                Column.required("session"),
                Column.required("item"),
                Column.required("time"),
                kind);
    }

    /// 0 is no category, S a special offer.
    private static String category(String context) {
        if (context.equals("0") || context.equals("S") || context.isEmpty()) {
            return null;
        }
        return (context.length() <= LONGEST_CATEGORY ? "category " : "brand ") + context;
    }
}
