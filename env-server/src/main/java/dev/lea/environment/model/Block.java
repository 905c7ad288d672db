package dev.lea.environment.model;

/// Asks about one item after the first `prefix` items of a sequence, which is seen from item `start`.
record Block(int[] items, int start, int prefix, int item) {
    /// Whether both hang off the same trunk.
    @SuppressWarnings(
            "ReferenceEquality") // the same sequence, not one like it: comparing thousands would
    // cost
    boolean sharesTrunk(Block other) {
        return items == other.items && start == other.start;
    }
}
