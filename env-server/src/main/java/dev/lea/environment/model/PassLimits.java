package dev.lea.environment.model;

import static dev.lea.serving.Checks.inRange;

/// How much a native run is given at once.
///
/// Blocks of one prefix may share a row, which saves repeating the trunk, but attention costs the square of the
/// row. With L places of trunk, m of blocks, and `balance` the row's length at which attention costs as much as
/// everything else, a block's place costs `(L + m) (L + m + balance) / m`, least at `m = sqrt(L (L + balance))`.
///
/// @param rowPlaces  places of a row at most, 16..65536; only a trunk that is longer with one block exceeds it
/// @param passPlaces places of all rows of a pass together, rowPlaces..1048576; only a row that is longer by itself
///                   exceeds it
/// @param balance    length of a row at which attention costs as much as everything else, 1..65536
public record PassLimits(int rowPlaces, int passPlaces, int balance) {
    public static final PassLimits DEFAULT = new PassLimits(1024, 1024, 256);

    public PassLimits {
        inRange("rowPlaces", rowPlaces, 16, 1 << 16);
        inRange("passPlaces", passPlaces, rowPlaces, 1 << 20);
        inRange("balance", balance, 1, 1 << 16);
    }

    public PassLimits withPassPlaces(int passPlaces) {
        return new PassLimits(Math.min(rowPlaces, passPlaces), passPlaces, balance);
    }

    /// Places of blocks that a row of `trunk` places should take, 1 or more.
    int blockPlaces(int trunk) {
        double best = Math.sqrt((double) trunk * (trunk + balance));
        return (int) Math.max(1, Math.min(rowPlaces - trunk, best));
    }
}
