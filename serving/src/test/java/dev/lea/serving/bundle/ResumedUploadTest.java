package dev.lea.serving.bundle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.lea.serving.Failure;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Uploads that were cut and go on.
class ResumedUploadTest {
    private static final StoreLimits LIMITS = new StoreLimits(10, 1 << 20, 64);

    @TempDir Path scratch;
    private Path bundle;
    private List<UploadFile> files;
    private ModelStore store;

    @BeforeEach
    void openStore() {
        store = open(Clock.systemUTC());
        bundle = scratch.resolve("bundle");
        TestBundles.write(bundle, "model");
        files = TestBundles.announce(bundle);
    }

    @AfterEach
    void closeStore() {
        store.close();
    }

    @Test
    void resume_afterACutAtAnyByte_goesOnThereAndKeepsTheVersion() throws Exception {
        byte[] items = TestBundles.read(bundle.resolve("items.jsonl"));
        byte[] manifest = TestBundles.read(bundle.resolve("manifest.json"));
        int total = items.length + manifest.length + 5;
        for (int sent = 1; sent <= total; sent += 7) {
            var own = ModelStore.open(folder("cut-" + sent), "policy", LIMITS, Clock.systemUTC());
            try (own) {
                try (Upload cut = own.begin(files, "request")) {
                    assertThat(send(cut, new UploadPosition("items.jsonl", 0), sent))
                            .isEqualTo(sent);
                }
                UploadPosition position = own.resume("request");
                try (Upload rest = own.begin(files, "request")) {
                    assertThat(send(rest, position, total)).isEqualTo(total - sent);
                    assertThat(rest.finish().number()).isEqualTo(1);
                }
                assertThat(own.uploaded("request")).isPresent();
                assertNothingLeft(folder("cut-" + sent));
            }
        }
    }

    @Test
    void resume_afterARestart_goesOn() throws Exception {
        cut("request", 10);
        store.close();
        store = open(Clock.systemUTC());
        assertThat(store.resume("request")).isEqualTo(new UploadPosition("items.jsonl", 10));
        finish("request");
        assertNothingLeft(folder("store"));
    }

    @Test
    void resume_nothingKept_isNotFound() {
        for (String id : List.of("request", "")) {
            var e = catchThrowableOfType(Failure.NotFound.class, () -> store.resume(id));
            assertThat(e.reason()).isEqualTo("UPLOAD_UNKNOWN");
        }
    }

    @Test
    void begin_fromTheFirstByte_beginsAgain() {
        cut("request", 40);
        assertThat(TestBundles.upload(store, bundle, "request").number()).isEqualTo(1);
    }

    @Test
    void begin_otherFilesUnderTheName_beginsAgain() {
        cut("request", 40);
        Path other = scratch.resolve("other");
        TestBundles.write(other, "another model");
        assertThat(TestBundles.upload(store, other, "request").digest())
                .isEqualTo(Bundle.open(other).digest());
    }

    @Test
    void begin_atAnotherPlace_isInvalidAndLosesNothing() {
        cut("request", 10);
        try (Upload rest = store.begin(files, "request")) {
            var e =
                    catchThrowableOfType(
                            Failure.Invalid.class,
                            () -> rest.append("items.jsonl", 11, ByteBuffer.allocate(1)));
            assertThat(e).hasMessageContaining("offset 10");
        }
        finish("request");
    }

    @Test
    void begin_whileAnotherOfTheNameIsUnderWay_takesOver() {
        Upload first = store.begin(files, "request");
        send(first, new UploadPosition("items.jsonl", 0), 10);
        assertThat(store.resume("request")).isEqualTo(new UploadPosition("items.jsonl", 10));
        var late =
                catchThrowableOfType(
                        Failure.Conflict.class,
                        () -> first.append("items.jsonl", 10, ByteBuffer.allocate(1)));
        assertThat(late.reason()).isEqualTo("UPLOAD_SUPERSEDED");
        Upload second = store.begin(files, "request");
        Upload third = store.begin(files, "request");
        assertThat(catchThrowableOfType(Failure.Conflict.class, second::finish)).isNotNull();
        third.close();
        first.close();
        finish("request");
    }

