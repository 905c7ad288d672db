package dev.lea.importer.table;

import java.io.IOException;

/// The rows of a table, one at a time. After [#next] answered true, either [#problem] tells why the row cannot be
/// read, or the cells can be asked for.
public interface Rows extends AutoCloseable {
    /// Moves on by one row; false at the end.
    ///
    /// @throws IOException if the file ends in the middle or cannot be read
    boolean next() throws IOException;

    /// A cell of the current row by the place of its column among those wanted; null where the row has none.
    String cell(int wanted);

    /// Why the current row cannot be read, or null.
    String problem();

    /// Line of the file at which the current row starts, from 1; the row's number where a format has no lines.
    long number();

    /// True where the table has the wanted column, as far as that is known before all rows were read.
    boolean has(int wanted);

    @Override
    void close();
}
