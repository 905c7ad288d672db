package dev.lea.importer.store;

import java.util.Locale;

/// Which of a user's events on one item stay.
public enum Duplicates {
    /// All.
    KEEP,
    /// Of events of the same time and kind, one.
    EXACT,
    /// Of events of the same kind, the oldest; the first in the files among those.
    FIRST,
    /// Of events of the same kind, the newest; the last in the files among those.
    LAST;

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
