package dev.lea.serving.bundle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.lea.serving.Failure;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What a store makes of the folder that a crash left, step by step, and of one whose process was killed.
@Timeout(120)
class ModelStoreRecoveryTest {
    @TempDir Path scratch;
    private Path folder;
    private Path stateFile;
    private ModelStore store;

    @BeforeEach
    void openStore() {
        folder = scratch.resolve("store");
        stateFile = folder.resolve("state.json");
        store = open();
        upload("one");
        upload("two");
        store.setLive(1);
        store.setLive(2);
    }

    @AfterEach
    void closeStore() {
        store.close();
    }

    @Test
    void open_uploadCutShort_isDeleted() throws Exception {
        Path left = Files.createDirectory(folder.resolve("uploads/left"));
        Files.writeString(left.resolve("model.onnx"), "half");
        reopen();
        assertThat(left).doesNotExist();
        assertUnchanged();
    }

    @Test
    void open_bundleRenamedButNotRecorded_isTakenUp() throws Exception {
        String before = Files.readString(stateFile);
        StoredVersion three = upload("three");
        Files.writeString(stateFile, before);
        reopen();
        assertThat(store.version(3).digest()).isEqualTo(three.digest());
        assertThat(store.live()).isEqualTo(2);
        assertThat(upload("three").number()).isEqualTo(3);
        assertThat(upload("four").number()).isEqualTo(4);
    }

    @Test
    void open_stateHalfWritten_isTheOldState() throws Exception {
        String before = Files.readString(stateFile);
        Files.writeString(
                folder.resolve(".state.json.part"), before.substring(0, before.length() / 2));
        reopen();
        assertUnchanged();
        store.setLive(1);
        reopen();
        assertThat(store.live()).isEqualTo(1);
    }

    @Test
    void open_versionForgottenButNotDeleted_isDeleted() throws Exception {
        store.close();
        try (var small = ModelStore.open(folder, "policy", limits(2), Clock.systemUTC())) {
            store = small;
            upload("three");
            upload("four");
            assertThat(numbers()).containsExactly(4L, 2L, 1L);
        }
        TestBundles.write(folder.resolve("versions/3"), "three");
        Files.delete(folder.resolve("versions/3/" + Bundle.MODEL)); // a deletion cut short
        store = open();
        assertThat(folder.resolve("versions/3")).doesNotExist();
        assertThat(numbers()).containsExactly(4L, 2L, 1L);
        assertUploadsEmpty();
    }

    @Test
    void open_deletionMovedAsideButNotDone_isDone() throws Exception {
        TestBundles.write(folder.resolve("uploads/moved"), "three");
        reopen();
        assertUploadsEmpty();
        assertUnchanged();
    }

