package dev.lea.importer.source;

import dev.lea.importer.table.Column;
import dev.lea.importer.table.TableFile;
import java.util.List;
import java.util.function.UnaryOperator;

/// A table whose rows are items.
///
/// @param texts one for each of the plan's text columns
public record ItemTable(TableFile file, Column item, List<Text> texts) {
    public ItemTable {
        texts = List.copyOf(texts);
    }

    /// A text column, made of one or more of the table's.
    ///
    /// @param make makes the text of the cells, of which any may be null
    public record Text(String name, List<Column> columns, Make make) {
        public Text {
            columns = List.copyOf(columns);
        }

        /// A column as it is.
        static Text of(String name, Column column) {
            return new Text(name, List.of(column), cells -> cells[0]);
        }

        /// A column, changed where it is not null.
        static Text of(String name, Column column, UnaryOperator<String> change) {
            return new Text(
                    name,
                    List.of(column),
                    cells -> cells[0] == null ? null : change.apply(cells[0]));
        }
    }

    /// Makes a text of cells.
    @FunctionalInterface
    public interface Make {
        String of(String[] cells);
    }
}
