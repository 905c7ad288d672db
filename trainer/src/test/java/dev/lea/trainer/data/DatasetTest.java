package dev.lea.trainer.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.lea.serving.Failure;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DatasetTest {
    private static final String SPLIT = "user\tsplit\na\ttrain\nb\tvalid\nc\ttest\n";

    @TempDir Path folder;

    @BeforeEach
    void writeSmallSet() throws IOException {
        write("interactions.tsv", "user\titem\ttimestamp\na\t10\t1\nb\t9\t1\nc\t10\t1\n");
        write("items.tsv", "item\ttitle\tbrand\n9\tHammer\tAcme\n10\tNails\t\n11\tSaw\tAcme\n");
        write("split_1.tsv", SPLIT);
    }

    @Test
    void read_smallSet_givesCatalogueAndParts() {
        Dataset data = Dataset.read(folder, 0);

        assertThat(data.catalogue().ids()).containsExactly("9", "10");
        assertThat(data.catalogue().title(1)).isEqualTo("Nails");
        assertThat(data.catalogue().texts(0))
                .containsExactly(Map.entry("title", "Hammer"), Map.entry("brand", "Acme"));
        assertThat(data.catalogue().texts(1)).containsOnlyKeys("title");
        assertThat(data.catalogue().neverSeen()).isEqualTo(1);
        assertThat(data.catalogue().withoutText()).isZero();
        assertThat(data.train()).singleElement().extracting(Sequence::userId).isEqualTo("a");
        assertThat(data.valid()).singleElement().extracting(Sequence::userId).isEqualTo("b");
        assertThat(data.test()).singleElement().extracting(Sequence::userId).isEqualTo("c");
        assertThat(data.split()).isEqualTo("split_1.tsv");
        assertThat(data.users()).isEqualTo(3);
        assertThat(data.interactions()).isEqualTo(3);
        assertThat(data.badRows()).isEqualTo(new BadRows(0, List.of()));
        assertThat(data.hasEvents()).isFalse();
        assertThat(data.train().get(0).reward(0)).isEqualTo(1);
    }

    @Test
    void read_equalTimestamps_keepTheFilesOrder() throws IOException {
        write(
                "interactions.tsv",
                "user\titem\ttimestamp\na\tz\t5\na\ty\t5\nb\tz\t1\na\tx\t-1\na\tw\t4.5\nc\tz\t1\na\tv\t4.25\n");
        write("items.tsv", "item\ttitle\nz\tZ\n");

        Dataset data = Dataset.read(folder, 0);

        Sequence a = data.train().get(0);
        assertThat(Arrays.stream(a.items()).mapToObj(data.catalogue()::id))
                .containsExactly("x", "v", "w", "z", "y");
        assertThat(data.catalogue().withoutText()).isEqualTo(4);
    }

    @Test
    void read_nanosecondTimestamps_areToldApart() throws IOException {
        write(
                "interactions.tsv",
                "user\titem\ttimestamp\na\t9\t1700000000000000002\na\t10\t1700000000000000001\nb\t9\t1\nc\t9\t1\n");

        assertThat(Dataset.read(folder, 0).train().get(0).items()).containsExactly(1, 0);
    }

    @Test
    void read_badRows_areCountedWithFileLineAndReason() throws IOException {
        write(
                "interactions.tsv",
                lines(
                        "user\titem\ttimestamp",
                        "a\t10\t1",
                        "b\t9",
                        "\t9\t1",
                        "b\t\t1",
                        "b\t9\tnoon",
                        "b\t9\tNaN",
                        "b\t9\t1e400",
                        "b\t9\0\t1",
                        "b\t9\t1",
                        "c\t10\t1"));
        write("items.tsv", "item\ttitle\n9\tHammer\n9\tAgain\n10\tNails\textra\n");

        Dataset data = Dataset.read(folder, 0);

        assertThat(data.badRows().count()).isEqualTo(9);
        assertThat(data.badRows().examples())
                .containsExactly(
                        "interactions.tsv:3: the row must have 3 cells but has 2",
                        "interactions.tsv:4: the user id is empty",
                        "interactions.tsv:5: the item id is empty",
                        "interactions.tsv:6: the timestamp must be a number but is 'noon'",
                        "interactions.tsv:7: the timestamp must be a number but is 'NaN'",
                        "interactions.tsv:8: the timestamp must be a number but is '1e400'",
                        "interactions.tsv:9: the line holds a NUL byte at byte 4",
                        "items.tsv:3: item '9' has a row already",
                        "items.tsv:4: the row must have 2 cells but has 3");
        assertThat(data.catalogue().title(0)).isEqualTo("Hammer");
        assertThat(data.interactions()).isEqualTo(3);
    }

    @Test
    void read_manyBadRows_keepsTheFirstFew() throws IOException {
        write(
                "interactions.tsv",
                "user\titem\ttimestamp\n" + "bad\n".repeat(1000) + "a\t9\t1\nb\t9\t1\nc\t10\t1\n");

        BadRows bad = Dataset.read(folder, 0).badRows();

        assertThat(bad.count()).isEqualTo(1000);
        assertThat(bad.examples()).hasSize(BadRows.MAX_EXAMPLES);
    }

    @Test
    void read_notUtf8_isABadRowAndTheNextIsRead() throws IOException {
        byte[] latin = "9\tM\u00fcller\n10\tM\u00fcller".getBytes(StandardCharsets.ISO_8859_1);
        byte[] utf8 = "\n9\tM\u00fcller\n".getBytes(StandardCharsets.UTF_8);
        try (var out = Files.newOutputStream(folder.resolve("items.tsv"))) {
            out.write("item\ttitle\n".getBytes(StandardCharsets.UTF_8));
            out.write(latin);
            out.write(utf8);
        }

        Dataset data = Dataset.read(folder, 0);

        assertThat(data.badRows().examples())
                .containsExactly(
                        "items.tsv:2: the line is not UTF-8", "items.tsv:3: the line is not UTF-8");
        assertThat(data.catalogue().title(0)).isEqualTo("M\u00fcller");
    }

    @Test
    void read_markCrLfAndQuotes_areTolerated() throws IOException {
        write("items.tsv", "\ufeffitem\ttitle\r\n9\t\"Big\" \"Hammer\r\n10\t'Nails'");

        Dataset data = Dataset.read(folder, 0);

        assertThat(data.catalogue().title(0)).isEqualTo("\"Big\" \"Hammer");
        assertThat(data.catalogue().title(1)).isEqualTo("'Nails'");
        assertThat(data.badRows().count()).isZero();
    }

    @Test
    void read_events_giveRewardsByHand() throws IOException {
        write(
                "interactions.tsv",
                lines(
                        "event\tuser\titem\trating\ttimestamp",
                        "click\ta\t10\t3\t1",
                        "purchase\ta\t9\t4\t2",
                        "click\tb\t9\t5\t1",
                        "click\tc\t10\t1\t1",
                        "return\tc\t10\t1\t2"));

        Dataset data = Dataset.read(folder, 0);

        Sequence a = data.train().get(0);
        assertThat(data.hasEvents()).isTrue();
        assertThat(a.event(0)).isEqualTo(Sequence.CLICK);
        assertThat(a.reward(0)).isEqualTo(0.2f);
        assertThat(a.reward(1)).isEqualTo(1f);
        assertThat(data.badRows().examples())
                .containsExactly(
                        "interactions.tsv:6: the event must be click or purchase but is 'return'");
    }

    @Test
    void read_oneEventTypeOnly_rewardsOne() throws IOException {
        write(
                "interactions.tsv",
                "user\titem\ttimestamp\tevent\na\t10\t1\tclick\nb\t9\t1\tclick\nc\t9\t1\tclick\n");

        Dataset data = Dataset.read(folder, 0);

        assertThat(data.hasEvents()).isFalse();
        assertThat(data.train().get(0).reward(0)).isEqualTo(1f);
    }

    @Test
    void read_noSplitFile_splitsEightOneOneBySeed() throws IOException {
        Files.delete(folder.resolve("split_1.tsv"));
        writeUsers(40);

        Dataset data = Dataset.read(folder, 7);

        assertThat(data.train()).hasSize(32);
        assertThat(data.valid()).hasSize(4);
        assertThat(data.test()).hasSize(4);
        Set<String> users = new HashSet<>();
        Stream.of(data.train(), data.valid(), data.test())
                .flatMap(List::stream)
                .forEach(s -> users.add(s.userId()));
        assertThat(users).hasSize(40);
        assertThat(data.split()).isEqualTo("8:1:1 by seed 7");
        assertThat(Dataset.read(folder, 7).digest()).isEqualTo(data.digest());
        assertThat(Dataset.read(folder, 8).digest()).isNotEqualTo(data.digest());
    }

    @Test
    void read_twoSplitFiles_usesNeither() throws IOException {
        write("split_2.tsv", SPLIT);
        writeUsers(10);

        assertThat(Dataset.read(folder, 3).split()).isEqualTo("8:1:1 by seed 3");
    }

    @Test
    void digest_dependsOnContentAlone() throws IOException {
        String before = Dataset.read(folder, 0).digest();
        write("interactions.tsv", "user\titem\ttimestamp\r\nc\t10\t7\r\nb\t9\t8\r\na\t10\t9\r\n");
        assertThat(Dataset.read(folder, 1).digest()).isEqualTo(before).matches("[0-9a-f]{64}");

        write("items.tsv", "item\ttitle\tbrand\n9\tHammer\tAcmf\n10\tNails\t\n");
        assertThat(Dataset.read(folder, 0).digest()).isNotEqualTo(before);
    }

    @Test
    void read_unusableFolders_failByName() throws IOException {
        assertFails("DATA_FOLDER_MISSING", folder.resolve("nowhere"), "nowhere");

        write("interactions.tsv", "user\titem\ttimestamp\n");
        assertFails("DATA_NO_ROWS", folder, "at least 1 usable row but has 0");
        write("interactions.tsv", "user\titem\ttimestamp\na\tb\tc\n");
        assertFails("DATA_NO_ROWS", folder, "interactions.tsv:2: the timestamp");
        write("interactions.tsv", "user\titem\na\t1\n");
        assertFails("DATA_COLUMN_MISSING", folder, "'timestamp'");
        write("interactions.tsv", "");
        assertFails("DATA_HEADER_INVALID", folder, "interactions.tsv is empty");
        write("interactions.tsv", "user\titem\titem\n");
        assertFails("DATA_HEADER_INVALID", folder, "twice");
        write("interactions.tsv", "user\titem\ttimestamp\na\t9\t1\nb\t9\t1\n");
        assertFails("DATA_TOO_SMALL", folder, "at least 2 items in its interactions but has 1");

        writeSmallSet();
        write("items.tsv", "item\ttitle\n9\t\n77\tText\n");
        assertFails("DATA_NO_TEXT", folder, "at least 1 of the 2 items");
        write("items.tsv", "item\n9\n");
        assertFails("DATA_NO_TEXT", folder, "items.tsv");
        Files.delete(folder.resolve("items.tsv"));
        assertFails("DATA_FILE_MISSING", folder, "items.tsv");

        writeSmallSet();
        write("split_1.tsv", "user\tsplit\na\ttrain\nb\tvalid\nq\ttest\n");
        assertFails("DATA_SPLIT_INCOMPLETE", folder, "leaves out 1 of 3, the first 'c'");
        write("split_1.tsv", "user\tsplit\na\ttrain\nb\ttrain\nc\ttest\n");
        assertFails("DATA_TOO_SMALL", folder, "at least 1 valid user but has 0");
        Files.delete(folder.resolve("split_1.tsv"));
        assertFails("DATA_TOO_SMALL", folder, "3 users split by 8:1:1");
    }

    @Test
    void read_lineOverTheBound_isABadRow() throws IOException {
        write("items.tsv", "item\ttitle\n9\t" + "x".repeat(LineReader.MAX_BYTES) + "\n10\tNails\n");

        Dataset data = Dataset.read(folder, 0);

        assertThat(data.badRows().examples())
                .singleElement()
                .asString()
                .contains("items.tsv:2", "at most 1048576", "1048578");
        assertThat(data.catalogue().hasText(0)).isFalse();
        assertThat(data.catalogue().hasText(1)).isTrue();
    }

    @Test
    void sequence_eventsOfAnotherLength_areRefused() {
        assertThatThrownBy(() -> new Sequence("u", new int[] {1, 2}, new byte[] {0}))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("2 long but are 1");
    }

    private void assertFails(String reason, Path path, String message) {
        Failure.Invalid failure =
                catchThrowableOfType(Failure.Invalid.class, () -> Dataset.read(path, 0));
        assertThat(failure).as(reason).isNotNull();
        assertThat(failure.reason()).isEqualTo(reason);
        assertThat(failure.field()).isEqualTo("spec.data_path");
        assertThat(failure).hasMessageContaining(message);
    }

    private void writeUsers(int users) throws IOException {
        var rows = new StringBuilder("user\titem\ttimestamp\n");
        for (int user = 0; user < users; user++) {
            rows.append(user).append('\t').append(user % 2 == 0 ? 9 : 10).append("\t1\n");
        }
        write("interactions.tsv", rows.toString());
    }

    private static String lines(String... lines) {
        return String.join("\n", lines) + "\n";
    }

    private void write(String name, String content) throws IOException {
        Files.writeString(folder.resolve(name), content);
    }
}
