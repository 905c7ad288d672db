package dev.lea.importer.store;

import dev.lea.serving.Failure;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// The events that are kept, users in the order of their ids, a user's events by time; what the trainer's folder holds.
///
/// ## Tables
/// `sequence` (u, i, whole, nanos, kind), its rows in order; `kept` (i): its items.
public final class Sequences {
    /// Users that a data set must have to be split 8:1:1.
    public static final int LEAST_USERS = 10;

    /// Items that a data set must have.
    public static final int LEAST_ITEMS = 2;

    private static final String TIME =
            "CASE WHEN nanos = 0 THEN whole::VARCHAR"
                    + " WHEN whole >= 0 THEN whole::VARCHAR || '.' || rtrim(lpad(nanos::VARCHAR, 9, '0'), '0')"
                    + " ELSE '-' || (-(whole + 1))::VARCHAR || '.' || rtrim(lpad((1000000000 - nanos)::VARCHAR, 9, '0'), '0')"
                    + " END";

    private final Database database;
    private final Rules rules;
    private final Map<String, Long> dropped;
    private final boolean kinds;

    private Sequences(Database database, Rules rules, Map<String, Long> dropped, boolean kinds) {
        this.database = database;
        this.rules = rules;
        this.dropped = dropped;
        this.kinds = kinds;
    }

    static Sequences create(Database database, Rules rules, Map<String, Long> dropped) {
        String ties =
                rules.ties() == Ties.FILE
                        ? "seq"
                        : "md5_number("
                                + Database.quoted("ties " + rules.seed() + " ")
                                + " || seq::VARCHAR), seq";
        database.execute(
                "CREATE TABLE sequence AS SELECT u, i, whole, nanos, kind FROM events"
                        + " WHERE u IN (SELECT u FROM live_users) AND i IN (SELECT i FROM live_items)"
                        + " ORDER BY u, whole, nanos, "
                        + ties);
        database.execute("DROP TABLE events");
        database.execute("CREATE TABLE kept AS SELECT DISTINCT i FROM sequence");
        boolean kinds =
                database.number(
                                "SELECT count(*) FROM sequence WHERE kind <> "
                                        + EventKind.NONE.code())
                        > 0;
        return new Sequences(database, rules, dropped, kinds);
    }

    /// Events that the rules dropped, by reason.
    public Map<String, Long> dropped() {
        return dropped;
    }

    /// Looks whether enough is left to train on.
    ///
    /// @throws Failure.Invalid if not
    public void check() {
        long users = database.number("SELECT count(DISTINCT u) FROM sequence");
        long items = database.number("SELECT count(*) FROM kept");
        if (users < LEAST_USERS || items < LEAST_ITEMS) {
            throw new Failure.Invalid(
                    "from",
                    "TOO_LITTLE_LEFT",
                    "at least "
                            + LEAST_USERS
                            + " users and "
                            + LEAST_ITEMS
                            + " items must be left but there are "
                            + users
                            + " and "
                            + items
                            + "; events dropped: "
                            + dropped,
                    Map.of("users", Long.toString(users), "items", Long.toString(items)));
        }
    }

    /// Writes `interactions.tsv`.
    public void writeInteractions(Path file) {
        database.write(
                "SELECT users.id AS \"user\", items.id AS item, "
                        + TIME
                        + " AS \"timestamp\""
                        + (kinds
                                ? ", CASE kind WHEN "
                                        + EventKind.CLICK.code()
                                        + " THEN 'click' ELSE 'purchase' END AS event"
                                : "")
                        + " FROM (SELECT *, row_number() OVER () AS n FROM sequence)"
                        + " JOIN users ON users.number = u JOIN items ON items.number = i ORDER BY n",
                file);
    }

    /// Writes `split_*.tsv`: users in a drawn order, the first tenth to test, the second to validate, the rest to train.
    public void writeSplit(Path file) {
        database.write(
                "WITH drawn AS (SELECT u, id, row_number() OVER (ORDER BY md5("
                        + Database.quoted("split " + rules.seed() + " ")
                        + " || id), id) AS place, count(*) OVER () // 10 AS tenth"
                        + " FROM (SELECT DISTINCT u FROM sequence) JOIN users ON number = u)"
                        + " SELECT id AS \"user\", CASE WHEN place <= tenth THEN 'test'"
                        + " WHEN place <= 2 * tenth THEN 'valid' ELSE 'train' END AS split FROM drawn ORDER BY u",
                file);
    }

