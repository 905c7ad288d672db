package dev.lea.importer.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DatabaseTest {
    @TempDir Path folder;

    private Database database;
    private Path outputs;

    @BeforeEach
    void open() throws IOException {
        outputs = Files.createDirectories(folder.resolve("it's out"));
        database = Database.create(Files.createDirectories(folder.resolve("db")), outputs, 100);
    }

    @AfterEach
    void close() {
        database.close();
    }

    @Test
    void create_setsTheBoundsAndNobodyChangesThem() {
        List<List<Object>> settings =
                database.rows(
                        "SELECT value FROM duckdb_settings() WHERE name IN ('memory_limit', 'enable_external_access',"
                                + " 'autoinstall_known_extensions', 'autoload_known_extensions') ORDER BY name");

        assertThat(settings)
                .containsExactly(
                        List.of("false"), List.of("false"), List.of("false"), List.of("100.0 MiB"));
        assertThatThrownBy(() -> database.execute("SET memory_limit = '1GB'"))
                .hasMessageContaining("locked");
    }

    @Test
    void network_isOutOfReach() {
        for (String query :
                List.of(
                        "SELECT * FROM read_csv('https://127.0.0.1:1/x.csv')",
                        "INSTALL httpfs",
                        "LOAD httpfs",
                        "ATTACH 'https://127.0.0.1:1/x.db' AS x")) {
            assertThatThrownBy(() -> database.execute(query))
                    .as(query)
                    .hasMessageMatching(
                            "the database failed: (Permission Error|Invalid Input Error|Missing Extension Error|Binder Error|IO Error).*(disabled|external access|configuration).*");
        }
    }

    @Test
    void otherFolders_areOutOfReach() throws IOException {
        Path other = Files.writeString(folder.resolve("other.csv"), "a\n1\n");

        assertThatThrownBy(() -> database.rows("SELECT * FROM read_csv('" + other + "')"))
                .hasMessageContaining("Permission Error");
        assertThatThrownBy(() -> database.write("SELECT 1 AS a", folder.resolve("x.tsv")))
                .hasMessageContaining("Permission Error");
    }

    @Test
    void write_cellsStandAsTheyAre() throws IOException {
        Path file = outputs.resolve("t.tsv");

        database.write(
                "SELECT 'say \"no\"' AS a, 'it''s, \\ NULL' AS \"b \"\"c\"\"\", '' AS d UNION ALL SELECT '', '\u00fc', 'x'",
                file);

        assertThat(file).hasContent("a\tb \"c\"\td\nsay \"no\"\tit's, \\ NULL\t\n\t\u00fc\tx\n");
    }

    @Test
    void outOfMemory_saysWhatToDo() {
        assertThatThrownBy(() ->
                        database.number(
                                "SELECT count(*) FROM (SELECT list(range) AS l FROM range(100000000)) WHERE len(l) > 3"))
                .hasMessageContaining("the import needs more memory (--memory) or more disk");
    }
}
