package dev.lea.serving.swap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.lea.serving.Failure;
import dev.lea.serving.bundle.Aliases;
import dev.lea.serving.bundle.Bundle;
import dev.lea.serving.bundle.ModelStore;
import dev.lea.serving.bundle.StoreLimits;
import dev.lea.serving.bundle.TestBundles;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// With models that are their file's text; the text says how loading fails.
@Timeout(60)
class ModelHostTest {
    private record FakeModel(String text, AtomicInteger closes) implements AutoCloseable {
        @Override
        public void close() {
            closes.incrementAndGet();
            if (text.startsWith("sticky")) {
                throw new IllegalStateException("it does not close");
            }
        }
    }

    @TempDir Path scratch;
    private final List<FakeModel> loaded = Collections.synchronizedList(new ArrayList<>());
    private final List<Version> versions = Collections.synchronizedList(new ArrayList<>());
    private Runnable whileLoading = () -> {};
    private ModelHost<FakeModel> host;

    @BeforeEach
    void openHost() {
        var limits = new StoreLimits(2, 1 << 20, 64);
        var store = ModelStore.open(scratch.resolve("store"), "policy", limits, Clock.systemUTC());
        host = new ModelHost<>("policy", store, this::load);
    }

    @AfterEach
    void everythingIsClosedOnce() {
        host.close();
        host.close();
        assertThat(loaded).allSatisfy(model -> assertThat(model.closes()).hasValue(1));
    }

    @Test
    void lease_nothingActivated_isUnavailable() {
        upload("one");
        assertThatThrownBy(() -> host.lease()).isInstanceOf(Failure.Unavailable.class);
        assertThat(host.live()).isEmpty();
        host.restore();
        assertThat(host.live()).isEmpty();
    }

    @Test
    void activate_sound_isLiveInTheSlotAndOnDisk() {
        upload("one");
        upload("two");
        var first = host.activate(1, 0);
        assertThat(first.live().number()).isEqualTo(1);
        assertThat(first.previous()).isEmpty();
        var second = host.activate(2, 1);
        assertThat(second.live()).isEqualTo(host.store().version(2));
        assertThat(second.previous()).contains(host.store().version(1));
        assertLive(2, "two");
        assertThat(loaded.getFirst().closes()).hasValue(1);
        var version = host.store().version(2);
        assertThat(versions.getLast()).isEqualTo(new Version("test", 2, version.digest()));
    }

    @Test
    void activate_theLiveOne_doesNothing() {
        upload("one");
        host.activate(1, 0);
        var again = host.activate(1, 1);
        assertThat(again.live()).isEqualTo(host.store().version(1));
        assertThat(again.previous()).contains(host.store().version(1));
        assertThat(loaded).hasSize(1);
        assertThat(host.store().previous()).isZero();
    }

    @Test
    void activate_anotherIsLiveThanExpected_isAConflict() {
        upload("one");
        upload("two");
        assertConflict("LIVE_VERSION_CHANGED", () -> host.activate(1, 2));
        host.activate(1, 0);
        var e = assertConflict("LIVE_VERSION_CHANGED", () -> host.activate(2, 2));
        assertThat(e.metadata())
                .containsEntry("live_version", "1")
                .containsEntry("expected_live_version", "2");
        assertLive(1, "one");
    }

    @Test
    void activate_unknown_isNotFound() {
        assertThatThrownBy(() -> host.activate(1, 0)).isInstanceOf(Failure.NotFound.class);
    }

    @Test
    void activate_cannotBeServed_isRefusedWithItsReason_andTheLiveOneStays() {
        upload("one");
        host.activate(1, 0);
        upload("corrupt");
        var e = assertConflict("PROBE_MISMATCH", () -> host.activate(2, 0));
        assertThat(e).hasMessageContaining("version 2").hasMessageContaining("it differs");
        assertThat(refusal(2)).isEqualTo("PROBE_MISMATCH: it differs");
        assertLive(1, "one");
    }

    @Test
    void activate_modelFails_keepsTheCauseToItself() {
        upload("broken");
        var e = assertConflict("MODEL_FAILED", () -> host.activate(1, 0));
        assertThat(e.getMessage() + refusal(1)).doesNotContain("secret");
        assertThat(refusal(1)).startsWith("MODEL_FAILED");
        assertThat(host.live()).isEmpty();
        assertThat(host.store().live()).isZero();
    }

    @Test
    void activate_loaderHasABug_isRefusedToo() {
        upload("buggy");
        assertThatThrownBy(() -> host.activate(1, 0)).isInstanceOf(NullPointerException.class);
        assertThat(refusal(1)).startsWith("LOAD_FAILED");
    }

