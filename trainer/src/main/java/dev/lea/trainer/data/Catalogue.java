package dev.lea.trainer.data;

import dev.lea.serving.bundle.ItemIndex;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// The items that occur in the interactions, with their texts. Immutable.
///
/// Items are numbered 0..n-1 in the order of their ids: by number where all ids are written in digits,
/// else by their characters.
public final class Catalogue {
    private final ItemIndex index;
    private final List<String> columns;
    private final String[][] texts;
    private final int withoutText;
    private final int neverSeen;

    /// @param index ids in order
    /// @param columns names of the text columns, in the file's order; the first is the title
    /// @param texts `[n][columns]`, an item's row null where the item has no row in the file
    /// @param neverSeen rows of items that nobody ever touched
    Catalogue(ItemIndex index, List<String> columns, String[][] texts, int neverSeen) {
        this.index = index;
        this.columns = List.copyOf(columns);
        this.texts = texts;
        this.neverSeen = neverSeen;
        int without = 0;
        for (int item = 0; item < index.size(); item++) {
            without += hasText(item) ? 0 : 1;
        }
        this.withoutText = without;
    }

    /// n: items in the catalogue.
    public int size() {
        return index.size();
    }

    /// The ids with their indices, as bundles hold them.
    public ItemIndex index() {
        return index;
    }

    public List<String> ids() {
        return index.ids();
    }

    public String id(int item) {
        return index.id(item);
    }

    /// Index of an id, or [ItemIndex#UNKNOWN].
    public int indexOf(String id) {
        return index.indexOf(id);
    }

    /// Names of the text columns, the title's first.
    public List<String> columns() {
        return columns;
    }

    /// The item's first text column; empty where it has none.
    public String title(int item) {
        return text(item, 0);
    }

    /// The item's text in a column; empty where it has none.
    public String text(int item, int column) {
        return texts[item] == null ? "" : texts[item][column];
    }

    /// The item's texts by column, in the columns' order, empty ones left out.
    public Map<String, String> texts(int item) {
        Map<String, String> byColumn = new LinkedHashMap<>();
        for (int column = 0; column < columns.size(); column++) {
            if (!text(item, column).isEmpty()) {
                byColumn.put(columns.get(column), text(item, column));
            }
        }
        return byColumn;
    }

    /// True where at least one column is not empty.
    public boolean hasText(int item) {
        if (texts[item] != null) {
            for (String text : texts[item]) {
                if (!text.isEmpty()) {
                    return true;
                }
            }
        }
        return false;
    }

    /// Items of the catalogue without any text.
    public int withoutText() {
        return withoutText;
    }

    /// Rows of the item file whose item occurs in no interaction; they are not part of the catalogue.
    public int neverSeen() {
        return neverSeen;
    }
}
