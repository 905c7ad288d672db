package dev.lea.environment.model;

import static dev.lea.serving.Checks.inRange;

/// How much a native run is given at once.
///
/// Blocks of one prefix may share a row, which saves repeating the trunk, but attention costs the square of the
/// row. With L places of trunk, of which R are remembered and not run, m of blocks, and `balance` the row's length at
/// which attention costs as much as everything else, a block's place costs `(L - R + m) (L + m + balance) / m`, least
/// at `m = sqrt((L - R) (L + balance))`.
///
/// @param rowPlaces  places of a row at most, 16..65536; only a trunk that is longer with one block exceeds it
/// @param passPlaces places of all rows of a pass together, rowPlaces..1048576; only a row that is longer by itself
///                   exceeds it
/// @param balance    length of a row at which attention costs as much as everything else, 1..65536
public record PassLimits(int rowPlaces, int passPlaces, int balance) {
    /// Places of blocks in a row: fewer would let the cost of a row itself matter.
    private static final int LEAST_BLOCKS = 32;

    private static final int JOINED_PLACES = 256;

    public static final PassLimits DEFAULT = new PassLimits(1024, 1024, 256);

    public PassLimits {
        inRange("rowPlaces", rowPlaces, 16, 1 << 16);
        inRange("passPlaces", passPlaces, rowPlaces, 1 << 20);
        inRange("balance", balance, 1, 1 << 16);
    }

    /// With the length at which attention costs as much as everything else.
    public PassLimits withBalance(int balance) {
        return new PassLimits(rowPlaces, passPlaces, balance);
    }

    public PassLimits withPassPlaces(int passPlaces) {
        return new PassLimits(Math.min(rowPlaces, passPlaces), passPlaces, balance);
    }

    /// Places of a pass that rows of different calls join: beyond these a run is hardly more efficient, but every
    /// caller in it waits for all.
    int joinedPlaces() {
        return Math.min(passPlaces, JOINED_PLACES);
    }

    /// Places of blocks that a row should take, 1 or more.
    ///
    /// @param trunk  places of the trunk
    /// @param recall those that are not run
    int blockPlaces(int trunk, int recall) {
        double best = Math.sqrt((double) (trunk - recall) * (trunk + balance));
        return (int) Math.max(1, Math.min(rowPlaces - trunk, Math.max(best, LEAST_BLOCKS)));
    }
}
