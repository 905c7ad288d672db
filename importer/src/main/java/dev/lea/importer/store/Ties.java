package dev.lea.importer.store;

import java.util.Locale;

/// The order of a user's events that have the same time.
public enum Ties {
    /// As in the files, the files in the order they were read.
    FILE,
    /// By a seeded draw.
    SHUFFLE;

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
