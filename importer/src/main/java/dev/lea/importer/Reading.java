package dev.lea.importer;

import dev.lea.importer.source.EventTable;
import dev.lea.importer.source.FactTable;
import dev.lea.importer.source.ItemTable;
import dev.lea.importer.source.Plan;
import dev.lea.importer.store.EventKind;
import dev.lea.importer.store.Events;
import dev.lea.importer.store.Texts;
import dev.lea.importer.table.CleanText;
import dev.lea.importer.table.Column;
import dev.lea.importer.table.Ids;
import dev.lea.importer.table.Moment;
import dev.lea.importer.table.RowLog;
import dev.lea.importer.table.Rows;
import dev.lea.importer.table.TableFile;
import dev.lea.serving.Failure;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.function.Predicate;

/// Takes the rows of a plan's tables into the database, and counts those that cannot be used.
final class Reading {
    private static final int MOST_KINDS = 20;

    private final RowLog log;
    private final OptionalDouble leastRating;
    private final int textLength;
    private final Progress progress;
    private final Map<String, Long> dropped = new LinkedHashMap<>();
    private final Set<Path> known = new HashSet<>();
    private Boolean dates;

    Reading(RowLog log, OptionalDouble leastRating, int textLength, Progress progress) {
        this.log = log;
        this.leastRating = leastRating;
        this.textLength = textLength;
        this.progress = progress;
    }

    /// Reads all events; returns those that were left out, by reason.
    Map<String, Long> events(List<EventTable> tables, Events into) {
        for (EventTable table : tables) {
            List<Column> columns = new ArrayList<>(List.of(table.user(), table.item()));
            columns.addAll(table.time());
            int rating = leastRating.isPresent() ? add(columns, table.rating()) : -1;
            int event = add(columns, table.event());
            each(
                    table.file(),
                    columns,
                    rows -> {
                        String user = stripped(rows.cell(0));
                        String item = stripped(rows.cell(1));
                        String problem = Ids.problem("user", user);
                        problem = problem == null ? Ids.problem("item", item) : problem;
                        if (problem != null) {
                            return problem;
                        }
                        if (table.items().isPresent() && !table.items().get().contains(item)) {
                            leaveOut("events of items that items.tsv does not name");
                            return null;
                        }
                        if (rating >= 0) {
                            String wrong = rating(rows.cell(rating));
                            if (wrong != null) {
                                return wrong.isEmpty() ? null : wrong;
                            }
                        }
                        EventKind kind = table.kind();
                        if (event >= 0) {
                            kind = table.kinds().get(stripped(rows.cell(event)));
                            if (kind == null) {
                                leaveOut("event '" + stripped(rows.cell(event)) + "'");
                                return null;
                            }
                        }
                        return time(rows, table.time().size(), into, user, item, kind);
                    });
        }
        if (into.size() == 0) {
            throw new Failure.Invalid(
                    "from",
                    "NO_EVENTS",
                    "at least 1 event must be read but there is none; rows: "
                            + log.rows()
                            + ", bad: "
                            + log.bad()
                            + ", left out: "
                            + dropped,
                    Map.of());
        }
        return dropped;
    }

    private static int add(List<Column> columns, java.util.Optional<Column> column) {
        column.ifPresent(columns::add);
        return column.isPresent() ? columns.size() - 1 : -1;
    }

    /// Null to keep the row, empty to leave it out, else what is wrong with it.
    private String rating(String text) {
        try {
            double rating = Double.parseDouble(stripped(text));
            if (rating < leastRating.getAsDouble()) {
                leaveOut("rating below " + leastRating.getAsDouble());
                return "";
            }
            return Double.isNaN(rating) ? "the rating is not a number" : null;
        } catch (NumberFormatException _) {
            return "the rating must be a number but is '" + text + "'";
        }
    }

