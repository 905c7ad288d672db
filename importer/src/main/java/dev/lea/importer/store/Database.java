package dev.lea.importer.store;

import dev.lea.serving.Failure;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.duckdb.DuckDBAppender;
import org.duckdb.DuckDBConnection;

/// A DuckDB database in a folder of its own. It reads and writes nothing outside of `folder`, loads no extension and never
/// touches the network. For one thread.
public final class Database implements AutoCloseable {
    /// Least memory that it can work in, in MiB.
    public static final int LEAST_MEMORY = 64;

    /// What a thread of it needs at least, in MiB.
    private static final int THREAD_MEMORY = 128;

    private final DuckDBConnection connection;

    private Database(DuckDBConnection connection) {
        this.connection = connection;
    }

    /// Creates a database.
    ///
    /// @param folder holds its file and what does not fit into memory; the caller removes it
    /// @param outputs where tables may be written
    /// @param memoryMegabytes of native memory for tables, in MiB; about the JVM's own come on top
    public static Database create(Path folder, Path outputs, int memoryMegabytes) {
        var properties = new Properties();
        properties.setProperty("autoinstall_known_extensions", "false");
        properties.setProperty("autoload_known_extensions", "false");
        properties.setProperty("jdbc_stream_results", "true");
        try {
            Connection opened =
                    DriverManager.getConnection(
                            "jdbc:duckdb:" + folder.toAbsolutePath().resolve("import.duckdb"),
                            properties);
            var connection = opened.unwrap(DuckDBConnection.class);
            try {
                var database = new Database(connection);
                database.execute("SET memory_limit = '" + memoryMegabytes + "MiB'");
                int threads = Runtime.getRuntime().availableProcessors();
                database.execute(
                        "SET threads = " + Math.clamp(memoryMegabytes / THREAD_MEMORY, 1, threads));
                database.execute("SET temp_directory = " + quoted(folder.resolve("spill")));
                database.execute("SET allowed_directories = [" + quoted(outputs) + "]");
                database.execute("SET enable_external_access = false");
                database.execute("SET lock_configuration = true");
                return database;
            } catch (RuntimeException e) {
                connection.close();
                throw e;
            }
        } catch (SQLException e) {
            throw failure(e);
        }
    }

    void execute(String sql) {
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
        } catch (SQLException e) {
            throw failure(e);
        }
    }

    /// The only number of a query's only row; 0 where it is null.
    long number(String sql) {
        return ((Number) rows(sql).getFirst().getFirst()).longValue();
    }

    /// All rows of a query whose result is small, with 0 in the place of null.
    List<List<Object>> rows(String sql) {
        List<List<Object>> rows = new ArrayList<>();
        each(sql, rows::add);
        return rows;
    }

    /// Hands on a query's rows as they come, with 0 in the place of null.
    void each(String sql, java.util.function.Consumer<List<Object>> taker) {
        try (Statement statement = connection.createStatement();
                ResultSet result = statement.executeQuery(sql)) {
            int columns = result.getMetaData().getColumnCount();
            while (result.next()) {
                List<Object> row = new ArrayList<>(columns);
                for (int column = 1; column <= columns; column++) {
                    Object value = result.getObject(column);
                    row.add(value == null ? Long.valueOf(0) : value);
                }
                taker.accept(row);
            }
        } catch (SQLException e) {
            throw failure(e);
        }
    }

    DuckDBAppender appender(String table) {
        try {
            return connection.createAppender(DuckDBConnection.DEFAULT_SCHEMA, table);
        } catch (SQLException e) {
            throw failure(e);
        }
    }

    /// Writes a query's rows as lines of cells between tabs, with a header. Cells hold no tabs and no line ends.
    void write(String query, Path file) {
        execute(
                "COPY ("
                        + query
                        + ") TO "
                        + quoted(file)
                        + " (FORMAT csv, HEADER true, DELIMITER E'\\t', QUOTE '', ESCAPE '', NULLSTR '')");
    }

    /// What SQL reads as this text.
    static String quoted(Object text) {
        String written = text instanceof Path path ? path.toAbsolutePath().toString() : "" + text;
        return "'" + written.replace("'", "''") + "'";
    }

    static Failure failure(SQLException e) {
        String first = String.valueOf(e.getMessage()).lines().findFirst().orElse("");
        if (first.contains("Out of Memory")) {
            return new Failure.Invalid(
                    "memory",
                    "MEMORY_TOO_SMALL",
                    "the import needs more memory (--memory) or more disk: " + first,
                    Map.of());
        }
        return new Failure.Broken("the database failed: " + first, e);
    }

    @Override
    public void close() {
        try {
            connection.close();
        } catch (SQLException e) {
            throw failure(e);
        }
    }
}
