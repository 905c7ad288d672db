package dev.lea.trainer.agent;

import static dev.lea.serving.Checks.inRange;
import static dev.lea.serving.Checks.require;

import java.util.Optional;

/// The items that a policy is trained on.
///
/// @param count n
/// @param rows  what the environment knows of them, n rows; needed by [ItemHead#TOKENS] alone
/// @param seen  one an item: whether it takes part in training; empty where all do. The others are scored, but nothing
///              is learned of them, also not that they were not chosen
public record PolicyItems(int count, Optional<ItemRows> rows, Optional<boolean[]> seen) {
    private static final float UNSEEN = -1e9f;

    public PolicyItems {
        inRange("count", count, 1, Integer.MAX_VALUE - 1);
        require(
                rows.isEmpty() || rows.get().count() == count,
                "rows must be " + count + " but are " + rows.map(ItemRows::count).orElse(0));
        require(
                seen.isEmpty() || (rows.isPresent() && seen.get().length == count),
                "seen must be one an item that has a row");
    }

    /// Items that are known by their indices alone.
    public static PolicyItems of(int count) {
        return new PolicyItems(count, Optional.empty(), Optional.empty());
    }

    /// Items that the environment knows.
    public static PolicyItems of(ItemRows rows) {
        return new PolicyItems(rows.count(), Optional.of(rows), Optional.empty());
    }

    /// Items that the environment knows, some of which do not take part in training.
    public static PolicyItems of(ItemRows rows, boolean[] seen) {
        return new PolicyItems(rows.count(), Optional.of(rows), Optional.of(seen.clone()));
    }

    /// Mean and deviation of the columns over the rows that take part in training.
    ItemRows.Spread spread() {
        ItemRows all = expectRows();
        return seen.map(s ->
                        all.at(
                                        java.util.stream.IntStream.range(0, count)
                                                .filter(item -> s[item])
                                                .toArray())
                                .spread())
                .orElseGet(all::spread);
    }

    /// What is added to the scores of all items while training: [n].
    Optional<float[]> mask() {
        return seen.map(s -> {
            float[] mask = new float[count];
            for (int item = 0; item < count; item++) {
                mask[item] = s[item] ? 0 : UNSEEN;
            }
            return mask;
        });
    }

    /// @throws IllegalArgumentException if there are none
    ItemRows expectRows() {
        return rows.orElseThrow(() ->
                new IllegalArgumentException(
                        "head TOKENS needs the environment's item rows and there are none"));
    }
}
