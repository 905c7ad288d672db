package dev.lea.serving.bundle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.lea.serving.Failure;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// What a store keeps, what it lets go, and when it answers with what it has.
@Timeout(60)
class ModelStoreTest {
    private static final Instant NOW = Instant.parse("2026-01-02T03:04:05.678Z");

    @TempDir Path scratch;
    private Path folder;
    private ModelStore store;

    @BeforeEach
    void openStore() {
        folder = scratch.resolve("store");
        store = open(StoreLimits.DEFAULT);
    }

    @AfterEach
    void closeStore() {
        store.close();
    }

    @Test
    void upload_soundBundle_isKeptUnderTheNextNumber() throws Exception {
        StoredVersion one = upload("one");
        StoredVersion two = upload("two");
        assertThat(one)
                .isEqualTo(
                        new StoredVersion(
                                1,
                                "test",
                                Bundle.open(scratch.resolve("bundle-one")).digest(),
                                NOW,
                                Bundle.open(scratch.resolve("bundle-one")).sizeBytes(),
                                Map.of("ndcg@10", 0.07),
                                ""));
        assertThat(store.list()).containsExactly(two, one);
        assertThat(store.version(2)).isEqualTo(two);
        assertThat(Files.readString(store.bundle(2).file(Bundle.MODEL))).isEqualTo("two");
        assertThat(store.live()).isZero();
        assertThat(store.previous()).isZero();
        assertUploadsEmpty();
    }

    @Test
    void upload_metricsThatAreNoNumbers_surviveARestart() {
        Path bundle = scratch.resolve("odd");
        TestBundles.write(bundle, "policy", "odd", Map.of("hr", Double.NaN));
        TestBundles.upload(store, bundle, "");
        reopen();
        assertThat(store.version(1).metrics()).containsEntry("hr", Double.NaN);
    }

    @Test
    void anything_ofAVersionThatIsNotKept_isNotFound() {
        List<Runnable> calls =
                List.of(
                        () -> store.version(1),
                        () -> store.bundle(1),
                        () -> store.setLive(1),
                        () -> store.setRefusal(1, "x"));
        for (Runnable call : calls) {
            var e = catchThrowableOfType(Failure.NotFound.class, call::run);
            assertThat(e.reason()).isEqualTo("VERSION_UNKNOWN");
            assertThat(e.metadata()).containsEntry("version", "1");
        }
    }

    @Test
    void upload_sameDigestOrRequestId_answersWithTheVersionThatIsThere() throws Exception {
        StoredVersion one = TestBundles.upload(store, scratch, "one", "request-1");
        assertThat(upload("one")).isEqualTo(one);
        assertThat(TestBundles.upload(store, scratch, "one", "request-2")).isEqualTo(one);
        assertThat(TestBundles.upload(store, scratch, "two", "request-1")).isEqualTo(one);
        assertThat(store.uploaded("request-1")).contains(one);
        assertThat(store.uploaded("request-9")).isEmpty();
        assertThat(store.uploaded("")).isEmpty();
        assertThat(store.list()).containsExactly(one);
        assertUploadsEmpty();
        reopen();
        assertThat(store.uploaded("request-1")).contains(one);
    }

    @Test
    void upload_sameBundleFromManyAtOnce_makesOneVersion() throws Exception {
        TestBundles.write(scratch.resolve("bundle-one"), "one");
        try (var threads = Executors.newFixedThreadPool(4)) {
            List<Callable<StoredVersion>> calls = new ArrayList<>();
            for (int i = 0; i < 16; i++) {
                calls.add(() -> TestBundles.upload(store, scratch.resolve("bundle-one"), ""));
            }
            for (var answer : threads.invokeAll(calls)) {
                assertThat(answer.get().number()).isEqualTo(1);
            }
        }
        assertThat(store.list()).hasSize(1);
        assertUploadsEmpty();
    }

    @Test
    void upload_anotherKind_isRefusedAndLeavesNothing() throws Exception {
        Path bundle = scratch.resolve("environment");
        TestBundles.write(bundle, "environment", "x", Map.of());
        var e =
                catchThrowableOfType(
                        Failure.Corrupt.class, () -> TestBundles.upload(store, bundle, ""));
        assertThat(e.reason()).isEqualTo("BUNDLE_KIND_WRONG");
        assertThat(e).hasMessageContaining("environment").hasMessageContaining("policy");
        assertThat(store.list()).isEmpty();
        assertUploadsEmpty();
    }

    @Test
    void upload_stateCannotBeWritten_failsAndTheNextOneDoesNot() throws Exception {
        Path inTheWay = Files.createDirectory(folder.resolve(".state.json.part"));
        assertThatThrownBy(() -> upload("one")).isInstanceOf(UncheckedIOException.class);
        assertThat(store.list()).isEmpty();
        assertUploadsEmpty();
        Files.delete(inTheWay);
        assertThat(upload("two").number()).isEqualTo(1);
        assertThat(upload("one").number()).isEqualTo(2);
    }