    /// A filter for items: true for those that were kept, and wrongly for about one in 2^40 others.
    public java.util.function.Predicate<String> keptItems() {
        long[] hashes = new long[Math.toIntExact(database.number("SELECT count(*) FROM kept"))];
        int[] at = {0};
        database.each(
                "SELECT id FROM kept JOIN items ON number = i",
                row -> hashes[at[0]++] = hash((String) row.getFirst()));
        Arrays.sort(hashes);
        return id -> Arrays.binarySearch(hashes, hash(id)) >= 0;
    }

    private static long hash(String id) {
        long hash = 0xcbf29ce484222325L;
        for (int at = 0; at < id.length(); at++) {
            hash = (hash ^ id.charAt(at)) * 0x100000001b3L;
        }
        hash ^= hash >>> 32;
        return hash * 0x9E3779B97F4A7C15L;
    }

    /// Counts what is there.
    ///
    /// @param texts of the items
    public Statistics statistics(Texts texts) {
        List<Object> sizes =
                database.rows(
                                """
                                SELECT count(*), min(events), quantile_disc(events, 0.25), quantile_disc(events, 0.5),
                                    quantile_disc(events, 0.75), max(events), sum(events)
                                FROM (SELECT count(*) AS events FROM sequence GROUP BY u)\
                                """)
                        .getFirst();
        Map<String, Long> byKind = new HashMap<>();
        for (List<Object> row :
                database.rows("SELECT kind, count(*) FROM sequence GROUP BY kind")) {
            byKind.put(EventKind.of(((Number) row.get(0)).intValue()).label(), number(row, 1));
        }
        List<Object> ties = ties();
        long items = database.number("SELECT count(*) FROM kept");
        List<String> bounds = new ArrayList<>();
        database.each(
                "SELECT "
                        + TIME
                        + " FROM (SELECT whole, nanos FROM sequence ORDER BY whole, nanos LIMIT 1)",
                row -> bounds.add((String) row.getFirst()));
        database.each(
                "SELECT "
                        + TIME
                        + " FROM (SELECT whole, nanos FROM sequence ORDER BY whole DESC, nanos DESC LIMIT 1)",
                row -> bounds.add((String) row.getFirst()));
        return new Statistics(
                number(sizes, 0),
                items,
                number(sizes, 6),
                database.number("SELECT count(*) FROM (SELECT DISTINCT u, i FROM sequence)"),
                new Statistics.Lengths(
                        number(sizes, 1),
                        number(sizes, 2),
                        number(sizes, 3),
                        number(sizes, 4),
                        number(sizes, 5)),
                byKind,
                texts.withText(),
                texts.averageLength(),
                bounds.isEmpty() ? Optional.empty() : Optional.of(String.join(" to ", bounds)),
                new Statistics.TieShares(
                        number(ties, 0),
                        number(ties, 1),
                        number(ties, 2),
                        number(ties, 3),
                        number(ties, 4)));
    }

    /// Neighbours in a user's sequence; those of one time; those of them whose items differ, and ascend; users most of
    /// whose neighbours are of one time.
    private List<Object> ties() {
        return database.rows(
                        """
                        WITH pairs AS (
                            SELECT u, i, lag(u) OVER () = u AS same_user,
                                lag(whole) OVER () = whole AND lag(nanos) OVER () = nanos AS tied,
                                lag(i) OVER () AS before
                            FROM sequence),
                        by_user AS (
                            SELECT u, count(*) AS pairs, count(*) FILTER (tied) AS tied,
                                count(*) FILTER (tied AND i <> before) AS differ,
                                count(*) FILTER (tied AND i > before) AS ascending
                            FROM pairs WHERE same_user GROUP BY u)
                        SELECT sum(pairs), sum(tied), sum(differ), sum(ascending), count(*) FILTER (2 * tied > pairs)
                        FROM by_user\
                        """)
                .getFirst();
    }

    private static long number(List<Object> row, int place) {
        return ((Number) row.get(place)).longValue();
    }
}
