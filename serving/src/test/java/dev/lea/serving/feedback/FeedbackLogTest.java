package dev.lea.serving.feedback;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lea.serving.Failure;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ThreadLocalRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class FeedbackLogTest {
    private static final Clock CLOCK = Clock.systemUTC();

    @TempDir Path folder;

    @Test
    void record_everyKindOfFeedback_isReadAsItWas() throws Exception {
        var full =
                new Entry(
                        "a \"quoted\" name",
                        Instant.parse("2026-01-31T12:00:00.123456789Z"),
                        List.of(
                                new Feedback(
                                        "u\u20ac\ud83d\ude00",
                                        Optional.of(
                                                new Feedback.Impression(
                                                        "r-1",
                                                        "policy",
                                                        3,
                                                        "d".repeat(64),
                                                        0.1f,
                                                        -1,
                                                        Optional.of(Instant.EPOCH),
                                                        List.of(
                                                                new Feedback.Shown("i1", 0.3f),
                                                                new Feedback.Shown("i2", 0)))),
                                        List.of(
                                                new Feedback.Interaction(
                                                        "i1",
                                                        Feedback.Kind.CLICK,
                                                        Optional.empty()),
                                                new Feedback.Interaction(
                                                        "i2",
                                                        Feedback.Kind.PURCHASE,
                                                        Optional.of(Instant.MAX)))),
                                new Feedback(
                                        "v",
                                        Optional.of(
                                                new Feedback.Impression(
                                                        "r-2",
                                                        "",
                                                        0,
                                                        "",
                                                        0,
                                                        0,
                                                        Optional.empty(),
                                                        List.of())),
                                        List.of())));
        try (var log = open(FeedbackLimits.DEFAULT)) {
            assertThat(log.record(full).get()).isTrue();
            assertThat(read()).containsExactly(full);
        }
    }

    @Test
    void record_manyAtOnce_shareSyncs() throws Exception {
        try (var log = open(FeedbackLimits.DEFAULT)) {
            List<CompletableFuture<Boolean>> futures = new ArrayList<>();
            for (int i = 0; i < 2000; i++) {
                futures.add(log.record(entry("r" + i)));
            }
            for (var future : futures) {
                assertThat(future.get()).isTrue();
            }
            assertThat(log.entries()).isEqualTo(2000);
            assertThat(log.syncs()).isLessThan(2000);
            assertThat(read()).hasSize(2000);
        }
    }

    @Test
    void record_theSameCallAgain_isKeptOnce_alsoAfterARestart() throws Exception {
        try (var log = open(FeedbackLimits.DEFAULT)) {
            assertThat(log.record(entry("r")).get()).isTrue();
            assertThat(log.record(later(entry("r"))).get()).isFalse();
        }
        try (var log = open(FeedbackLimits.DEFAULT)) {
            assertThat(log.record(entry("r")).get()).isFalse();
            assertThatThrownBy(() -> log.record(new Entry("r", Instant.now(), List.of())))
                    .isInstanceOfSatisfying(
                            Failure.Invalid.class,
                            e -> assertThat(e.reason()).isEqualTo("REQUEST_ID_REUSED"));
            assertThat(log.record(entry("s")).get()).isTrue();
        }
        assertThat(read()).extracting(Entry::requestId).containsExactly("r", "s");
    }

    @Test
    void recentRequests_beyondTheWindow_areForgotten() throws Exception {
        var limits = new FeedbackLimits(1 << 20, 1, Duration.ofHours(1));
        try (var log = open(limits)) {
            for (int i = 0; i < 5; i++) {
                log.record(entry("r" + i)).get();
            }
        }
        var recent = RecentRequests.of(Segments.of(folder), 3);
        assertThat(recent.get("r1", EntryJson.fingerprint(entry("r1")))).isNull();
        for (int i = 2; i < 5; i++) {
            assertThat(recent.get("r" + i, EntryJson.fingerprint(entry("r" + i)))).isNotNull();
        }
    }

    @Test
    void segments_endBySizeAndByAge() throws Exception {
        Instant[] now = {Instant.EPOCH};
        var clock =
                new Clock() {
                    @Override
                    public Instant instant() {
                        return now[0];
                    }

                    @Override
                    public ZoneId getZone() {
                        return ZoneOffset.UTC;
                    }

                    @Override
                    public Clock withZone(ZoneId zone) {
                        return this;
                    }
                };
        var limits = new FeedbackLimits(1 << 20, 400, Duration.ofMinutes(1));
        try (var log = FeedbackLog.open(folder, limits, clock)) {
            log.record(entry("a")).get();
            now[0] = now[0].plusSeconds(59);
            log.record(entry("b")).get();
            assertThat(Segments.of(folder)).hasSize(1);
            now[0] = now[0].plusSeconds(1);
            log.record(entry("c")).get();
            assertThat(Segments.of(folder)).hasSize(2);
            for (int i = 0; i < 20; i++) {
                log.record(entry("d" + i)).get();
            }
            assertThat(Segments.of(folder)).hasSizeGreaterThan(4);
        }
        assertThat(read()).hasSize(23);
    }

    @Test
    void open_afterAWriterDied_cutsOffWhatIsNotWhole_wherever() throws Exception {
        long seed = ThreadLocalRandom.current().nextLong();
        var random = new SplittableRandom(seed);
        try (var log = open(FeedbackLimits.DEFAULT)) {
            log.record(entry("a")).get();
            log.record(entry("b")).get();
        }
        Path segment = Segments.of(folder).getFirst();
        byte[] whole = Files.readAllBytes(segment);
        int record = Segments.frame(EntryJson.write(entry("a"))).capacity();
        int first = Segments.MAGIC.length + record;
        for (int length = 0; length < whole.length; length++) {
            byte[] torn = Arrays.copyOf(whole, length);
            boolean noise = length > first && random.nextBoolean();
            if (noise) {
                torn = Arrays.copyOf(torn, length + random.nextInt(1, 50));
            }
            Files.write(segment, torn);
            try (var log = open(FeedbackLimits.DEFAULT)) {
                assertThat(log.bytes())
                        .as("seed %d, length %d", seed, length)
                        .isEqualTo(length < 8 ? 0 : length < first ? 8 : first);
            }
            assertThat(read())
                    .as("seed %d, length %d", seed, length)
                    .hasSize(length < first ? 0 : 1);
        }
    }

    @Test
    void open_onWhatIsNoSegment_isRefused() throws IOException {
        Files.writeString(Segments.file(folder, 3), "my thesis, the only copy");
        assertThatThrownBy(() -> open(FeedbackLimits.DEFAULT))
                .isInstanceOf(Failure.Corrupt.class)
                .hasMessageContaining("feedback-000000000003.log");
        assertThat(Files.readString(Segments.file(folder, 3))).contains("thesis");
    }

    @Test
    void open_twice_isRefused() {
        try (var _ = open(FeedbackLimits.DEFAULT)) {
            assertThatThrownBy(() -> open(FeedbackLimits.DEFAULT))
                    .isInstanceOf(UncheckedIOException.class)
                    .hasMessageContaining("in use");
        }
    }

    @Test
    void record_beyondTheLimit_isRefused_andSegmentsThatGoMakeRoom() throws Exception {
        var limits = new FeedbackLimits(600, 300, Duration.ofHours(1));
        try (var log = open(limits)) {
            int kept = 0;
            while (kept < 100) {
                try {
                    log.record(entry("r" + kept)).get();
                } catch (ExecutionException e) {
                    assertThat(e.getCause())
                            .isInstanceOfSatisfying(
                                    Failure.Conflict.class,
                                    f -> assertThat(f.reason()).isEqualTo("FEEDBACK_FULL"));
                    break;
                }
                kept++;
            }
            assertThat(kept).isBetween(2, 99);
            assertThat(log.bytes()).isLessThanOrEqualTo(600);
        }
        Files.delete(Segments.of(folder).getFirst());
        try (var log = open(limits)) {
            assertThat(log.record(entry("again")).get()).isTrue();
        }
    }

    @Test
    void record_whereTheDiskRefuses_isUnavailable_andWorksOnceItDoesNot() throws Exception {
        Path feedback = folder.resolve("feedback");
        try (var log = FeedbackLog.open(feedback, FeedbackLimits.DEFAULT, CLOCK)) {
            Path aside = folder.resolve("aside");
            Files.move(feedback, aside);
            assertThatThrownBy(() -> log.record(entry("a")).get())
                    .hasCauseInstanceOf(Failure.Unavailable.class);
            Files.move(aside, feedback);
            assertThat(log.record(entry("a")).get()).isTrue();
            assertThat(read(feedback)).hasSize(1);
        }
    }

    @Test
    void record_afterClose_isUnavailable() {
        var log = open(FeedbackLimits.DEFAULT);
        log.close();
        log.close();
        assertThatThrownBy(() -> log.record(entry("a"))).isInstanceOf(Failure.Unavailable.class);
    }

    @Test
    void reader_whileTheSegmentGrows_seesWhatIsWhole() throws Exception {
        try (var log = open(FeedbackLimits.DEFAULT)) {
            log.record(entry("a")).get();
            Files.write(
                    Segments.of(folder).getFirst(),
                    new byte[] {0, 0, 1, 0, 5},
                    StandardOpenOption.APPEND);
            try (var reader = SegmentReader.open(Segments.of(folder).getFirst())) {
                assertThat(reader.next()).isPresent();
                assertThat(reader.next()).isEmpty();
                assertThat(reader.rest()).isEqualTo(5);
                assertThat(reader.damage()).contains("not whole");
            }
        }
    }

    private FeedbackLog open(FeedbackLimits limits) {
        return FeedbackLog.open(folder, limits, CLOCK);
    }

    private List<Entry> read() throws IOException {
        return read(folder);
    }

    private static List<Entry> read(Path folder) throws IOException {
        List<Entry> entries = new ArrayList<>();
        for (Path segment : Segments.of(folder)) {
            try (var reader = SegmentReader.open(segment)) {
                for (var next = reader.next(); next.isPresent(); next = reader.next()) {
                    entries.add(next.get());
                }
                assertThat(reader.damage()).isEmpty();
            }
        }
        return entries;
    }

    private static Entry entry(String name) {
        return new Entry(
                name,
                Instant.parse("2026-01-31T12:00:00Z"),
                List.of(
                        new Feedback(
                                "u",
                                Optional.empty(),
                                List.of(
                                        new Feedback.Interaction(
                                                "i", Feedback.Kind.CLICK, Optional.empty())))));
    }

    private static Entry later(Entry entry) {
        return new Entry(entry.requestId(), entry.received().plusSeconds(9), entry.feedback());
    }
}
