package dev.lea.serving.bundle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.lea.serving.Failure;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What an upload holds its sender to. Nothing that fails leaves anything.
class UploadTest {
    private static final StoreLimits LIMITS = new StoreLimits(10, 4000, 8);

    @TempDir Path scratch;
    private Path bundle;
    private List<UploadFile> files;
    private ModelStore store;

    @BeforeEach
    void openStore() {
        store = ModelStore.open(scratch.resolve("store"), "policy", LIMITS, Clock.systemUTC());
        bundle = scratch.resolve("bundle");
        TestBundles.write(bundle, "model");
        files = TestBundles.announce(bundle);
    }

    @AfterEach
    void nothingIsKept() throws Exception {
        assertThat(store.list()).isEmpty();
        try (var list = Files.list(scratch.resolve("store/uploads"))) {
            assertThat(list).isEmpty();
        }
        try (var list = Files.list(scratch.resolve("store/versions"))) {
            assertThat(list).isEmpty();
        }
        assertThat(TestBundles.upload(store, bundle, "").number()).isEqualTo(1);
        store.close();
    }

    @Test
    void close_halfWay_leavesNothing() {
        Upload upload = store.begin(files, "");
        upload.append("items.jsonl", 0, bytes("items.jsonl"));
        upload.close();
        upload.close();
    }

    @Test
    void append_filesInAnotherOrder_isInvalid() {
        try (Upload upload = store.begin(files, "")) {
            var e = invalid(() -> upload.append("model.onnx", 0, bytes("model.onnx")));
            assertThat(e.field()).isEqualTo("chunk.file_name");
            assertThat(e).hasMessageContaining("items.jsonl").hasMessageContaining("model.onnx");
        }
    }

