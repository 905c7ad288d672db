/// Rows of tables in files: delimited text, JSON lines and Parquet, plain or gzip, one row at a time in bounded memory.
///
/// A row that cannot be read is told with its line and reason and does not spoil the next. Start at
/// [dev.lea.importer.table.TableFile]. Everybody in the importer may import it; it knows nothing of what rows mean.
package dev.lea.importer.table;
