package dev.lea.importer;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.lea.trainer.data.Dataset;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ImportCommandTest {
    private static final int USERS = 12;

    @TempDir Path folder;

    private Desk desk;

    @BeforeEach
    void open() {
        desk = new Desk(folder);
    }

    @Test
    void wrongSettings_areAllToldAtOnce_beforeAnythingIsRead() throws IOException {
        Files.createDirectories(desk.to("out"));

        Desk.Result result =
                Desk.run(
                        "import",
                        "table",
                        "--from",
                        desk.to("none.csv"),
                        "--to",
                        desk.to("out"),
                        "--core",
                        0,
                        "--once",
                        "--min-rating",
                        "4",
                        "--sample",
                        3,
                        "--bad-share",
                        2,
                        "--memory",
                        1,
                        "--text-length",
                        0,
                        "--items",
                        desk.to("items.xyz"),
                        "--encoding",
                        "latin-99",
                        "--clicks",
                        "view");

        assertThat(result.code()).isEqualTo(2);
        assertThat(result.err())
                .contains(
                        "--to must not exist but " + desk.to("out") + " does",
                        "--user must name the column of users",
                        "--item must name the column of items",
                        "--clicks and --purchases need --event",
                        "--min-rating needs --rating",
                        "--items needs --text",
                        "there is no file " + desk.to("none.csv"),
                        "there is no file " + desk.to("items.xyz"),
                        "--encoding must name an encoding but is 'latin-99'",
                        "--bad-share must be in [0, 1] but is 2.0",
                        "--memory must be at least 64 but is 1",
                        "--text-length must be in [1, 20000] but is 0",
                        "--core counts until nothing changes; it cannot go with --once",
                        "--min-per-user must be at least 1 but is 0",
                        "--sample must be at least 10 but is 3");
    }

    @Test
    void optionsThatASourceHasNoUseFor_areRefused() {
        Desk.Result result =
                Desk.run(
                        "import",
                        "rc15",
                        "--from",
                        desk.to("none"),
                        "--to",
                        desk.to("out"),
                        "--user",
                        "u",
                        "--items",
                        "i.csv",
                        "--text",
                        "t",
                        "--min-rating",
                        3);

        assertThat(result.code()).isEqualTo(2);
        assertThat(result.err())
                .contains(
                        "source rc15 knows its columns",
                        "source rc15 finds its items in --from",
                        "source rc15 knows its texts",
                        "source rc15 has no ratings",
                        "--from must be the folder of the RecSys Challenge 2015");
    }

    @Test
    void unknownSource_isNamedWithThoseThatThereAre() {
        Desk.Result result = Desk.run("import", "netflix", "--from", "x", "--to", desk.to("out"));

        assertThat(result.code()).isEqualTo(2);
        assertThat(result.err())
                .contains(
                        "there is no source 'netflix'; there are amazon-2018, amazon-2023, movielens, lastfm, retailrocket,"
                                + " rc15, table");
    }

    @Test
    void missingColumn_isNamedWithThoseThatThereAre() throws IOException {
        Path events = desk.write("e.csv", "who,what\na,1\n");

        Desk.Result result =
                Desk.run(
                        "import",
                        "table",
                        "--from",
                        events,
                        "--to",
                        desk.to("out"),
                        "--user",
                        "customer",
                        "--item",
                        "what",
                        "--text",
                        "what:title");

        assertThat(result.code()).isEqualTo(1);
        assertThat(result.err())
                .isEqualTo(
                        "import: "
                                + events
                                + " needs a column 'customer' but has [who, what]"
                                + System.lineSeparator());
        assertNothingLeft();
    }

    @Test
    void badRows_areCountedAndShown() throws IOException {
        Path events =
                desk.write(
                        "e.csv",
                        "u,i,t,n\n"
                                + rows("%d,%d,%d,N\n")
                                + "u1,,5,N\nu1,7,noon,N\nu1,7\nu1,a\tb,5,N\nu1,7,2014-01-01,N\n");

        Desk.Result result = table(events, "--time", "t", "--text", "n:name", "--bad-share", 0.2);

        assertThat(result.code()).as(result.err()).isZero();
        assertThat(result.out())
                .contains(
                        "bad rows                5",
                        "e.csv:38: the item id is empty",
                        "e.csv:39: the time must be a number or a date such as 2018-05-20T10:00:00Z but is 'noon'",
                        "e.csv:40: the row must have 4 cells but has 2",
                        "e.csv:41: the item id holds the control character U+0009 at 2",
                        "e.csv:42: the time must be a number like those before it but is '2014-01-01'");
        Dataset data = Dataset.read(desk.to("out"), 0);
        assertThat(data.interactions()).isEqualTo(3 * USERS);
        assertThat(data.catalogue().columns()).containsExactly("name");
        assertThat(data.badRows().count()).isZero();
        JsonNode made = new ObjectMapper().readTree(desk.to("out").resolve("import.json").toFile());
        assertThat(made.get("bad_rows").asInt()).isEqualTo(5);
        assertThat(made.get("source").asText()).isEqualTo("table");
        assertThat(made.get("users").asInt()).isEqualTo(USERS);
    }

    @Test
    void tooManyBadRows_refuseTheFile() throws IOException {
        Path events = desk.write("e.csv", "u,i,t\n" + rows("%d,%d,%d\n") + ",1,1\n");

        Desk.Result result = table(events, "--time", "t");

        assertThat(result.code()).isEqualTo(1);
        assertThat(result.err())
                .contains(
                        "must have at most 1.00 % bad rows (--bad-share) but has 2.70 %: 1 of 37; the first is"
                                + " e.csv:38: the user id is empty");
        assertNothingLeft();
    }

    @Test
    void wrongFile_isRefusedBeforeItsEnd() throws IOException {
        Path events = desk.write("e.jsonl", "no json\n".repeat(100_000));

        Desk.Result result = table(events);

        assertThat(result.err())
                .contains("100 %: 1000 of 1000; the first is e.jsonl:1: the row is no JSON");
        assertNothingLeft();
    }

    @Test
    void damagedGzip_leavesNothing() throws IOException {
        byte[] bytes = Desk.packed("u,i\n" + rows("%d,%d\n").repeat(1000));
        Path events = desk.write("e.csv.gz", Arrays.copyOf(bytes, bytes.length / 2));

        Desk.Result result = table(events);

        assertThat(result.code()).isEqualTo(1);
        assertThat(result.err()).contains("e.csv.gz is cut off or damaged");
        assertNothingLeft();
    }

    @Test
    void noText_isRefusedUnlessIdsWillDo() throws IOException {
        Path events = desk.write("e.csv", "u,i\n" + rows("%d,%d\n"));

        Desk.Result refused = table(events);

        assertThat(refused.err())
                .contains("at least 1 of the 3 items must have a text but none has");
        assertNothingLeft();
        assertThat(table(events, "--id-as-text").code()).isZero();
        assertThat(Dataset.read(desk.to("out"), 0).catalogue().title(1)).isEqualTo("2");
    }

    @Test
    void tooLittleLeft_isRefusedWithWhatWasDropped() throws IOException {
        Path events = desk.write("e.csv", "u,i\n" + rows("%d,%d\n"));

        Desk.Result result = table(events, "--id-as-text", "--core", 4);

        assertThat(result.err())
                .contains(
                        "at least 10 users and 2 items must be left but there are 0 and 0",
                        "of users with fewer than 4 events=36");
        assertNothingLeft();
    }

    @Test
    void unknownEvents_areCountedByTheirKind() {
        Path events =
                desk.write(
                        "e.csv",
                        "u,i,k\n" + rows("%d,%d,click\n") + "1,1,wish\n1,1,wish\n1,1,purchase\n");

        Desk.Result result = table(events, "--event", "k", "--id-as-text");

        assertThat(result.out()).contains("2 event 'wish'", "36 clicks, 1 purchases");
        Desk.Result none = table(events, "--event", "k", "--clicks", "view", "--replace");
        assertThat(none.err()).contains("at least 1 event must be read", "event 'wish'=2");
    }

    @Test
    void tiedTimes_warn_andMoreSoWhereTheyFollowIds() {
        var tied = new StringBuilder("u,i,t\n");
        for (int user = 0; user < USERS; user++) {
            for (int item = 0; item < 8; item++) {
                tied.append(user)
                        .append(",")
                        .append(10 + item)
                        .append(",")
                        .append(item / 4 * 86400);
                tied.append('\n');
            }
        }
        Path events = desk.write("e.csv", tied.toString());

        Desk.Result inOrder = table(events, "--time", "t", "--id-as-text");

        assertThat(inOrder.code()).isZero();
        assertThat(inOrder.out()).contains("85.7 %, 100.0 % of them in ascending order of ids");
        assertThat(inOrder.err())
                .contains(
                        "warning: order is not time: 85.7 % of neighbouring events of a user have the same time",
                        "warning: events of the same time, 85.7 % of neighbours, stand in the order of ids");
        Desk.Result shuffled =
                table(events, "--time", "t", "--id-as-text", "--ties", "shuffle", "--replace");
        assertThat(shuffled.err()).contains("order is not time").doesNotContain("order of ids");
        Desk.Result apart = table(events, "--id-as-text", "--replace");
        assertThat(apart.err()).isEmpty();
    }

    @Test
    void existingFolder_isReplacedOnlyWhereAnImportWroteIt() throws IOException {
        Path events = desk.write("e.csv", "u,i\n" + rows("%d,%d\n"));
        assertThat(table(events, "--id-as-text").code()).isZero();

        assertThat(table(events, "--id-as-text").err()).contains("--to must not exist");
        assertThat(table(events, "--id-as-text", "--seed", 7, "--replace").code()).isZero();
        assertThat(names(desk.to("out")))
                .containsExactly(
                        "import.json", "interactions.tsv", "items.tsv", "split_811_seed7.tsv");
        assertThat(table(events, "--id-as-text", "--no-split", "--replace").code()).isZero();
        assertThat(names(desk.to("out")))
                .containsExactly("import.json", "interactions.tsv", "items.tsv");

        desk.write("out/thesis.tex", "mine");
        assertThat(table(events, "--id-as-text", "--replace").err()).contains("holds thesis.tex");
        assertThat(names(desk.to("out"))).contains("thesis.tex", "items.tsv");
    }

    @Test
    void show_tellsWhatImportTold() {
        Path events = desk.write("e.csv", "u,i,t,n\n" + rows("%d,%d,%d,Name\n"));
        Desk.Result imported = table(events, "--time", "t", "--text", "n:title");

        Desk.Result shown = Desk.run("show", desk.to("out"));

        assertThat(shown.code()).as(shown.err()).isZero();
        String table = imported.out().substring(imported.out().indexOf("  users"));
        assertThat(shown.out()).contains(table.substring(0, table.indexOf("  rows read")));
        assertThat(Desk.run("show", desk.to("none")).err())
                .contains("interactions.tsv cannot be read");
    }

    @Test
    void progress_isALineAFileWithoutATerminal() {
        Path events = desk.write("e.csv", "u,i\n" + rows("%d,%d\n"));

        assertThat(table(events, "--id-as-text").out())
                .startsWith("reading e.csv\napplying the rules\nwriting\n" + desk.to("out"));
    }

    /// For every user three rows: user, item, time.
    private static String rows(String pattern) {
        var rows = new StringBuilder();
        for (int user = 1; user <= USERS; user++) {
            for (int item = 1; item <= 3; item++) {
                rows.append(String.format(Locale.ROOT, pattern, user, item, 100 + item));
            }
        }
        return rows.toString();
    }

    private Desk.Result table(Path events, Object... more) {
        List<Object> arguments =
                new ArrayList<>(
                        List.of(
                                "import",
                                "table",
                                "--from",
                                events,
                                "--user",
                                "u",
                                "--item",
                                "i",
                                "--to",
                                desk.to("out")));
        arguments.addAll(List.of(more));
        return Desk.run(arguments.toArray());
    }

    private void assertNothingLeft() throws IOException {
        assertThat(names(folder)).noneMatch(name -> name.contains("out"));
    }

    private static List<String> names(Path folder) throws IOException {
        try (var list = Files.list(folder)) {
            return list.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }
}