    @Test
    void append_fileNotAnnounced_isInvalid() {
        try (Upload upload = store.begin(files, "")) {
            files.forEach(file -> send(upload, file));
            var e = invalid(() -> upload.append("more", 0, ByteBuffer.allocate(1)));
            assertThat(e).hasMessageContaining("no further file");
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {-1, 1, Long.MAX_VALUE, Long.MIN_VALUE})
    void append_anotherOffset_isInvalid(long offset) {
        try (Upload upload = store.begin(files, "")) {
            var e = invalid(() -> upload.append("items.jsonl", offset, ByteBuffer.allocate(1)));
            assertThat(e.field()).isEqualTo("chunk.offset_bytes");
            assertThat(e).hasMessageContaining("offset 0").hasMessageContaining("" + offset);
        }
    }

    @Test
    void append_sameBytesAgain_isInvalid() {
        try (Upload upload = store.begin(files, "")) {
            upload.append("items.jsonl", 0, ByteBuffer.allocate(1));
            invalid(() -> upload.append("items.jsonl", 0, ByteBuffer.allocate(1)));
        }
    }

    @Test
    void append_moreThanAnnounced_isInvalid() {
        try (Upload upload = store.begin(files, "")) {
            var e = invalid(() -> upload.append("items.jsonl", 0, ByteBuffer.allocate(3000)));
            assertThat(e.field()).isEqualTo("chunk.data");
        }
    }

    @Test
    void append_otherBytesThanAnnounced_isCorrupt() {
        try (Upload upload = store.begin(files, "")) {
            ByteBuffer altered = bytes("items.jsonl");
            altered.put(1, (byte) 'x');
            upload.append("items.jsonl", 0, altered);
            for (int i = 0; i < 2; i++) { // and stays so
                var e =
                        catchThrowableOfType(
                                Failure.Corrupt.class,
                                () -> upload.append("manifest.json", 0, bytes("manifest.json")));
                assertThat(e.reason()).isEqualTo("UPLOAD_ALTERED");
                assertThat(e).hasMessageContaining("items.jsonl");
            }
        }
    }

    @Test
    void finish_somethingMissing_isTruncated() {
        for (int sent = 0; sent < files.size(); sent++) {
            if (files.subList(sent, files.size()).stream().allMatch(f -> f.sizeBytes() == 0)) {
                continue;
            }
            try (Upload upload = store.begin(files, "")) {
                files.subList(0, sent).forEach(file -> send(upload, file));
                var e = catchThrowableOfType(Failure.Corrupt.class, upload::finish);
                assertThat(e.reason()).isEqualTo("UPLOAD_TRUNCATED");
            }
        }
    }

    @Test
    void finish_lastFileAltered_isCorrupt() {
        try (Upload upload = store.begin(files, "")) {
            files.subList(0, files.size() - 1).forEach(file -> send(upload, file));
            upload.append("model.onnx", 0, ByteBuffer.allocate(5));
            var e = catchThrowableOfType(Failure.Corrupt.class, upload::finish);
            assertThat(e.reason()).isEqualTo("UPLOAD_ALTERED");
        }
    }

    @Test
    void finish_wholeButUnsound_isCorrupt() {
        List<UploadFile> without =
                files.stream().filter(f -> !f.name().equals("model.onnx")).toList();
        try (Upload upload = store.begin(without, "")) {
            without.forEach(file -> send(upload, file));
            var e = catchThrowableOfType(Failure.Corrupt.class, upload::finish);
            assertThat(e.reason()).isEqualTo("BUNDLE_FILE_MISSING");
        }
    }

    @Test
    void begin_numberOfFiles_isBounded() {
        assertThat(invalid(() -> store.begin(List.of(), ""))).hasMessageContaining("has 0");
        assertThat(invalid(() -> store.begin(empties(9), ""))).hasMessageContaining("has 9");
        store.begin(empties(8), "").close();
    }

    @Test
    void begin_sizes_areBounded() {
        store.begin(List.of(sized(4000)), "").close();
        for (long size : new long[] {4001, Long.MAX_VALUE}) {
            var e = invalid(() -> store.begin(List.of(sized(size)), ""));
            assertThat(e.reason()).isEqualTo("UPLOAD_TOO_LARGE");
            assertThat(e.metadata()).containsEntry("limit_bytes", "4000");
        }
        invalid(() -> store.begin(List.of(sized(-1)), ""));
        List<UploadFile> together = new ArrayList<>(empties(1));
        together.add(sized(2000));
        together.add(new UploadFile("b", 2001, "0".repeat(64)));
        assertThat(invalid(() -> store.begin(together, ""))).hasMessageContaining("b brings");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", ".", "..", "../a", "a/b", "/a", "a\\b", "a b", "ä", "a\n"})
    void begin_badName_isInvalid(String name) {
        var file = new UploadFile(name, 0, "0".repeat(64));
        assertThat(invalid(() -> store.begin(List.of(file), "")).field()).isEqualTo("header.files");
    }

    @Test
    void begin_sameNameTwice_isInvalid() {
        List<UploadFile> twice = Collections.nCopies(2, sized(1));
        assertThat(invalid(() -> store.begin(twice, ""))).hasMessageContaining("twice");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "0", "SHA", "g"})
    void begin_badHash_isInvalid(String digit) {
        var file = new UploadFile("a", 0, digit.length() == 1 ? digit.repeat(63) : digit);
        invalid(() -> store.begin(List.of(file), ""));
    }

    @Test
    void begin_longRequestId_isInvalid() {
        store.begin(files, "x".repeat(128)).close();
        var e = invalid(() -> store.begin(files, "x".repeat(129)));
        assertThat(e.field()).isEqualTo("header.request_id");
        assertThat(e).hasMessageContaining("128").hasMessageContaining("129");
    }

    private void send(Upload upload, UploadFile file) {
        TestBundles.send(upload, file.name(), TestBundles.read(bundle.resolve(file.name())));
    }

    private ByteBuffer bytes(String name) {
        return ByteBuffer.wrap(TestBundles.read(bundle.resolve(name)));
    }

    private static UploadFile sized(long bytes) {
        return new UploadFile("a", bytes, "0".repeat(64));
    }

    private static List<UploadFile> empties(int count) {
        return IntStream.range(0, count)
                .mapToObj(i -> new UploadFile("empty-" + i, 0, "0".repeat(64)))
                .toList();
    }

    private static Failure.Invalid invalid(Runnable call) {
        var e = catchThrowableOfType(Failure.Invalid.class, call::run);
        assertThat(e).isNotNull();
        return e;
    }
}
