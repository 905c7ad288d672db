package dev.lea.importer.table;

import java.util.List;

/// A column that is wanted of a table.
///
/// @param names what it may be called; the first that a table has is read
/// @param required true where a table without it cannot be used
public record Column(List<String> names, boolean required) {
    public Column {
        names = List.copyOf(names);
        if (names.isEmpty()) {
            throw new IllegalArgumentException("a column must have at least 1 name but has 0");
        }
    }

    public static Column required(String... names) {
        return new Column(List.of(names), true);
    }

    public static Column optional(String... names) {
        return new Column(List.of(names), false);
    }

    /// Its place in a header, or -1. A name in another case counts where no name is exact.
    int place(List<String> header) {
        for (String name : names) {
            int exact = header.indexOf(name);
            if (exact >= 0) {
                return exact;
            }
        }
        for (String name : names) {
            for (int place = 0; place < header.size(); place++) {
                if (header.get(place).equalsIgnoreCase(name)) {
                    return place;
                }
            }
        }
        return -1;
    }

    @Override
    public String toString() {
        return "'" + String.join("' or '", names) + "'";
    }
}