    @Test
    void activate_rottenOnDisk_isRefused_andMendedByUploadingItAgain() throws Exception {
        upload("one");
        Files.writeString(scratch.resolve("store/versions/1/" + Bundle.MODEL), "0ne");
        assertConflict("BUNDLE_FILE_ALTERED", () -> host.activate(1, 0));
        assertThat(loaded).isEmpty();
        upload("one");
        host.activate(1, 0);
        assertLive(1, "one");
        assertThat(refusal(1)).isEmpty();
    }

    @Test
    void activate_cannotBeRecorded_changesNothing() throws Exception {
        upload("one");
        upload("two");
        host.activate(1, 0);
        Path inTheWay = Files.createDirectory(scratch.resolve("store/.state.json.part"));
        assertThatThrownBy(() -> host.activate(2, 0)).isInstanceOf(UncheckedIOException.class);
        assertLive(1, "one");
        assertThat(loaded.getLast().closes()).hasValue(1);
        upload("two"); // is there already, so there is nothing to record
        Files.delete(inTheWay);
        host.activate(2, 0);
        assertLive(2, "two");
    }

    @Test
    void activate_previousDoesNotClose_succeedsAllTheSame() {
        upload("sticky");
        upload("two");
        host.activate(1, 0);
        host.activate(2, 0);
        assertLive(2, "two");
    }

    @Test
    void activate_whileUploadsPush_keepsItsFiles() {
        upload("one");
        whileLoading =
                () -> {
                    upload("two");
                    upload("three");
                    upload("four");
                };
        host.activate(1, 0);
        assertLive(1, "one");
        assertThat(host.store().bundle(1)).isNotNull();
    }