    @Test
    void open_stateGone_takesUpEveryVersionAndNoneIsLive() throws Exception {
        List<String> digests = store.list().stream().map(StoredVersion::digest).toList();
        Files.delete(stateFile);
        reopen();
        assertThat(store.list().stream().map(StoredVersion::digest)).isEqualTo(digests);
        assertThat(store.live()).isZero();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "null",
                "{}",
                "{\"live\": 0, \"past\": [], \"next\"",
                "{\"live\": 1, \"past\": [], \"next\": 1, \"versions\": {}}",
                "{\"live\": 0, \"past\": [1], \"next\": 1, \"versions\": {}}",
                "{\"live\": 0, \"past\": [], \"next\": 3, \"versions\": {\"1\": null}}",
                "{\"live\": 0, \"past\": [], \"next\": 0, \"versions\": {}}"
            })
    void open_stateThatIsNone_isRefusedAndNothingIsTouched(String content) throws Exception {
        String before = Files.readString(stateFile);
        Files.writeString(stateFile, content);
        store.close();
        var e = catchThrowableOfType(Failure.Corrupt.class, this::open);
        assertThat(e.reason()).isEqualTo("STORE_UNREADABLE");
        assertThat(e).hasMessageContaining(stateFile.toString());
        Files.writeString(stateFile, before);
        store = open(); // nor does the attempt keep the folder locked
        assertUnchanged();
        assertThat(Bundle.open(folder.resolve("versions/1"))).isNotNull();
    }

    @Test
    void open_stateWithoutRoles_hasNone() throws Exception {
        String now = Files.readString(stateFile);
        String older = now.replaceAll(",\\s*\"(canary|canaryShare|shadow)\" : [0-9.]+", "");
        assertThat(older).isNotEqualTo(now).doesNotContain("canary");
        Files.writeString(stateFile, older);
        reopen();
        assertUnchanged();
        assertThat(store.aliases()).isEqualTo(new Aliases(2, 0, 0, 0));
    }

    @Test
    void open_folderOfAVersionGone_isForgotten_unlessItIsLive() throws Exception {
        upload("three");
        Durable.delete(folder.resolve("versions/3"));
        Durable.delete(folder.resolve("versions/2"));
        Durable.delete(folder.resolve("versions/1"));
        reopen();
        assertThat(numbers()).containsExactly(2L);
        assertThat(store.live()).isEqualTo(2);
        assertThat(store.previous()).isZero();
        var e = catchThrowableOfType(Failure.Corrupt.class, () -> store.bundle(2));
        assertThat(e.reason()).isEqualTo("BUNDLE_FILE_MISSING");
        assertThat(upload("four").number()).isEqualTo(4);
    }

    @Test
    void open_strangersAmongTheVersions_areLeftAloneAndTheirNumbersUnused() throws Exception {
        Files.createDirectory(folder.resolve("versions/notes"));
        Files.createDirectory(folder.resolve("versions/007"));
        Files.createDirectory(folder.resolve("versions/3"));
        Files.writeString(folder.resolve("versions/3/x"), "not a bundle");
        reopen();
        assertUnchanged();
        assertThat(folder.resolve("versions/notes")).exists();
        assertThat(folder.resolve("versions/007")).exists();
        assertThat(folder.resolve("versions/3/x")).exists();
        assertThat(upload("three").number()).isEqualTo(4);
    }

    @Test
    void setLive_stateCannotBeWritten_leavesTheOldState() throws Exception {
        Path inTheWay = Files.createDirectory(folder.resolve(".state.json.part"));
        assertThatThrownBy(() -> store.setLive(1)).hasMessageContaining("state.json");
        assertUnchanged();
        Files.delete(inTheWay);
        reopen();
        assertUnchanged();
    }

    /// Kills a process amid uploads, activations, roll backs and deletions, and holds what is found against what
    /// it had said was done.
    @ParameterizedTest
    @ValueSource(ints = {10, 50})
    void open_afterKill_isTheOldStateOrTheNewOne(int lines) throws Exception {
        Path churned = scratch.resolve("churned");
        long live = 0;
        long highest = 0;
        long pending = 0;
        int read = 0;
        Process process = churn(churned);
        try (BufferedReader out = process.inputReader(StandardCharsets.UTF_8)) {
            for (String line = out.readLine(); line != null; line = out.readLine()) {
                String[] words = line.split(" ", 2);
                if (words.length == 2 && !words[1].isEmpty()) { // a kill may cut the last line
                    long number = Long.parseLong(words[1]);
                    switch (words[0]) {
                        case "uploaded" -> highest = Math.max(highest, number);
                        case "activating" -> pending = number;
                        case "live" -> live = number;
                        default -> throw new AssertionError(line);
                    }
                }
                if (++read == lines) {
                    process.toHandle().destroyForcibly(); // leaves what it has said to be read
                }
            }
        } finally {
            process.destroyForcibly();
        }
        assertThat(read).isGreaterThanOrEqualTo(lines);
        assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();

        try (var found = ModelStore.open(churned, "policy", limits(3), Clock.systemUTC())) {
            assertThat(found.live()).isIn(live, pending);
            assertThat(found.list().getFirst().number()).isBetween(highest, highest + 1);
            for (StoredVersion version : found.list()) {
                assertThat(found.bundle(version.number()).digest()).isEqualTo(version.digest());
            }
            try (var list = Files.list(churned.resolve("versions"))) {
                assertThat(list).hasSameSizeAs(found.list());
            }
            assertThat(TestBundles.upload(found, scratch, "after", "").number())
                    .isGreaterThan(highest);
        }
    }

    private static Process churn(Path folder) throws IOException {
        return new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx128m",
                        "-XX:TieredStopAtLevel=1",
                        "-cp",
                        System.getProperty("java.class.path"),
                        StoreChurn.class.getName(),
                        folder.toString())
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
    }

    private void assertUnchanged() {
        assertThat(numbers()).containsExactly(2L, 1L);
        assertThat(store.live()).isEqualTo(2);
        assertThat(store.previous()).isEqualTo(1);
    }

    private void assertUploadsEmpty() throws IOException {
        try (var list = Files.list(folder.resolve("uploads"))) {
            assertThat(list).isEmpty();
        }
    }

    private StoredVersion upload(String model) {
        return TestBundles.upload(store, scratch, model, "");
    }

    private ModelStore open() {
        return ModelStore.open(folder, "policy", limits(10), Clock.systemUTC());
    }

    private void reopen() {
        store.close();
        store = open();
    }

    private List<Long> numbers() {
        return store.list().stream().map(StoredVersion::number).toList();
    }

    private static StoreLimits limits(int versions) {
        return new StoreLimits(versions, 1 << 20, 64);
    }
}