    @Test
    void setLive_remembersWhatWasLiveBefore() {
        for (String model : List.of("one", "two", "three")) {
            upload(model);
        }
        store.setLive(1);
        assertThat(store.previous()).isZero();
        store.setLive(3);
        store.setLive(3); // changes nothing
        store.setLive(2);
        reopen();
        assertThat(store.live()).isEqualTo(2);
        assertThat(store.previous()).isEqualTo(3);
        store.setRolledBack();
        assertThat(store.live()).isEqualTo(3);
        assertThat(store.previous()).isEqualTo(1);
        store.setRolledBack();
        reopen();
        assertThat(store.live()).isEqualTo(1);
        assertThat(store.previous()).isZero();
    }

    @Test
    void setRefusal_isRememberedUntilTakenBack() {
        upload("one");
        store.setRefusal(1, "PROBE_MISMATCH: it differs");
        reopen();
        assertThat(store.version(1).refusal()).isEqualTo("PROBE_MISMATCH: it differs");
        store.setRefusal(1, "");
        assertThat(store.version(1).refusal()).isEmpty();
    }

    @Test
    void prune_keepsTheLiveOneTheOneBeforeAndTheNewest() throws Exception {
        reopen(new StoreLimits(3, 1 << 20, 64));
        upload("1");
        upload("2");
        store.setLive(1);
        store.setLive(2);
        for (int i = 3; i <= 6; i++) {
            upload(Integer.toString(i));
        }
        assertThat(numbers()).containsExactly(6L, 2L, 1L);
        store.setLive(6);
        upload("7");
        assertThat(numbers()).containsExactly(7L, 6L, 2L);
        assertThat(store.previous()).isEqualTo(2);
        try (var list = Files.list(folder.resolve("versions"))) {
            assertThat(list.map(path -> path.getFileName().toString()))
                    .containsExactlyInAnyOrder("2", "6", "7");
        }
        assertUploadsEmpty();
        reopen();
        assertThat(numbers()).containsExactly(7L, 6L, 2L);
        assertThat(upload("8").number()).isEqualTo(8); // a number is never used again
    }

    @Test
    void prune_stepsBackThatLeadNowhereGo() {
        reopen(new StoreLimits(2, 1 << 20, 64));
        upload("1");
        upload("2");
        store.setLive(1);
        store.setLive(2);
        store.setLive(1);
        assertThat(store.previous()).isEqualTo(2);
        upload("3");
        store.setLive(3);
        upload("4"); // drops 2, which lay between 1 and 1
        assertThat(numbers()).containsExactly(4L, 3L, 1L);
        store.setRolledBack();
        assertThat(store.live()).isEqualTo(1);
        assertThat(store.previous()).isZero();
    }

    @Test
    void prune_heldVersion_staysUntilItIsLetGo() {
        reopen(new StoreLimits(2, 1 << 20, 64));
        upload("1");
        var hold = store.hold(1);
        var other = store.hold(1);
        other.close();
        other.close(); // letting go twice counts once
        upload("2");
        upload("3");
        assertThat(numbers()).containsExactly(3L, 1L);
        assertThat(store.bundle(1).digest()).isEqualTo(store.version(1).digest());
        hold.close();
        upload("4");
        assertThat(numbers()).containsExactly(4L, 3L);
    }

    @Test
    void aliases_survive_andEndWhenTheirVersionBecomesLive() {
        for (String model : List.of("1", "2", "3")) {
            upload(model);
        }
        store.setLive(1);
        store.setCanary(2, 0.25);
        store.setShadow(3);
        reopen();
        assertThat(store.aliases()).isEqualTo(new Aliases(1, 2, 0.25, 3));
        store.setLive(2);
        assertThat(store.aliases()).isEqualTo(new Aliases(2, 0, 0, 3));
        store.setLive(3);
        assertThat(store.aliases()).isEqualTo(new Aliases(3, 0, 0, 0));
        store.setCanary(2, 1);
        store.setRolledBack();
        reopen();
        assertThat(store.aliases()).isEqualTo(new Aliases(2, 0, 0, 0));
    }

    @Test
    void setCanary_whatCannotBe_isRefused() {
        upload("1");
        upload("2");
        store.setLive(1);
        for (double share : new double[] {-0.1, 1.1, Double.NaN}) {
            assertThatThrownBy(() -> store.setCanary(2, share)).hasMessageContaining("share");
        }
        assertThatThrownBy(() -> store.setCanary(1, 0.5)).hasMessageContaining("version 1 is live");
        assertThatThrownBy(() -> store.setShadow(1)).hasMessageContaining("version 1 is live");
        assertThatThrownBy(() -> store.setShadow(7)).isInstanceOf(Failure.NotFound.class);
        assertThatThrownBy(() -> store.setCanary(0, 0.5)).hasMessageContaining("needs a canary");
        assertThat(store.aliases()).isEqualTo(new Aliases(1, 0, 0, 0));
    }

