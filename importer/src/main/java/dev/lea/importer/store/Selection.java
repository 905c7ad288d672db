package dev.lea.importer.store;

import java.util.LinkedHashMap;
import java.util.Map;

/// Finds the users and items that stay, as tables `live_users` (u, events) and `live_items` (i, events).
///
/// Only the two tables are made anew in each round; the events stay where they are until the end, which costs a scan a
/// round instead of a copy.
final class Selection {
    private final Database database;
    private final Rules rules;
    private final Map<String, Long> dropped = new LinkedHashMap<>();
    private long events;

    Selection(Database database, Rules rules) {
        this.database = database;
        this.rules = rules;
    }

    /// Events that fall out, by reason.
    Map<String, Long> select() {
        events = database.number("SELECT count(*) FROM events");
        database.execute("CREATE TABLE live_users AS SELECT DISTINCT u FROM events");
        database.execute("CREATE TABLE live_items AS SELECT DISTINCT i FROM events");
        String ofUsers = "of users with fewer than " + rules.leastPerUser() + counted();
        String ofItems = "of items with fewer than " + rules.leastPerItem() + " events";
        boolean users =
                rules.leastPerUser() > 1 && keep("users", "u", rules.leastPerUser(), ofUsers);
        sample();
        boolean items = true;
        while (rules.leastPerItem() > 1 && items) {
            items = keep("items", "i", rules.leastPerItem(), ofItems);
            if (!rules.toFixpoint() || !items) {
                break;
            }
            users = rules.leastPerUser() > 1 && keep("users", "u", rules.leastPerUser(), ofUsers);
            items = users;
        }
        return dropped;
    }

    private String counted() {
        return rules.clicksOnly() ? " clicks" : " events";
    }

    /// Keeps users, or items, that have enough events among what is live; true where one fell out.
    private boolean keep(String what, String key, int least, String reason) {
        boolean clicksOnly = what.equals("users") && rules.clicksOnly();
        String live = "live_" + what;
        long before = database.number("SELECT count(*) FROM " + live);
        database.execute(
                "CREATE TABLE next AS SELECT "
                        + key
                        + ", count(*) AS events FROM events WHERE u IN (SELECT u FROM live_users)"
                        + " AND i IN (SELECT i FROM live_items) GROUP BY "
                        + key
                        + " HAVING count(*) "
                        + (clicksOnly ? "FILTER (kind <> " + EventKind.PURCHASE.code() + ") " : "")
                        + ">= "
                        + least);
        replace(live);
        count(reason, database.number("SELECT sum(events) FROM " + live));
        return database.number("SELECT count(*) FROM " + live) < before;
    }

    private void sample() {
        if (rules.sample() == 0) {
            return;
        }
        database.execute(
                "CREATE TABLE next AS SELECT u FROM live_users JOIN users ON number = u ORDER BY md5("
                        + Database.quoted("sample " + rules.seed() + " ")
                        + " || id), id LIMIT "
                        + rules.sample());
        replace("live_users");
        count(
                "of users outside the sample",
                database.number(
                        "SELECT count(*) FROM events WHERE u IN (SELECT u FROM live_users)"));
    }

    private void replace(String live) {
        database.execute("DROP TABLE " + live);
        database.execute("ALTER TABLE next RENAME TO " + live);
    }

    private void count(String reason, long left) {
        dropped.merge(reason, events - left, Long::sum);
        events = left;
    }
}
