package dev.lea.importer.table;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.stream.Collectors;

/// Rows of a Parquet file, read by DuckDB a block at a time. Cells come as text, times in UTC, lists parted by commas.
final class ParquetRows implements Rows {
    private static final String[] SETTINGS = {
        "SET threads = 1",
        "SET memory_limit = '512MB'",
        "SET temp_directory = ''",
        "SET TimeZone = 'UTC'"
    };

    private final Connection connection;
    private final Statement statement;
    private final ResultSet result;
    private final int[] places;
    private final ByteProgress progress;
    private final double bytesPerRow;
    private double owed;
    private long number;

    private ParquetRows(
            Connection connection,
            Statement statement,
            ResultSet result,
            int[] places,
            ByteProgress progress,
            double bytesPerRow) {
        this.connection = connection;
        this.statement = statement;
        this.result = result;
        this.places = places;
        this.progress = progress;
        this.bytesPerRow = bytesPerRow;
    }

    static ParquetRows open(Path file, List<Column> wanted, ByteProgress progress) {
        var properties = new Properties();
        properties.setProperty("jdbc_stream_results", "true");
        properties.setProperty("autoinstall_known_extensions", "false");
        properties.setProperty("autoload_known_extensions", "false");
        Connection connection = null;
        try {
            connection = DriverManager.getConnection("jdbc:duckdb:", properties);
            Statement statement = connection.createStatement();
            String path = "'" + file.toAbsolutePath().toString().replace("'", "''") + "'";
            for (String setting : SETTINGS) {
                statement.execute(setting);
            }
            statement.execute("SET allowed_paths = [" + path + "]");
            statement.execute("SET enable_external_access = false");
            statement.execute("SET lock_configuration = true");
            return select(file, path, connection, statement, wanted, progress);
        } catch (SQLException | IOException e) {
            close(connection);
            throw TableFailures.invalid(
                    "FILE_UNREADABLE", file, "is no readable Parquet file: " + firstLine(e));
        } catch (RuntimeException e) {
            close(connection);
            throw e;
        }
    }

    private static ParquetRows select(
            Path file,
            String path,
            Connection connection,
            Statement statement,
            List<Column> wanted,
            ByteProgress progress)
            throws SQLException, IOException {
        List<String> header = new ArrayList<>();
        List<String> types = new ArrayList<>();
        try (ResultSet columns =
                statement.executeQuery("DESCRIBE SELECT * FROM read_parquet(" + path + ")")) {
            while (columns.next()) {
                header.add(columns.getString(1));
                types.add(columns.getString(2));
            }
        }
        int[] places = new int[wanted.size()];
        List<String> selected = new ArrayList<>();
        for (int i = 0; i < places.length; i++) {
            int place = wanted.get(i).place(header);
            if (place < 0 && wanted.get(i).required()) {
                throw TableFailures.invalid(
                        "COLUMN_MISSING",
                        file,
                        "needs a column " + wanted.get(i) + " but has " + header);
            }
            if (place >= 0) {
                selected.add(text(header.get(place), types.get(place)));
            }
            places[i] = place < 0 ? 0 : selected.size();
        }
        long rows;
        try (ResultSet count =
                statement.executeQuery("SELECT count(*) FROM read_parquet(" + path + ")")) {
            count.next();
            rows = count.getLong(1);
        }
        ResultSet result =
                statement.executeQuery(
                        "SELECT "
                                + selected.stream().collect(Collectors.joining(", "))
                                + (selected.isEmpty() ? "1" : "")
                                + " FROM read_parquet("
                                + path
                                + ")");
        return new ParquetRows(
                connection,
                statement,
                result,
                places,
                progress,
                (double) Files.size(file) / Math.max(1, rows));
    }

    private static String text(String name, String type) {
        String column = '"' + name.replace("\"", "\"\"") + '"';
        return type.endsWith("[]")
                ? "array_to_string(" + column + "::VARCHAR[], ', ')"
                : column + "::VARCHAR";
    }

    @Override
    public boolean next() throws IOException {
        try {
            if (!result.next()) {
                return false;
            }
        } catch (SQLException e) {
            throw new IOException(firstLine(e), e);
        }
        number++;
        owed += bytesPerRow;
        if (owed > 1 << 16) {
            progress.read((long) owed);
            owed -= (long) owed;
        }
        return true;
    }

    @Override
    public String cell(int wanted) {
        try {
            return places[wanted] == 0 ? null : result.getString(places[wanted]);
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public String problem() {
        return null;
    }

    @Override
    public long number() {
        return number;
    }

    @Override
    public boolean has(int wanted) {
        return places[wanted] > 0;
    }

    @Override
    public void close() {
        try (Connection closed = connection;
                Statement alsoClosed = statement;
                ResultSet andThis = result) {
            assert closed != null && alsoClosed != null && andThis != null;
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void close(Connection connection) {
        try {
            if (connection != null) {
                connection.close();
            }
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    private static String firstLine(Exception e) {
        return String.valueOf(e.getMessage()).lines().findFirst().orElse("");
    }
}