    @Test
    void prune_canaryAndShadow_stay() {
        reopen(new StoreLimits(3, 1 << 20, 64));
        upload("1");
        upload("2");
        upload("3");
        store.setCanary(1, 0);
        store.setShadow(2);
        store.setLive(3);
        upload("4");
        upload("5");
        assertThat(numbers()).containsExactly(5L, 3L, 2L, 1L);
        store.setCanary(0, 0);
        assertThat(numbers()).containsExactly(5L, 3L, 2L);
    }

    @Test
    void delete_whatIsOfNoUse_isGone_andTheRestIsKept() throws Exception {
        for (String model : List.of("1", "2", "3", "4")) {
            upload(model);
        }
        store.setLive(4);
        store.setLive(1);
        store.setCanary(2, 0);
        store.setShadow(3);
        for (long number = 1; number <= 3; number++) {
            long used = number;
            var e = catchThrowableOfType(Failure.Conflict.class, () -> store.delete(used));
            assertThat(e.reason()).isEqualTo("VERSION_IN_USE");
        }
        try (var _ = store.hold(4)) {
            assertThatThrownBy(() -> store.delete(4)).hasMessageContaining("being loaded");
        }
        store.delete(4);
        assertThat(store.previous()).isZero(); // nothing to roll back to any more
        assertThat(numbers()).containsExactly(3L, 2L, 1L);
        assertThatThrownBy(() -> store.delete(4)).isInstanceOf(Failure.NotFound.class);
        assertThat(upload("4").number()).isEqualTo(5);
        assertUploadsEmpty();
    }

    @Test
    void bundle_alteredSinceItsUpload_isCorrupt() throws Exception {
        upload("one");
        Path model = folder.resolve("versions/1/" + Bundle.MODEL);
        byte[] sound = Files.readAllBytes(model);
        Files.writeString(model, "0ne");
        assertThat(corruption(1)).isEqualTo("BUNDLE_FILE_ALTERED");
        Files.write(model, sound);

        Path manifest = folder.resolve("versions/1/" + Bundle.MANIFEST);
        Files.writeString(manifest, Files.readString(manifest).replace("0.07", "0.77"));
        assertThat(corruption(1)).isEqualTo("BUNDLE_MANIFEST_ALTERED");
        reopen();
        assertThat(corruption(1)).isEqualTo("BUNDLE_MANIFEST_ALTERED");
        assertThat(store.version(1).metrics()).containsEntry("ndcg@10", 0.07);
    }

    @Test
    void upload_ofAVersionThatIsNoLongerSound_repairsIt() throws Exception {
        upload("one");
        store.setLive(1);
        Files.writeString(folder.resolve("versions/1/" + Bundle.MODEL), "0ne");
        store.setRefusal(1, "BUNDLE_FILE_ALTERED");
        StoredVersion repaired = upload("one");
        assertThat(repaired.number()).isEqualTo(1);
        assertThat(repaired.refusal()).isEmpty();
        assertThat(store.bundle(1).digest()).isEqualTo(repaired.digest());
        Durable.delete(folder.resolve("versions/1"));
        upload("one");
        assertThat(store.bundle(1).digest()).isEqualTo(repaired.digest());
        assertThat(store.live()).isEqualTo(1);
        assertUploadsEmpty();
    }

    @Test
    void open_folderOfAnotherStore_isRefusedUntilThatIsClosed() throws Exception {
        Path upload = Files.createDirectory(folder.resolve("uploads/under-way"));
        assertThatThrownBy(() -> open(StoreLimits.DEFAULT))
                .isInstanceOf(UncheckedIOException.class)
                .hasMessageContaining(folder.toString())
                .hasMessageContaining("in use by another server");
        assertThat(upload).exists();
        reopen();
    }

    @Test
    void open_placeThatIsNoFolder_isNamed() throws Exception {
        Path file = Files.writeString(scratch.resolve("file"), "");
        assertThatThrownBy(() ->
                        ModelStore.open(file, "policy", StoreLimits.DEFAULT, Clock.systemUTC()))
                .isInstanceOf(UncheckedIOException.class)
                .hasMessageContaining(file.toString());
    }

    private StoredVersion upload(String model) {
        return TestBundles.upload(store, scratch, model, "");
    }

    private ModelStore open(StoreLimits limits) {
        return ModelStore.open(folder, "policy", limits, Clock.fixed(NOW, ZoneOffset.UTC));
    }

    private void reopen() {
        reopen(StoreLimits.DEFAULT);
    }

    private void reopen(StoreLimits limits) {
        store.close();
        store = open(limits);
    }

    private List<Long> numbers() {
        return store.list().stream().map(StoredVersion::number).toList();
    }

    private String corruption(long number) {
        return catchThrowableOfType(Failure.Corrupt.class, () -> store.bundle(number)).reason();
    }

    private void assertUploadsEmpty() throws IOException {
        try (var list = Files.list(folder.resolve("uploads"))) {
            assertThat(list).isEmpty();
        }
    }
}
