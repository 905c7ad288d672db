package dev.lea.trainer.agent;

import static dev.lea.serving.Checks.inRange;
import static dev.lea.serving.Checks.require;

import java.util.Optional;

/// The items that a policy is trained on.
///
/// @param count n
/// @param rows  what the environment knows of them, n rows; needed by [ItemHead#TOKENS] alone
public record PolicyItems(int count, Optional<ItemRows> rows) {
    public PolicyItems {
        inRange("count", count, 1, Integer.MAX_VALUE - 1);
        require(
                rows.isEmpty() || rows.get().count() == count,
                "rows must be " + count + " but are " + rows.map(ItemRows::count).orElse(0));
    }

    /// Items that are known by their indices alone.
    public static PolicyItems of(int count) {
        return new PolicyItems(count, Optional.empty());
    }

    /// Items that the environment knows.
    public static PolicyItems of(ItemRows rows) {
        return new PolicyItems(rows.count(), Optional.of(rows));
    }

    /// @throws IllegalArgumentException if there are none
    ItemRows expectRows() {
        return rows.orElseThrow(() ->
                new IllegalArgumentException(
                        "head TOKENS needs the environment's item rows and there are none"));
    }
}
