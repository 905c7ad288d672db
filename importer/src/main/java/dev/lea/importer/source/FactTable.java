package dev.lea.importer.source;

import dev.lea.importer.table.Column;
import dev.lea.importer.table.TableFile;
import java.util.Map;
import java.util.Optional;
import java.util.function.BinaryOperator;

/// A table whose rows are single values of items.
///
/// @param name the column that tells which text column a value is for; empty where all are for the only one of `names`
/// @param names text columns by what stands in that column; values of others are left out
/// @param time which of several values is the newest; empty: the last in the file
/// @param make makes the text of a text column's name and a value; null leaves it out
public record FactTable(
        TableFile file,
        Column item,
        Optional<Column> name,
        Map<String, String> names,
        Column value,
        Optional<Column> time,
        BinaryOperator<String> make) {
    public FactTable {
        names = Map.copyOf(names);
        if (name.isEmpty() && names.size() != 1) {
            throw new IllegalArgumentException(
                    "names must hold 1 where no column tells it but holds " + names.size());
        }
    }
}
