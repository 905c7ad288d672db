package dev.lea.cli.ask;

import java.util.Map;

/// What items are called.
///
/// @param byItem titles by the items' ids; items may be missing
record Titles(Map<String, String> byItem) {
    static final Titles NONE = new Titles(Map.of());

    Titles {
        byItem = Map.copyOf(byItem);
    }

    /// False where no title is known, so that no column is needed.
    boolean any() {
        return !byItem.isEmpty();
    }

    /// The item's title; empty where it has none.
    String of(String item) {
        return byItem.getOrDefault(item, "");
    }
}