    @Test
    void activate_manyAtOnce_areOneAfterAnother() throws Exception {
        upload("one");
        upload("two");
        host.activate(1, 0);
        var inside = new AtomicInteger();
        var overlapped = new AtomicBoolean();
        whileLoading =
                () -> {
                    overlapped.compareAndSet(false, inside.incrementAndGet() > 1);
                    Thread.onSpinWait();
                    inside.decrementAndGet();
                };
        var failures = Collections.synchronizedList(new ArrayList<Throwable>());
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            long number = 1L + i % 2;
            threads.add(
                    Thread.ofPlatform()
                            .start(() -> {
                                try {
                                    for (int n = 0; n < 10; n++) {
                                        host.activate(number, 0);
                                    }
                                } catch (RuntimeException e) {
                                    failures.add(e);
                                }
                            }));
        }
        for (Thread thread : threads) {
            thread.join();
        }
        assertThat(failures).isEmpty();
        assertThat(overlapped).isFalse();
        assertThat(host.live().orElseThrow().number()).isEqualTo(host.store().live());
    }

    @Test
    void activate_whileLent_waitsForTheLeaseButServesTheNewOne() throws Exception {
        upload("one");
        upload("two");
        host.activate(1, 0);
        var lease = host.lease();
        var done = new CountDownLatch(1);
        var activation =
                Thread.ofPlatform()
                        .start(() -> {
                            host.activate(2, 0);
                            done.countDown();
                        });
        while (host.live().orElseThrow().number() != 2) {
            Thread.onSpinWait();
        }
        assertThat(host.store().live()).isEqualTo(2); // recorded before anybody could see it
        assertThat(lease.model().closes()).hasValue(0);
        assertThat(done.getCount()).isEqualTo(1);
        lease.close();
        activation.join();
        assertThat(done.getCount()).isZero();
    }

    @Test
    void rollBack_goesToWhatWasLiveBefore() {
        upload("one");
        upload("two");
        assertConflict("NOTHING_TO_ROLL_BACK_TO", () -> host.rollBack());
        host.activate(1, 0);
        assertConflict("NOTHING_TO_ROLL_BACK_TO", () -> host.rollBack());
        host.activate(2, 0);
        var back = host.rollBack();
        assertThat(back.live().number()).isEqualTo(1);
        assertThat(back.previous()).contains(host.store().version(2));
        assertLive(1, "one");
        assertConflict("NOTHING_TO_ROLL_BACK_TO", () -> host.rollBack());
    }

    @Test
    void rollBack_targetIsRotten_isRefused_andTheLiveOneStays() throws Exception {
        upload("one");
        upload("two");
        host.activate(1, 0);
        host.activate(2, 0);
        Files.delete(scratch.resolve("store/versions/1/" + Bundle.MODEL));
        assertConflict("BUNDLE_FILE_MISSING", () -> host.rollBack());
        assertLive(2, "two");
        assertThat(host.store().previous()).isEqualTo(1);
    }

    @Test
    void restore_afterARestart_servesWhatWasLive() {
        upload("one");
        upload("two");
        host.activate(1, 0);
        host.activate(2, 0);
        reopen();
        assertThat(host.live()).isEmpty();
        host.restore();
        assertLive(2, "two");
        host.rollBack();
        assertLive(1, "one");
    }

    @Test
    void restore_noLongerSound_isRefused_andAnotherOrTheMendedOneCanBeActivated() throws Exception {
        upload("one");
        upload("two");
        host.activate(2, 0);
        Files.delete(scratch.resolve("store/versions/2/" + Bundle.MODEL));
        reopen();
        assertConflict("BUNDLE_FILE_MISSING", () -> host.restore());
        assertThat(refusal(2)).startsWith("BUNDLE_FILE_MISSING");
        assertThat(host.live()).isEmpty();
        assertThatThrownBy(() -> host.lease()).isInstanceOf(Failure.Unavailable.class);

        upload("two");
        var mended = host.activate(2, 0);
        assertThat(mended.previous().map(version -> version.number())).contains(2L);
        assertLive(2, "two");
        host.activate(1, 2);
        assertLive(1, "one");
    }

    @Test
    void setCanary_answersItsShare_andIsPromotedWithoutALoad() {
        upload("one");
        upload("two");
        host.activate(1, 0);
        assertThat(host.setCanary(2, 0.5)).isEqualTo(new Aliases(1, 2, 0.5, 0));
        assertThat(answering(Choice.LIVE)).isEqualTo("one");
        assertThat(answering(Choice.of(2))).isEqualTo("two");
        assertThat(answering(Choice.of(1))).isEqualTo("one");
        assertThat(answeringUsers()).containsOnly("one", "two");
        host.setCanary(2, 1);
        assertThat(answeringUsers()).containsOnly("two");
        host.setCanary(2, 0);
        assertThat(answeringUsers()).containsOnly("one");
        assertThat(loaded).hasSize(2);

        host.activate(2, 1);
        assertLive(2, "two");
        assertThat(loaded).hasSize(2);
        assertThat(host.store().aliases()).isEqualTo(new Aliases(2, 0, 0, 0));
        assertThat(loaded.getFirst().closes()).hasValue(1);
        host.rollBack();
        assertLive(1, "one");
    }

    @Test
    void setCanary_ended_isClosed() {
        upload("one");
        upload("two");
        host.activate(1, 0);
        host.setCanary(2, 1);
        host.setShadow(2);
        assertThat(loaded).hasSize(2); // one model for both
        host.setCanary(0, 0);
        assertThat(loaded.getLast().closes()).hasValue(0);
        host.setShadow(0);
        assertThat(loaded.getLast().closes()).hasValue(1);
        assertThat(answeringUsers()).containsOnly("one");
    }

    @Test
    void setCanary_whatCannotBe_changesNothing() {
        upload("one");
        assertConflict("NO_LIVE_VERSION", () -> host.setCanary(1, 0.5));
        assertConflict("NO_LIVE_VERSION", () -> host.setShadow(1));
        host.activate(1, 0);
        upload("corrupt");
        assertConflict("PROBE_MISMATCH", () -> host.setCanary(2, 0.5));
        assertConflict("PROBE_MISMATCH", () -> host.setShadow(2));
        assertConflict("VERSION_IS_LIVE", () -> host.setCanary(1, 0.5));
        assertConflict("VERSION_IS_LIVE", () -> host.setShadow(1));
        assertThatThrownBy(() -> host.setCanary(9, 0.5)).isInstanceOf(Failure.NotFound.class);
        assertThat(host.store().aliases()).isEqualTo(new Aliases(1, 0, 0, 0));
        assertThat(refusal(2)).startsWith("PROBE_MISMATCH");
        assertThat(answeringUsers()).containsOnly("one");
    }

    @Test
    void restore_bringsCanaryAndShadowBack_andLetsRottenOnesGo() throws Exception {
        host.close();
        var limits = new StoreLimits(4, 1 << 20, 64);
        var store = ModelStore.open(scratch.resolve("store"), "policy", limits, Clock.systemUTC());
        host = new ModelHost<>("policy", store, this::load);
        upload("one");
        upload("two");
        upload("three");
        host.activate(1, 0);
        host.setCanary(2, 1);
        host.setShadow(3);
        reopen();
        host.restore();
        assertThat(answeringUsers()).containsOnly("two");
        assertThat(host.store().aliases()).isEqualTo(new Aliases(1, 2, 1, 3));
        Files.delete(scratch.resolve("store/versions/2/" + Bundle.MODEL));
        reopen();
        host.restore();
        assertThat(answeringUsers()).containsOnly("one");
        assertThat(host.store().aliases()).isEqualTo(new Aliases(1, 0, 0, 3));
    }

    @Test
    void events_tellWhatHappens_inOrder() {
        var events = Collections.synchronizedList(new ArrayList<String>());
        Runnable end = host.events().listen(e -> events.add(e.kind() + " " + e.version()));
        upload("one");
        host.events().storeChanged();
        host.activate(1, 0);
        upload("two");
        host.setCanary(2, 0.5);
        host.setShadow(2);
        host.activate(2, 0);
        upload("corrupt");
        assertConflict("PROBE_MISMATCH", () -> host.activate(3, 0));
        host.delete(3);
        assertThat(events)
                .containsExactly(
                        "UPLOADED 1",
                        "LOADING 1",
                        "VERIFIED 1",
                        "WARMED 1",
                        "LIVE 1",
                        "LOADING 2",
                        "VERIFIED 2",
                        "WARMED 2",
                        "CANARY 2",
                        "SHADOW 2",
                        "LIVE 2",
                        "CANARY_ENDED 2",
                        "SHADOW_ENDED 2",
                        "CLOSED 1",
                        "UPLOADED 2",
                        "LOADING 3",
                        "VERIFIED 3",
                        "REFUSED 3",
                        "UPLOADED 3",
                        "DELETED 3");
        end.run();
        host.rollBack();
        assertThat(events).hasSize(20);
    }

    @Test
    void reviseOthers_changesTheCanaryAlone() {
        upload("one");
        upload("two");
        host.activate(1, 0);
        host.setCanary(2, 1);
        host.reviseOthers(model -> {
            loaded.add(new FakeModel(model.text() + "!", new AtomicInteger()));
            return Optional.of(loaded.getLast());
        });
        assertThat(answeringUsers()).containsOnly("two!");
        host.reviseOthers(_ -> {
            throw new Failure.Conflict("NO", "it cannot be revised", Map.of());
        });
        assertThat(answeringUsers()).containsOnly("two!");
        assertLive(1, "one");
    }

    private String answering(Choice choice) {
        try (var lease = host.lease(choice)) {
            return lease.model().text();
        }
    }

    private List<String> answeringUsers() {
        return IntStream.range(0, 100)
                .mapToObj(user -> answering(Choice.of(0, "user-" + user, List.of())))
                .toList();
    }

    @Test
    void anything_afterClose_isUnavailable() {
        upload("one");
        host.activate(1, 0);
        host.close();
        assertThatThrownBy(() -> host.activate(1, 0)).isInstanceOf(Failure.Unavailable.class);
        assertThatThrownBy(() -> host.rollBack()).isInstanceOf(Failure.Unavailable.class);
        assertThatThrownBy(() -> host.restore()).isInstanceOf(Failure.Unavailable.class);
        assertThatThrownBy(() -> host.lease()).isInstanceOf(Failure.Unavailable.class);
        assertThat(loaded).hasSize(1);
    }

    private FakeModel load(Bundle bundle, Version version) {
        whileLoading.run();
        versions.add(version);
        try {
            String text = Files.readString(bundle.file(Bundle.MODEL));
            return switch (text) {
                case "corrupt" -> throw new Failure.Corrupt("PROBE_MISMATCH", "it differs");
                case "broken" -> throw new Failure.Broken("secret", new IOException("secret"));
                case "buggy" -> throw new NullPointerException("our bug");
                default -> {
                    loaded.add(new FakeModel(text, new AtomicInteger()));
                    yield loaded.getLast();
                }
            };
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void upload(String model) {
        TestBundles.upload(host.store(), scratch, model, "");
    }

    private void reopen() {
        host.close();
        openHost();
    }

    private String refusal(long number) {
        return host.store().version(number).refusal();
    }

    private void assertLive(long number, String text) {
        assertThat(host.store().live()).isEqualTo(number);
        assertThat(host.live().orElseThrow().number()).isEqualTo(number);
        try (var lease = host.lease()) {
            assertThat(lease.version().number()).isEqualTo(number);
            assertThat(lease.model().text()).isEqualTo(text);
        }
    }

    private static Failure.Conflict assertConflict(String reason, Runnable call) {
        var e = catchThrowableOfType(Failure.Conflict.class, call::run);
        assertThat(e).isNotNull();
        assertThat(e.reason()).isEqualTo(reason);
        return e;
    }
}
