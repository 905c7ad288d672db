package dev.lea.importer.source;

import dev.lea.importer.store.EventKind;
import dev.lea.importer.store.Rules;
import dev.lea.importer.table.ByteProgress;
import dev.lea.importer.table.Column;
import dev.lea.importer.table.Format;
import dev.lea.importer.table.Moment;
import dev.lea.importer.table.Rows;
import dev.lea.importer.table.TableFile;
import dev.lea.importer.table.TimeUnits;
import dev.lea.serving.Failure;
import dev.lea.serving.feedback.Segments;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// Feedback as agent-server keeps it, behind what the trainer read before: a data set's folder, of which `items.tsv` must be
/// there and `interactions.tsv` may be.
///
/// Times of feedback are written in the unit of the folder's. Events have kinds where the folder's have, or where
/// there are none. What users did with items that `items.tsv` does not name is left out.
final class FeedbackFolder implements Source {
    @Override
    public String name() {
        return "feedback";
    }

    @Override
    public Plan plan(Order order) {
        order.refuseColumns(name());
        order.refuseTexts(name());
        order.refuseItems(name());
        order.refuseRating(name());
        List<Path> segments = segments(order);
        Path base = base(order);
        if (segments.isEmpty() || base == null) {
            return Plan.of(List.of(), List.of(), Rules.DEFAULT);
        }
        ItemTable items = DataFolder.items(base);
        List<EventTable> events = new ArrayList<>();
        TimeUnits unit = TimeUnits.MICROSECONDS;
        boolean kinds = true;
        if (Files.exists(base.resolve(DataFolder.INTERACTIONS))) {
            EventTable before = DataFolder.events(base);
            events.add(before);
            unit = unit(before.file());
            kinds = before.event().isPresent();
        }
        Set<String> known = known(items);
        for (Path segment : segments) {
            var format = new Format.Segment(unit, segment.equals(segments.getLast()));
            events.add(events(new TableFile(segment, format), kinds).withItems(known));
        }
        return Plan.of(events, List.of(items), Rules.DEFAULT);
    }

    private static EventTable events(TableFile segment, boolean kinds) {
        EventTable table =
                EventTable.of(
                        segment,
                        Column.required("user"),
                        Column.required("item"),
                        Column.required("time"),
                        EventKind.NONE);
        return kinds
                ? table.withKinds(
                        Column.required("event"),
                        Map.of("click", EventKind.CLICK, "purchase", EventKind.PURCHASE))
                : table;
    }

    private static List<Path> segments(Order order) {
        List<Path> segments = new ArrayList<>();
        for (Path folder : order.from()) {
            try {
                List<Path> found = Segments.of(folder);
                segments.addAll(found);
                if (found.isEmpty()) {
                    order.problem(folder + " must hold feedback-*.log but holds none");
                }
            } catch (IOException e) {
                order.problem(
                        "--from must be the folder that agent-server's --feedback names but is "
                                + folder);
            }
        }
        return segments;
    }

    private static Path base(Order order) {
        if (order.base().isEmpty()) {
            order.problem(
                    "--base must name a folder with the items' texts (items.tsv) and, if there is one, the log before"
                            + " (interactions.tsv)");
            return null;
        }
        Path base = order.base().get();
        if (!Files.isRegularFile(base.resolve(DataFolder.ITEMS))) {
            order.problem("--base must name a folder with items.tsv but is " + base);
            return null;
        }
        return base;
    }

    private static TimeUnits unit(TableFile interactions) {
        Moment[] newest = {new Moment(Long.MIN_VALUE, 0, false)};
        each(
                interactions,
                Column.required("timestamp"),
                cell -> {
                    Moment time = Moment.parse(cell);
                    if (time != null && time.whole() > newest[0].whole()) {
                        newest[0] = time;
                    }
                });
        return TimeUnits.after(newest[0], Instant.now())
                .orElseThrow(() ->
                        new Failure.Invalid(
                                "base",
                                "TIME_UNKNOWN",
                                interactions.path()
                                        + " must have times before now, so that feedback comes behind them, but has "
                                        + newest[0].whole(),
                                Map.of("time", Long.toString(newest[0].whole()))));
    }

    private static Set<String> known(ItemTable items) {
        Set<String> known = new HashSet<>();
        each(items.file(), items.item(), cell -> known.add(cell.strip()));
        return known;
    }

    private static void each(
            TableFile file, Column column, java.util.function.Consumer<String> taker) {
        try (Rows rows = file.open(List.of(column), ByteProgress.NONE)) {
            while (rows.next()) {
                Optional.ofNullable(rows.problem() == null ? rows.cell(0) : null).ifPresent(taker);
            }
        } catch (IOException e) {
            throw new Failure.Invalid(
                    "base",
                    "FILE_UNREADABLE",
                    file.path() + " is cut off or damaged: " + e.getMessage(),
                    Map.of("file", file.path().toString()));
        }
    }
}
