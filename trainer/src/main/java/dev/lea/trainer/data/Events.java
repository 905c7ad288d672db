package dev.lea.trainer.data;

import dev.lea.serving.Failure;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/// The rows of `interactions.tsv`, column by column, in the file's order.
final class Events {
    private static final Pattern DECIMAL =
            Pattern.compile("[+-]?[0-9]{1,30}(\\.[0-9]{0,30})?([eE][+-]?[0-9]{1,3})?");
    private static final double BEYOND_LONG = 0x1.0p63;

    private final Map<String, Integer> users = new HashMap<>();
    private final Map<String, Integer> items = new HashMap<>();
    private int size;
    private int[] user = new int[1 << 10];
    private int[] item = new int[1 << 10];
    private byte[] event = new byte[1 << 10];
    // A time is a whole part and a fraction in [0, 1): nanoseconds of an epoch fit, and so does
    // "12.5".
    private long[] whole = new long[1 << 10];
    private float[] fraction = new float[1 << 10];
    private boolean clicked;
    private boolean purchased;

    private Events() {}

    /// @throws Failure.Invalid if the file is missing, lacks a column or has no usable row
    static Events read(Path file, BadRows.Log bad) throws IOException {
        var events = new Events();
        try (var table = TableReader.open(file, bad, "user", "item", "timestamp")) {
            int user = table.column("user");
            int item = table.column("item");
            int timestamp = table.column("timestamp");
            int event = table.column("event");
            long rows = 0;
            while (table.next()) {
                rows++;
                String problem =
                        events.add(
                                table.cell(user),
                                table.cell(item),
                                table.cell(timestamp),
                                event < 0 ? "purchase" : table.cell(event));
                if (problem != null) {
                    table.reject(problem);
                }
            }
            if (events.size == 0) {
                BadRows found = bad.rows();
                throw DataFailures.invalid(
                        "DATA_NO_ROWS",
                        file
                                + " must have at least 1 usable row but has 0"
                                + (found.count() == 0
                                        ? ""
                                        : "; "
                                                + found.count()
                                                + " bad, "
                                                + found.examples().get(0)),
                        Map.of("file", file.toString(), "rows", Long.toString(rows)));
            }
        }
        return events;
    }

    int size() {
        return size;
    }

    List<String> userIds() {
        return IdOrder.sorted(users.keySet());
    }

    List<String> itemIds() {
        return IdOrder.sorted(items.keySet());
    }

    /// True where both event types occur.
    boolean hasTypes() {
        return clicked && purchased;
    }

    /// Each user's events, oldest first, users in the order of `userIds`, items as indices into
    /// `itemIds`.
    List<Sequence> sequences(List<String> userIds, List<String> itemIds) {
        int[] userIndex = places(users, userIds);
        int[] itemIndex = places(items, itemIds);
        int[] start = new int[userIds.size() + 1];
        for (int row = 0; row < size; row++) {
            start[userIndex[user[row]] + 1]++;
        }
        Arrays.parallelPrefix(start, Integer::sum);
        Integer[] rows = new Integer[size];
        int[] filled = Arrays.copyOf(start, userIds.size());
        for (int row = 0; row < size; row++) {
            rows[filled[userIndex[user[row]]]++] = row;
        }
        List<Sequence> sequences = new ArrayList<>(userIds.size());
        for (int u = 0; u < userIds.size(); u++) {
            // Stable: rows of the same time stay in the file's order.
            Arrays.sort(rows, start[u], start[u + 1], this::compareTimes);
            int length = start[u + 1] - start[u];
            int[] sequence = new int[length];
            byte[] types = hasTypes() ? new byte[length] : null;
            for (int i = 0; i < length; i++) {
                int row = rows[start[u] + i];
                sequence[i] = itemIndex[item[row]];
                if (types != null) {
                    types[i] = event[row];
                }
            }
            sequences.add(new Sequence(userIds.get(u), sequence, types));
        }
        return sequences;
    }

    /// Takes a row, or answers why not.
    private String add(String userId, String itemId, String timestamp, String type) {
        if (userId.isBlank() || itemId.isBlank()) {
            return (userId.isBlank() ? "the user" : "the item") + " id is empty";
        }
        if (!type.equals("click") && !type.equals("purchase")) {
            return "the event must be click or purchase but is '" + type + "'";
        }
        grow();
        if (!parseTime(timestamp)) {
            return "the timestamp must be a number but is '" + timestamp + "'";
        }
        user[size] = users.computeIfAbsent(userId, id -> users.size());
        item[size] = items.computeIfAbsent(itemId, id -> items.size());
        event[size] = type.equals("click") ? Sequence.CLICK : Sequence.PURCHASE;
        clicked |= event[size] == Sequence.CLICK;
        purchased |= event[size] == Sequence.PURCHASE;
        size++;
        return null;
    }

    private boolean parseTime(String timestamp) {
        String trimmed = timestamp.strip();
        if (!DECIMAL.matcher(trimmed).matches()) {
            return false;
        }
        try {
            whole[size] = Long.parseLong(trimmed);
            fraction[size] = 0;
            return true;
        } catch (NumberFormatException e) {
            double time = Double.parseDouble(trimmed);
            double floor = Math.floor(time);
            if (!(Math.abs(floor) < BEYOND_LONG)) {
                return false;
            }
            whole[size] = (long) floor;
            fraction[size] = (float) (time - floor);
            return true;
        }
    }

    private int compareTimes(int a, int b) {
        int byWhole = Long.compare(whole[a], whole[b]);
        return byWhole != 0 ? byWhole : Float.compare(fraction[a], fraction[b]);
    }

    private void grow() {
        if (size == user.length) {
            int capacity = 2 * size;
            user = Arrays.copyOf(user, capacity);
            item = Arrays.copyOf(item, capacity);
            event = Arrays.copyOf(event, capacity);
            whole = Arrays.copyOf(whole, capacity);
            fraction = Arrays.copyOf(fraction, capacity);
        }
    }

    /// From the number an id got when it was first seen to its place in `ids`.
    private static int[] places(Map<String, Integer> numbers, List<String> ids) {
        int[] places = new int[ids.size()];
        for (int place = 0; place < ids.size(); place++) {
            places[numbers.get(ids.get(place))] = place;
        }
        return places;
    }
}
