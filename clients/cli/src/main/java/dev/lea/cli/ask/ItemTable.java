package dev.lea.cli.ask;

import dev.lea.cli.terminal.Format;
import dev.lea.cli.terminal.Table;
import java.util.ArrayList;
import java.util.List;

/// Items with what was said of them, one a row, with their titles where these are known.
final class ItemTable {
    private static final int OTHER_COLUMNS = 56;
    private static final int LONGEST_ID = 36;
    private static final int NEWEST = 5;

    private final Answers answers;
    private final Titles titles;
    private Table table;
    private int rows;

    ItemTable(Answers answers, Titles titles) {
        this.answers = answers;
        this.titles = titles;
    }

    /// Tells what the user did; of a long history the newest.
    void history(List<String> ids) {
        if (!titles.any() || ids.isEmpty()) {
            return;
        }
        int from = Math.max(0, ids.size() - NEWEST);
        answers.note(
                from == 0
                        ? "  after"
                        : "  after %s items, of which the newest"
                                .formatted(Format.count(ids.size())));
        for (String id : ids.subList(from, ids.size())) {
            answers.say(
                    "    "
                            + Format.left(Format.fit(id, LONGEST_ID), 12)
                            + "  "
                            + Format.fit(titles.of(id), answers.titleWidth(20)));
        }
    }

    /// @param columns behind place, item and title
    void begin(List<String> columns) {
        List<String> header = new ArrayList<>(List.of("", "item"));
        if (titles.any()) {
            header.add("title");
        }
        header.addAll(columns);
        table = answers.table(header.toArray(String[]::new));
    }

    void add(String item, List<String> cells) {
        List<String> row =
                new ArrayList<>(List.of(Integer.toString(++rows), Format.fit(item, LONGEST_ID)));
        if (titles.any()) {
            row.add(Format.fit(titles.of(item), answers.titleWidth(OTHER_COLUMNS)));
        }
        row.addAll(cells);
        table.row(row);
    }

    /// @param skipped ids that were left out
    void end(List<String> skipped) {
        answers.show(table);
        answers.skipped(skipped);
    }
}
