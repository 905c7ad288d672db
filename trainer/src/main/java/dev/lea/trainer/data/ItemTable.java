package dev.lea.trainer.data;

import dev.lea.serving.bundle.ItemIndex;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Reads `items.tsv`, keeping the texts of the items that occur in the interactions.
final class ItemTable {
    private ItemTable() {}

    /// @param ids items of the interactions, in order
    /// @throws dev.lea.serving.Failure.Invalid if the file is missing, lacks a column or has no text
    static Catalogue read(Path file, List<String> ids, BadRows.Log bad) throws IOException {
        ItemIndex index = ItemIndex.of(ids);
        String[][] texts = new String[ids.size()][];
        try (var table = TableReader.open(file, bad, "item")) {
            int item = table.column("item");
            List<String> columns = new ArrayList<>(table.header());
            columns.remove(item);
            Set<String> others = new HashSet<>();
            while (table.next()) {
                String id = table.cell(item);
                int place = index.indexOf(id);
                if (id.isBlank()) {
                    table.reject("the item id is empty");
                } else if (place == ItemIndex.UNKNOWN ? !others.add(id) : texts[place] != null) {
                    table.reject("item '" + id + "' has a row already");
                } else if (place != ItemIndex.UNKNOWN) {
                    texts[place] = texts(table, item, columns.size());
                }
            }
            var catalogue = new Catalogue(index, columns, texts, others.size());
            if (catalogue.withoutText() == catalogue.size()) {
                throw DataFailures.invalid(
                        "DATA_NO_TEXT",
                        file
                                + " must have a text for at least 1 of the "
                                + ids.size()
                                + " items of the interactions but has one for 0 of them",
                        Map.of("file", file.toString()));
            }
            return catalogue;
        }
    }

    private static String[] texts(TableReader table, int item, int columns) {
        String[] row = new String[columns];
        for (int column = 0; column < columns; column++) {
            row[column] = table.cell(column < item ? column : column + 1).strip();
        }
        return row;
    }
}
