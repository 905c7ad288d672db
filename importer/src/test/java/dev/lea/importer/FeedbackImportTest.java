package dev.lea.importer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lea.importer.table.Moment;
import dev.lea.importer.table.TimeUnits;
import dev.lea.serving.feedback.Entry;
import dev.lea.serving.feedback.Feedback;
import dev.lea.serving.feedback.FeedbackLimits;
import dev.lea.serving.feedback.FeedbackLog;
import dev.lea.serving.feedback.Segments;
import dev.lea.trainer.data.Dataset;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Feedback, as agent-server keeps it, made the trainer's next data set.
class FeedbackImportTest {
    private static final Instant TIME = Instant.parse("2026-01-31T12:00:00.5Z");

    @TempDir Path folder;

    private Desk desk;

    @BeforeEach
    void open() {
        desk = new Desk(folder);
    }

    @Test
    void feedback_behindALog_comesAfterItInItsUnit() throws Exception {
        base("user\titem\ttimestamp\n", "1700000000");
        record(
                entry("1", "u0", "i1", TIME),
                entry("2", "u0", "i2", TIME.minusSeconds(1)),
                entry("3", "new", "i0", TIME),
                entry("4", "u0", "nobody knows it", TIME));

        Desk.Result result = run();

        assertThat(result.err()).isEmpty();
        assertThat(result.code()).isZero();
        assertThat(result.out()).contains("1 events of items that items.tsv does not name");
        assertThat(of("u0"))
                .containsExactly(
                        "u0\ti0\t1700000000", "u0\ti2\t1769860799.5", "u0\ti1\t1769860800.5");
        assertThat(of("new")).containsExactly("new\ti0\t1769860800.5");
        Dataset data = Dataset.read(desk.to("next"), 1);
        assertThat(data.interactions()).isEqualTo(12 + 3);
        assertThat(data.users()).isEqualTo(13);
        assertThat(data.badRows().count()).isZero();
    }

    @Test
    void feedback_importedTwice_changesNothing() throws Exception {
        base("user\titem\ttimestamp\n", "7");
        record(entry("1", "u0", "i1", TIME));
        assertThat(run().code()).isZero();
        List<String> once = lines();
        Files.move(desk.to("next"), desk.to("before"));

        Desk.Result again =
                Desk.run(
                        "import",
                        "feedback",
                        "--from",
                        desk.to("feedback"),
                        "--base",
                        desk.to("before"),
                        "--to",
                        desk.to("next"));

        assertThat(again.code()).isZero();
        assertThat(again.out()).contains("1 the same event again");
        assertThat(lines()).isEqualTo(once).contains("u0\ti1\t1769860800500000");
    }

    @Test
    void feedback_behindALogWithKinds_hasKinds() throws Exception {
        base("user\titem\ttimestamp\tevent\n", "1\tpurchase");
        record(entry("1", "u0", "i1", TIME));
        assertThat(run().code()).isZero();
        assertThat(of("u0"))
                .containsExactly("u0\ti0\t1\tpurchase", "u0\ti1\t1769860800500000\tclick");
    }

    @Test
    void feedback_withoutALog_makesADataSetByItself() throws Exception {
        base("user\titem\ttimestamp\n", "1");
        Files.delete(desk.to("base/interactions.tsv"));
        List<Entry> entries = new ArrayList<>();
        for (int user = 0; user < 10; user++) {
            entries.add(entry("a" + user, "u" + user, "i1", TIME));
            entries.add(entry("b" + user, "u" + user, "i2", TIME.plusSeconds(1)));
        }
        record(entries.toArray(Entry[]::new));
        assertThat(run().code()).isZero();
        assertThat(of("u3"))
                .containsExactly(
                        "u3\ti1\t1769860800500000\tclick", "u3\ti2\t1769860801500000\tclick");
    }