    /// Adds the event, or says what is wrong with its time.
    private String time(
            Rows rows, int columns, Events into, String user, String item, EventKind kind) {
        if (columns == 0) {
            into.add(user, item, into.size(), 0, kind);
            return null;
        }
        String text = rows.cell(2);
        if (columns == 3) {
            text = text + "-" + rows.cell(3) + "-" + rows.cell(4);
        }
        Moment moment = text == null ? null : Moment.parse(text);
        if (moment == null) {
            return "the time must be a number or a date such as 2018-05-20T10:00:00Z but is '"
                    + text
                    + "'";
        }
        if (dates == null) {
            dates = moment.date();
        }
        if (dates != moment.date()) {
            return "the time must be a "
                    + (dates ? "date" : "number")
                    + " like those before it but is '"
                    + text
                    + "'";
        }
        into.add(user, item, moment.whole(), moment.nanos(), kind);
        return null;
    }

    private void leaveOut(String reason) {
        boolean known = dropped.containsKey(reason);
        dropped.merge(
                known || dropped.size() < MOST_KINDS ? reason : "other events", 1L, Long::sum);
    }

    /// Reads the texts of the items that were kept.
    void texts(Plan plan, Predicate<String> kept, Texts into) {
        plan.items().forEach(table -> items(table, kept, into));
        plan.facts().forEach(table -> facts(table, kept, into));
    }

    private void items(ItemTable table, Predicate<String> kept, Texts into) {
        List<Column> columns = new ArrayList<>(List.of(table.item()));
        table.texts().forEach(text -> columns.addAll(text.columns()));
        each(
                table.file(),
                columns,
                rows -> {
                    String item = stripped(rows.cell(0));
                    String problem = Ids.problem("item", item);
                    if (problem != null || !kept.test(item)) {
                        return problem;
                    }
                    String[] texts = new String[table.texts().size()];
                    int column = 1;
                    for (int i = 0; i < texts.length; i++) {
                        ItemTable.Text text = table.texts().get(i);
                        String[] cells = new String[text.columns().size()];
                        for (int c = 0; c < cells.length; c++) {
                            cells[c] = rows.cell(column++);
                        }
                        texts[i] = CleanText.of(text.make().of(cells), textLength);
                    }
                    into.add(item, texts);
                    return null;
                });
    }

    private void facts(FactTable table, Predicate<String> kept, Texts into) {
        List<Column> columns = new ArrayList<>(List.of(table.item(), table.value()));
        int name = add(columns, table.name());
        int time = add(columns, table.time());
        String only = name < 0 ? table.names().values().iterator().next() : null;
        each(
                table.file(),
                columns,
                rows -> {
                    String item = stripped(rows.cell(0));
                    String column = name < 0 ? only : table.names().get(stripped(rows.cell(name)));
                    if (column == null || !kept.test(item)) {
                        return null;
                    }
                    String value = table.make().apply(column, stripped(rows.cell(1)));
                    String text = CleanText.of(value, textLength);
                    Moment moment =
                            time < 0
                                    ? new Moment(0, 0, false)
                                    : Moment.parse(stripped(rows.cell(time)));
                    if (moment == null) {
                        return "the time must be a number or a date but is '"
                                + rows.cell(time)
                                + "'";
                    }
                    if (!text.isEmpty()) {
                        into.addFact(item, column, text, moment.whole(), moment.nanos());
                    }
                    return null;
                });
    }

    /// Takes a row, or says what is wrong with it.
    private interface RowTaker {
        String take(Rows rows);
    }

    /// Hands on every row of a file. What is wrong with rows counts when a file is read first, not when it is read again.
    private void each(TableFile file, List<Column> columns, RowTaker taker) {
        boolean first = known.add(file.path());
        log.start(file.path());
        progress.starts(file.path(), size(file.path()));
        try (Rows rows = file.open(columns, progress::read)) {
            while (rows.next()) {
                String problem = rows.problem() == null ? taker.take(rows) : rows.problem();
                if (first) {
                    log.row();
                    if (problem != null) {
                        log.reject(rows.number(), problem);
                    }
                }
            }
        } catch (IOException e) {
            throw new Failure.Invalid(
                    "from",
                    "FILE_UNREADABLE",
                    file.path() + " is cut off or damaged: " + e.getMessage(),
                    Map.of("file", file.path().toString()));
        }
        log.end();
    }

    private static long size(Path file) {
        try {
            return Files.isRegularFile(file) ? Files.size(file) : 0;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String stripped(String cell) {
        return cell == null ? "" : cell.strip();
    }
}
