package dev.lea.importer.store;

import java.sql.SQLException;
import java.util.LinkedHashMap;
import java.util.Map;
import org.duckdb.DuckDBAppender;

/// Events as they are read, in the order of the files.
///
/// ## Tables
/// `raw` (seq, user_id, item_id, whole, nanos, kind) while reading; then `users` and `items` (number, id), numbered in the
/// order of ids, and `events` (seq, u, i, whole, nanos, kind).
public final class Events implements AutoCloseable {
    private final Database database;
    private final DuckDBAppender appender;
    private long size;
    private boolean open = true;

    private Events(Database database, DuckDBAppender appender) {
        this.database = database;
        this.appender = appender;
    }

    public static Events create(Database database) {
        database.execute(
                "CREATE TABLE raw (seq BIGINT, user_id VARCHAR, item_id VARCHAR, whole BIGINT, nanos INTEGER, kind TINYINT)");
        return new Events(database, database.appender("raw"));
    }

    /// Adds an event behind those that were added.
    ///
    /// @param whole the time's integer part, rounded down
    /// @param nanos billionths beyond it
    public void add(String user, String item, long whole, int nanos, EventKind kind) {
        try {
            appender.beginRow();
            appender.append(size);
            appender.append(user);
            appender.append(item);
            appender.append(whole);
            appender.append(nanos);
            appender.append((byte) kind.code());
            appender.endRow();
            size++;
        } catch (SQLException e) {
            throw Database.failure(e);
        }
    }

    /// Events that were added.
    public long size() {
        return size;
    }

    /// Ends the adding, applies the rules and puts what is left in order.
    public Sequences sequences(Rules rules) {
        close();
        number("user_id", "users");
        number("item_id", "items");
        database.execute(
                "CREATE TABLE events AS SELECT seq, u.number AS u, i.number AS i, whole, nanos, kind FROM raw"
                        + " JOIN users u ON u.id = user_id JOIN items i ON i.id = item_id");
        database.execute("DROP TABLE raw");
        Map<String, Long> dropped = new LinkedHashMap<>();
        dropped.put("the same event again", dropDuplicates(rules.duplicates()));
        dropped.putAll(new Selection(database, rules).select());
        return Sequences.create(database, rules, dropped);
    }

    /// Gives numbers to the ids of a column: by number where all are written in digits, else by their characters.
    private void number(String column, String table) {
        database.execute(
                "CREATE TABLE distinct_ids AS SELECT DISTINCT " + column + " AS id FROM raw");
        boolean digits =
                database.number(
                                "SELECT count(*) FROM distinct_ids WHERE NOT regexp_full_match(id, '[0-9]+')")
                        == 0;
        database.execute(
                "CREATE TABLE "
                        + table
                        + " AS SELECT (row_number() OVER (ORDER BY "
                        + (digits ? "length(ltrim(id, '0')), ltrim(id, '0'), id" : "id")
                        + ") - 1)::INTEGER AS number, id FROM distinct_ids");
        database.execute("DROP TABLE distinct_ids");
    }

    private long dropDuplicates(Duplicates duplicates) {
        String partition =
                switch (duplicates) {
                    case KEEP -> null;
                    case EXACT -> "u, i, whole, nanos, kind ORDER BY seq";
                    case FIRST -> "u, i, kind ORDER BY whole, nanos, seq";
                    case LAST -> "u, i, kind ORDER BY whole DESC, nanos DESC, seq DESC";
                };
        if (partition == null) {
            return 0;
        }
        long before = size;
        database.execute(
                "CREATE TABLE single AS SELECT * FROM events QUALIFY row_number() OVER (PARTITION BY "
                        + partition
                        + ") = 1");
        database.execute("DROP TABLE events");
        database.execute("ALTER TABLE single RENAME TO events");
        return before - database.number("SELECT count(*) FROM events");
    }

    @Override
    public void close() {
        if (!open) {
            return;
        }
        open = false;
        try {
            appender.close();
        } catch (SQLException e) {
            throw Database.failure(e);
        }
    }
}
