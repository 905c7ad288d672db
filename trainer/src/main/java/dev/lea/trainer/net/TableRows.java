package dev.lea.trainer.net;

import static dev.lea.serving.Checks.inRange;
import static dev.lea.serving.Checks.require;

/// Says of a parameter that it has so many rows that an update touches a few of them alone. The graph sees the rows
/// that were chosen for the update, in slots; the whole table stays outside of it, see [TrainingState].
///
/// @param choice name of the choice of rows, which several tables may share
/// @param rows   of the whole table
/// @param slots  of the graph; a choice may be longer, the first of it counts
public record TableRows(String choice, int rows, int slots) {
    /// Marks a slot of a choice that holds no row.
    public static final int EMPTY = -1;

    public TableRows {
        require(!choice.isEmpty(), "choice must have a name");
        inRange("rows", rows, 1, Integer.MAX_VALUE);
        inRange("slots", slots, 1, Integer.MAX_VALUE);
    }
}
