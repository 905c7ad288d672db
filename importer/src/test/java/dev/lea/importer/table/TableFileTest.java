package dev.lea.importer.table;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lea.serving.Failure;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TableFileTest {
    private static final List<Column> AB = List.of(Column.required("a"), Column.optional("b"));

    @TempDir Path folder;

    @Test
    void csv_quotedCells_areReadAndLinesAreCounted() throws IOException {
        Path file =
                write(
                        "t.csv",
                        "\ufeffx,b,a\r\n1,\"say \"\"no\"\"\",\"two\nlines\"\r\n\r\n2,5\" wide,c,d\n3,5\" wide,e\n4,f");

        assertThat(read(file, Format.CSV, AB))
                .containsExactly(
                        "2: two\nlines|say \"no\"",
                        "5! the row must have 3 cells but has 4",
                        "6: e|5\" wide",
                        "7! the row must have 3 cells but has 2");
    }

    @Test
    void csv_quoteThatIsNeverClosed_endsTheFileWithItsLine() throws IOException {
        Path file = write("t.csv", "a\n1\n\"2\n3\n");

        assertThatThrownBy(() -> read(file, Format.CSV, AB))
                .isInstanceOf(Failure.Invalid.class)
                .hasMessageContaining("t.csv cannot be read")
                .hasMessageContaining("line 3");
    }

    @Test
    void csv_textBehindAClosingQuote_endsTheFileWithItsLine() throws IOException {
        Path file = write("t.csv", "a\n1\n\"5\" wide\n3\n");

        assertThatThrownBy(() -> read(file, Format.CSV, AB))
                .isInstanceOf(Failure.Invalid.class)
                .hasMessageContaining("line 3")
                .hasMessageContaining("--format tsv");
    }

    @Test
    void tsv_quotes_meanNothing() throws IOException {
        Path file = write("t.tsv", "a\tb\n\"x\t5\" wide\n");

        assertThat(read(file, Format.TSV, AB)).containsExactly("2: \"x|5\" wide");
    }

    @Test
    void longSeparator_withoutHeader_isRead() throws IOException {
        Path file = write("t.dat", "1::x::2\n3::y:z::4\n");
        var format = Format.delimited("::", false).withHeader("a", "b", "c");

        assertThat(read(file, format, AB)).containsExactly("1: 1|x", "2: 3|y:z");
    }

    @Test
    void bytesOfAnotherEncoding_areABadRowUnlessTheyAreNotAskedFor() throws IOException {
        byte[] text = "a,x\nM\u00fcller,1\nB,\u00fc\n".getBytes(StandardCharsets.ISO_8859_1);
        Path file = Files.write(folder.resolve("t.csv"), text);

        assertThat(read(file, Format.CSV, AB))
                .containsExactly(
                        "2! the row holds bytes that are not of the file's encoding", "3: B|null");
        assertThat(read(file, Format.CSV.withEncoding(StandardCharsets.ISO_8859_1), AB))
                .containsExactly("2: M\u00fcller|null", "3: B|null");
    }

    @Test
    void header_withoutColumnOrWithOneTwice_isRefused() throws IOException {
        assertThatThrownBy(() -> read(write("t.csv", "b,c\n"), Format.CSV, AB))
                .hasMessageContaining("needs a column 'a' but has [b, c]");
        assertThatThrownBy(() -> read(write("t.csv", "a,a\n"), Format.CSV, AB))
                .hasMessageContaining("names a column twice: [a, a]");
        assertThatThrownBy(() -> read(write("t.csv", ""), Format.CSV, AB))
                .hasMessageContaining("is empty");
        assertThatThrownBy(() -> read(folder.resolve("none.csv"), Format.CSV, AB))
                .hasMessageContaining("does not exist");
    }

    @Test
    void header_inAnotherCase_isFound() throws IOException {
        assertThat(read(write("t.csv", "A,B\n1,2\n"), Format.CSV, AB)).containsExactly("2: 1|2");
    }

    @Test
    void jsonLines_valuesBecomeText_andBrokenRowsAreTold() throws IOException {
        Path file =
                write(
                        "t.jsonl",
                        """
                        {"a": "x\\u00e9\\t", "b": 1.50, "c": {"a": "not this"}}

                        {"b": ["p", ["q", null], {"k": true, "n": null}], "a": null}
                        {"a": 1
                        [1]
                        {"a": "2"} {}
                        {"a": "3", "b": []}
                        """);

        assertThat(read(file, new Format.JsonLines(), AB))
                .satisfiesExactly(
                        row -> assertThat(row).isEqualTo("1: x\u00e9\t|1.50"),
                        row -> assertThat(row).isEqualTo("3: null|p, q, k: true"),
                        row -> assertThat(row).startsWith("4! the row is no JSON: Unexpected end"),
                        row ->
                                assertThat(row)
                                        .isEqualTo(
                                                "5! the row must be a JSON object but starts with START_ARRAY"),
                        row ->
                                assertThat(row)
                                        .isEqualTo(
                                                "6! the row must be one JSON object but has more behind it"),
                        row -> assertThat(row).isEqualTo("7: 3|null"));
    }

    @Test
    void jsonLines_betterName_winsInAnyOrder() throws IOException {
        Path file =
                write(
                        "t.jsonl",
                        "{\"asin\": \"1\", \"parent\": \"2\"}\n{\"parent\": \"3\", \"asin\": \"4\"}\n{\"asin\": \"5\"}\n");

        assertThat(
                        read(
                                file,
                                new Format.JsonLines(),
                                List.of(Column.required("parent", "asin"), Column.optional("b"))))
                .containsExactly("1: 2|null", "2: 3|null", "3: 5|null");
    }

    @Test
    void gzip_ofSeveralMembers_isReadToItsEnd() throws IOException {
        var bytes = new ByteArrayOutputStream();
        bytes.write(packed("a\n1\n"));
        bytes.write(packed("2\n"));
        Path file = Files.write(folder.resolve("t.csv.gz"), bytes.toByteArray());

        assertThat(read(file, Format.of(file).orElseThrow(), AB))
                .containsExactly("2: 1|null", "3: 2|null");
    }

    @Test
    void gzip_cutOffOrWithAWrongChecksum_isNotTakenForTheWhole() throws IOException {
        byte[] bytes = packed("a\n" + "1\n".repeat(100_000));
        Path cut = Files.write(folder.resolve("cut.gz"), Arrays.copyOf(bytes, bytes.length - 20));
        bytes[bytes.length - 6] ^= 1;
        Path altered = Files.write(folder.resolve("altered.gz"), bytes);

        assertThatThrownBy(() -> read(cut, Format.CSV, AB)).isInstanceOf(IOException.class);
        assertThatThrownBy(() -> read(altered, Format.CSV, AB))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("Corrupt GZIP trailer");
    }

    @Test
    void parquet_typesBecomeText() throws SQLException, IOException {
        Path file =
                parquet(
                        "SELECT 12345678901::BIGINT AS a, ['p', 'q'] AS b UNION ALL SELECT NULL, NULL");
        Path times =
                parquet(
                        "SELECT TIMESTAMP '2014-04-07 10:51:09.277' AS a, TIMESTAMPTZ '2014-04-07 10:51:09+02' AS b");

        assertThat(read(file, new Format.Parquet(), AB))
                .containsExactly("1: 12345678901|p, q", "2: null|null");
        assertThat(read(times, new Format.Parquet(), AB))
                .containsExactly("1: 2014-04-07 10:51:09.277|2014-04-07 08:51:09+00");
        assertThatThrownBy(() -> read(file, new Format.Parquet(), List.of(Column.required("user"))))
                .hasMessageContaining("needs a column 'user' but has [a, b]");
    }

    @Test
    void parquet_thatIsNone_isRefused() throws IOException {
        assertThatThrownBy(() -> read(write("t.parquet", "a,b\n"), new Format.Parquet(), AB))
                .isInstanceOf(Failure.Invalid.class)
                .hasMessageContaining("t.parquet is no readable Parquet file");
    }

    /// Whatever the bytes are: rows, bad rows, or a failure that says so.
    @Test
    void damagedFiles_areNeverASurprise() throws IOException {
        var random = new Random(11);
        byte[] csv = "a,b\n1,\"x\ny\"\n2,\u00fc\n".repeat(20).getBytes(StandardCharsets.UTF_8);
        byte[] json =
                "{\"a\": \"1\", \"b\": [\"\u00fc\", {\"c\": 2}]}\n"
                        .repeat(20)
                        .getBytes(StandardCharsets.UTF_8);
        byte[] gzip = packed("a,b\n" + "1,2\n".repeat(100));
        for (int i = 0; i < 600; i++) {
            byte[] bytes = List.of(csv, json, gzip).get(i % 3).clone();
            for (int flips = random.nextInt(6); flips >= 0; flips--) {
                bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
            }
            bytes =
                    random.nextInt(4) > 0
                            ? bytes
                            : Arrays.copyOf(bytes, random.nextInt(bytes.length));
            Path file = Files.write(folder.resolve("t"), bytes);
            try {
                read(file, i % 3 == 1 ? new Format.JsonLines() : Format.CSV, AB);
            } catch (Failure.Invalid | IOException e) {
                assertThat(e).as("round %d", i).hasMessageNotContaining("null");
            }
        }
    }

    @Test
    void isIn_tellsUtf8FromOthers_packedToo() throws IOException {
        Path utf8 = Files.write(folder.resolve("a.gz"), packed("a\n\u00fc\n"));
        Path latin =
                Files.write(
                        folder.resolve("b"), "a\n\u00fc\n".getBytes(StandardCharsets.ISO_8859_1));

        assertThat(new TableFile(utf8, Format.CSV).isIn(StandardCharsets.UTF_8)).isTrue();
        assertThat(new TableFile(latin, Format.CSV).isIn(StandardCharsets.UTF_8)).isFalse();
    }

    @Test
    void open_tellsTheBytesItReads() throws IOException {
        Path file = write("t.csv", "a\n" + "1\n".repeat(1000));
        long[] read = {0};

        try (Rows rows = new TableFile(file, Format.CSV).open(AB, bytes -> read[0] += bytes)) {
            while (rows.next()) {
                assertThat(rows.has(0)).isTrue();
                assertThat(rows.has(1)).isFalse();
            }
        }

        assertThat(read[0]).isEqualTo(Files.size(file));
    }

    private Path write(String name, String text) throws IOException {
        return Files.writeString(folder.resolve(name), text);
    }

    private Path parquet(String query) throws SQLException {
        Path file = folder.resolve("t" + query.hashCode() + ".parquet");
        try (var connection = DriverManager.getConnection("jdbc:duckdb:");
                var statement = connection.createStatement()) {
            statement.execute("COPY (" + query + ") TO '" + file + "' (FORMAT parquet)");
        }
        return file;
    }

    private static byte[] packed(String text) throws IOException {
        var bytes = new ByteArrayOutputStream();
        try (var gzip = new GZIPOutputStream(bytes)) {
            gzip.write(text.getBytes(StandardCharsets.UTF_8));
        }
        return bytes.toByteArray();
    }

    private static List<String> read(Path file, Format format, List<Column> columns)
            throws IOException {
        List<String> read = new ArrayList<>();
        try (Rows rows = new TableFile(file, format).open(columns, ByteProgress.NONE)) {
            while (rows.next()) {
                read.add(
                        rows.number()
                                + (rows.problem() == null
                                        ? ": " + rows.cell(0) + "|" + rows.cell(1)
                                        : "! " + rows.problem()));
            }
        }
        return read;
    }
}