    @Test
    void append_whatWasKeptHasRotten_isCorruptAndBeginsAgain() throws Exception {
        cut("request", 10);
        Path kept;
        try (var tree = Files.walk(folder("store").resolve("uploads"))) {
            kept = tree.filter(path -> path.endsWith("items.jsonl")).findFirst().orElseThrow();
        }
        Files.write(kept, new byte[10]);
        try (Upload rest = store.begin(files, "request")) {
            var e =
                    catchThrowableOfType(
                            Failure.Corrupt.class,
                            () -> send(rest, new UploadPosition("items.jsonl", 10), 1000));
            assertThat(e.reason()).isEqualTo("UPLOAD_ALTERED");
        }
        assertThat(catchThrowableOfType(Failure.NotFound.class, () -> store.resume("request")))
                .isNotNull();
        assertThat(TestBundles.upload(store, bundle, "request").number()).isEqualTo(1);
    }

    @Test
    void begin_moreCutOnesThanAreKept_dropsTheOldest() throws Exception {
        for (int i = 0; i <= Uploads.KEPT; i++) {
            cut("request-" + i, 10);
            age("request-" + i, Duration.ofMinutes(10 - i));
        }
        assertThat(catchThrowableOfType(Failure.NotFound.class, () -> store.resume("request-0")))
                .isNotNull();
        for (int i = 1; i <= Uploads.KEPT; i++) {
            assertThat(store.resume("request-" + i).offset()).isEqualTo(10);
        }
    }

    @Test
    void open_cutLongAgo_isDropped() throws Exception {
        cut("request", 10);
        store.close();
        store =
                open(
                        Clock.fixed(
                                Instant.now().plus(Uploads.KEPT_FOR).plusSeconds(60),
                                ZoneOffset.UTC));
        assertNothingLeft(folder("store"));
    }

    private void age(String requestId, Duration age) throws Exception {
        Path header =
                folder("store")
                        .resolve(
                                "uploads/"
                                        + Sha256.of(requestId.getBytes(StandardCharsets.UTF_8))
                                        + ".json");
        Files.setLastModifiedTime(header, FileTime.from(Instant.now().minus(age)));
    }

    private void cut(String requestId, int bytes) {
        try (Upload upload = store.begin(files, requestId)) {
            send(upload, new UploadPosition("items.jsonl", 0), bytes);
        }
    }

    private void finish(String requestId) {
        UploadPosition position = store.resume(requestId);
        try (Upload rest = store.begin(files, requestId)) {
            send(rest, position, Integer.MAX_VALUE);
            assertThat(rest.finish().number()).isEqualTo(1);
        }
    }

    /// Sends at most so many bytes from a place on, and tells how many.
    private int send(Upload upload, UploadPosition from, int most) {
        int sent = 0;
        boolean begun = false;
        for (UploadFile file : files) {
            begun |= file.name().equals(from.file());
            if (!begun) {
                continue;
            }
            byte[] content = TestBundles.read(bundle.resolve(file.name()));
            int offset = file.name().equals(from.file()) ? (int) from.offset() : 0;
            int length = Math.min(content.length - offset, most - sent);
            if (length > 0) {
                upload.append(file.name(), offset, ByteBuffer.wrap(content, offset, length));
                sent += length;
            }
        }
        return sent;
    }

    private static void assertNothingLeft(Path folder) throws Exception {
        try (var list = Files.list(folder.resolve("uploads"))) {
            assertThat(list).isEmpty();
        }
    }

    private Path folder(String name) {
        return scratch.resolve(name);
    }

    private ModelStore open(Clock clock) {
        return ModelStore.open(folder("store"), "policy", LIMITS, clock);
    }
}
