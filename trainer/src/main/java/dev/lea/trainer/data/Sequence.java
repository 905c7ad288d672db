package dev.lea.trainer.data;

import java.util.Arrays;

/// What one user did, oldest first. Immutable.
public final class Sequence {
    /// Event: looked at.
    public static final byte CLICK = 0;

    /// Event: bought.
    public static final byte PURCHASE = 1;

    private static final float CLICK_REWARD = 0.2f;
    private static final float PURCHASE_REWARD = 1;

    private final String userId;
    private final int[] items;
    private final byte[] events;

    /// @param items indices into the catalogue, at least one
    /// @param events one an item, or null where the data set has one event type only
    public Sequence(String userId, int[] items, byte[] events) {
        if (userId.isEmpty()) {
            throw new IllegalArgumentException("userId must not be empty");
        }
        if (items.length == 0) {
            throw new IllegalArgumentException("user " + userId + " must have an event but has 0");
        }
        if (events != null && events.length != items.length) {
            throw new IllegalArgumentException(
                    "events must be " + items.length + " long but are " + events.length);
        }
        this.userId = userId;
        this.items = items.clone();
        this.events = events == null ? null : events.clone();
    }

    public String userId() {
        return userId;
    }

    /// Events, at least 1.
    public int length() {
        return items.length;
    }

    /// Catalogue index of an event's item.
    public int item(int position) {
        return items[position];
    }

    /// All items; a copy.
    public int[] items() {
        return items.clone();
    }

    /// The items before `position`; a copy, empty for 0.
    public int[] prefix(int position) {
        return Arrays.copyOf(items, position);
    }

    /// Copies the items `[from, to)` to `target`, from `offset` on.
    public void copy(int from, int to, int[] target, int offset) {
        System.arraycopy(items, from, target, offset, to - from);
    }

    /// True where events are told apart.
    public boolean hasEvents() {
        return events != null;
    }

    /// [#CLICK] or [#PURCHASE]; [#PURCHASE] where the data set has one event type only.
    public byte event(int position) {
        return events == null ? PURCHASE : events[position];
    }

    /// The reward by hand: 0.2 for a click, 1.0 for a purchase, 1.0 where there is one event type.
    public float reward(int position) {
        return event(position) == CLICK ? CLICK_REWARD : PURCHASE_REWARD;
    }
}
