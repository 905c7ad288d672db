package dev.lea.importer.store;

import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.duckdb.DuckDBAppender;

/// Texts of the items that are kept, as they are read.
///
/// ## Tables
/// `texts` (seq, item_id, c0, c1, ...): rows that have a text for each column; `facts` (seq, item_id, name, value, whole,
/// nanos): single values, of which an item may have many; then `titles` (i, c0, ..), a row an item.
public final class Texts implements AutoCloseable {
    /// How an item's values of a name become one text.
    public enum Combine {
        /// The newest value.
        NEWEST,
        /// The most frequent values, the most frequent first.
        MOST_FREQUENT
    }

    /// A column made of facts.
    ///
    /// @param most values that are taken
    public record FactColumn(String name, Combine combine, int most) {}

    private final Database database;
    private final List<String> columns;
    private final List<FactColumn> facts;
    private final DuckDBAppender rows;
    private final DuckDBAppender values;
    private long size;
    private boolean open = true;
    private List<String> written = List.of();
    private long repeated;

    private Texts(
            Database database,
            List<String> columns,
            List<FactColumn> facts,
            DuckDBAppender rows,
            DuckDBAppender values) {
        this.database = database;
        this.columns = columns;
        this.facts = facts;
        this.rows = rows;
        this.values = values;
    }

    /// @param columns names of the columns that rows have, the title's first
    /// @param facts columns behind those
    public static Texts create(Database database, List<String> columns, List<FactColumn> facts) {
        database.execute(
                "CREATE TABLE texts (seq BIGINT, item_id VARCHAR"
                        + numbered(0, columns.size(), ", c%d VARCHAR")
                        + ")");
        database.execute(
                "CREATE TABLE facts (seq BIGINT, item_id VARCHAR, name VARCHAR, value VARCHAR, whole BIGINT, nanos INTEGER)");
        return new Texts(
                database,
                List.copyOf(columns),
                List.copyOf(facts),
                database.appender("texts"),
                database.appender("facts"));
    }

    /// Adds an item's row; of several the first counts.
    public void add(String item, String[] texts) {
        try {
            rows.beginRow();
            rows.append(size++);
            rows.append(item);
            for (String text : texts) {
                rows.append(text);
            }
            rows.endRow();
        } catch (SQLException e) {
            throw Database.failure(e);
        }
    }

    /// Adds a value.
    public void addFact(String item, String name, String value, long whole, int nanos) {
        try {
            values.beginRow();
            values.append(size++);
            values.append(item);
            values.append(name);
            values.append(value);
            values.append(whole);
            values.append(nanos);
            values.endRow();
        } catch (SQLException e) {
            throw Database.failure(e);
        }
    }

    /// Ends the adding: one row for each item that is kept, columns that are empty for all left out.
    ///
    /// @param idAsText true to write an item's id where it has no text
    public void finish(boolean idAsText) {
        close();
        List<String> names = new ArrayList<>(columns);
        StringBuilder joins =
                new StringBuilder(
                        " LEFT JOIN (SELECT texts.* FROM texts JOIN (SELECT min(seq) AS seq FROM texts GROUP BY item_id)"
                                + " USING (seq)) t ON t.item_id = items.id");
        StringBuilder selected =
                new StringBuilder(numbered(0, columns.size(), ", coalesce(t.c%1$d, '') AS c%1$d"));
        for (FactColumn fact : facts) {
            String alias = "f" + names.size();
            joins.append(" LEFT JOIN (").append(combined(fact)).append(") ").append(alias);
            joins.append(" ON ").append(alias).append(".item_id = items.id");
            selected.append(", coalesce(").append(alias).append(".value, '') AS c");
            selected.append(names.size());
            names.add(fact.name);
        }
        database.execute(
                "CREATE TABLE titles AS SELECT i"
                        + selected
                        + " FROM kept JOIN items ON number = i"
                        + joins);
        repeated = database.number("SELECT count(*) - count(DISTINCT item_id) FROM texts");
        dropEmpty(names);
        if (idAsText) {
            fillWithIds();
        }
    }

    private static String combined(FactColumn fact) {
        String chosen = " FROM facts WHERE name = " + Database.quoted(fact.name);
        return switch (fact.combine) {
            case NEWEST ->
                    "SELECT item_id, value"
                            + chosen
                            + " QUALIFY row_number() OVER (PARTITION BY item_id ORDER BY whole DESC, nanos DESC, seq DESC) = 1";
            case MOST_FREQUENT ->
                    "SELECT item_id, string_agg(value, ', ' ORDER BY often DESC, first) AS value FROM (SELECT item_id, value, count(*) AS often, min(seq) AS first"
                            + chosen
                            + " GROUP BY item_id, value QUALIFY row_number() OVER (PARTITION BY item_id ORDER BY count(*) DESC, min(seq)) <= "
                            + fact.most
                            + ") GROUP BY item_id";
        };
    }

    private void dropEmpty(List<String> names) {
        written = new ArrayList<>();
        for (int column = 0; column < names.size(); column++) {
            if (database.number("SELECT count(*) FROM titles WHERE c" + column + " <> ''") == 0) {
                database.execute("ALTER TABLE titles DROP COLUMN c" + column);
            } else {
                database.execute(
                        "ALTER TABLE titles RENAME COLUMN c" + column + " TO w" + written.size());
                written.add(names.get(column));
            }
        }
    }

    private void fillWithIds() {
        if (written.isEmpty()) {
            database.execute("ALTER TABLE titles ADD COLUMN w0 VARCHAR DEFAULT ''");
            written = List.of("title");
        }
        database.execute(
                "UPDATE titles SET w0 = items.id FROM items WHERE items.number = titles.i AND "
                        + isEmpty());
    }

    private String isEmpty() {
        return numbered(0, written.size(), "w%d || ").concat("'' = ''");
    }

    /// Names of the columns that have a text.
    public List<String> columns() {
        return written;
    }

    /// Rows of items that had one already.
    public long repeated() {
        return repeated;
    }

    /// Items with a text.
    long withText() {
        return database.number("SELECT count(*) FROM titles WHERE NOT (" + isEmpty() + ")");
    }

    /// Mean characters of the items that have a text.
    double averageLength() {
        long items = withText();
        String sum = numbered(0, written.size(), "length(w%d) + ") + "0";
        return items == 0
                ? 0
                : (double) database.number("SELECT sum(" + sum + ") FROM titles") / items;
    }

    /// Writes `items.tsv`.
    public void write(Path file) {
        String cells = "";
        for (int column = 0; column < written.size(); column++) {
            cells += ", w" + column + " AS \"" + written.get(column).replace("\"", "\"\"") + '"';
        }
        database.write(
                "SELECT id AS item" + cells + " FROM titles JOIN items ON number = i ORDER BY i",
                file);
    }

    private static String numbered(int from, int to, String pattern) {
        return java.util.stream.IntStream.range(from, to)
                .mapToObj(pattern::formatted)
                .collect(Collectors.joining());
    }

    @Override
    public void close() {
        if (!open) {
            return;
        }
        open = false;
        try {
            rows.close();
            values.close();
        } catch (SQLException e) {
            throw Database.failure(e);
        }
    }
}