    @Test
    void feedback_whoseEndIsDamaged_isReadUpToThere_andTold() throws Exception {
        base("user\titem\ttimestamp\n", "1");
        record(entry("1", "u0", "i1", TIME));
        record(entry("2", "u1", "i1", TIME));
        List<Path> segments = Segments.of(desk.to("feedback"));
        for (Path segment : segments) {
            Files.write(segment, new byte[] {0, 0, 0, 9, 1, 2}, StandardOpenOption.APPEND);
        }

        Desk.Result refused = run();
        assertThat(refused.code()).isEqualTo(1);
        assertThat(refused.err()).contains("feedback-000000000001.log:2", "is not whole");

        Desk.Result result = run("--bad-share", "0.5");
        assertThat(result.code()).isZero();
        assertThat(result.out()).contains("bad rows").contains("feedback-000000000001.log:2");
        assertThat(result.out()).doesNotContain("feedback-000000000002.log:");
        assertThat(of("u1")).hasSize(2);
    }

    @Test
    void wrongSettings_areToldAtOnce() throws Exception {
        Files.createDirectories(desk.to("empty"));
        Desk.Result result =
                Desk.run("import", "feedback", "--from", desk.to("empty"), "--to", desk.to("next"));
        assertThat(result.code()).isEqualTo(2);
        assertThat(result.err()).contains("must hold feedback-*.log", "--base must name a folder");
        assertThat(
                        Desk.run(
                                        "import",
                                        "movielens",
                                        "--from",
                                        desk.to("empty"),
                                        "--base",
                                        desk.to("empty"),
                                        "--to",
                                        desk.to("next"))
                                .err())
                .contains("--base is for source feedback");
    }

    @Test
    void units_areTold_byTheNewestTime() {
        Instant now = TIME;
        assertThat(unit(893_286_638L, now)).contains(TimeUnits.SECONDS);
        assertThat(unit(1_700_000_000_000L, now)).contains(TimeUnits.MILLISECONDS);
        assertThat(unit(1_700_000_000_000_000L, now)).contains(TimeUnits.MICROSECONDS);
        assertThat(unit(1_700_000_000_000_000_000L, now)).contains(TimeUnits.NANOSECONDS);
        assertThat(unit(17, now)).contains(TimeUnits.MICROSECONDS);
        assertThat(unit(-17, now)).contains(TimeUnits.MICROSECONDS);
        assertThat(unit(9_000_000_000_000_000L, now)).isEmpty();
    }

    private static Optional<TimeUnits> unit(long newest, Instant now) {
        return TimeUnits.after(new Moment(newest, 0, false), now);
    }

    private Desk.Result run(String... more) {
        List<Object> arguments =
                new ArrayList<>(
                        List.of(
                                "import",
                                "feedback",
                                "--from",
                                desk.to("feedback"),
                                "--base",
                                desk.to("base"),
                                "--to",
                                desk.to("next")));
        arguments.addAll(List.of(more));
        return Desk.run(arguments.toArray());
    }

    /// Twelve users with an event each.
    private void base(String header, String rest) {
        desk.write("base/items.tsv", "item\ttitle\ni0\tA bolt\ni1\tA nut\ni2\tA washer\n");
        var rows = new StringBuilder(header);
        for (int user = 0; user < 12; user++) {
            rows.append("u%d\ti%d\t%s%n".formatted(user, user % 3, rest));
        }
        desk.write("base/interactions.tsv", rows.toString());
    }

    private void record(Entry... entries) throws Exception {
        try (var log =
                FeedbackLog.open(desk.to("feedback"), FeedbackLimits.DEFAULT, Clock.systemUTC())) {
            for (Entry entry : entries) {
                assertThat(log.record(entry).get()).isTrue();
            }
        }
    }

    private static Entry entry(String name, String user, String item, Instant time) {
        return new Entry(
                name,
                TIME.plusSeconds(60),
                List.of(
                        new Feedback(
                                user,
                                Optional.empty(),
                                List.of(
                                        new Feedback.Interaction(
                                                item, Feedback.Kind.CLICK, Optional.of(time))))));
    }

    private List<String> of(String user) throws Exception {
        return lines().stream().filter(line -> line.startsWith(user + "\t")).toList();
    }

    private List<String> lines() throws Exception {
        return Files.readAllLines(desk.to("next/interactions.tsv"));
    }
}
