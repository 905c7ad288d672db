package dev.lea.serving.feature;

import static dev.lea.serving.Checks.inRange;

import java.nio.LongBuffer;
import java.util.Objects;

/// A history as a policy reads it: the dense indices of its newest items, oldest first, padded on the right
/// with the index that no item has.
///
/// @param itemCount items in the catalogue, n, 1 or more; n itself is the padding
/// @param length    items that the policy reads at most, L, 1..10,000
public record HistoryFeature(int itemCount, int length) {
    public HistoryFeature {
        inRange("itemCount", itemCount, 1, Integer.MAX_VALUE - 1);
        inRange("length", length, 1, 10_000);
    }

    /// Writes the history `items[from..to)` as row `row` of a tensor [rows, L].
    ///
    /// @param items dense indices, each in [0, n)
    /// @param out   the whole tensor; its position and limit are left alone
    /// @return the row's length: items written, 1..L; an empty history is one padding of length 1
    public int write(int[] items, int from, int to, LongBuffer out, int row) {
        Objects.checkFromToIndex(from, to, items.length);
        int start = Math.max(from, to - length);
        int base = Math.multiplyExact(row, length);
        for (int i = 0; i < length; i++) {
            int at = start + i;
            out.put(base + i, at < to ? Objects.checkIndex(items[at], itemCount) : itemCount);
        }
        return Math.max(1, to - start);
    }
}
