package dev.lea.serving.swap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lea.serving.Failure;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class SlotTest {
    private static final class FakeModel implements AutoCloseable {
        final AtomicInteger closes = new AtomicInteger();
        volatile Thread closer;

        void use() {
            if (closes.get() != 0) {
                throw new AssertionError("used after it was closed");
            }
        }

        @Override
        public void close() {
            closer = Thread.currentThread();
            closes.incrementAndGet();
        }
    }

    private final Slot<FakeModel> slot = new Slot<>("reward");

    @Test
    void lease_beforeTheFirstSwap_isUnavailable() {
        assertThat(slot.live()).isEmpty();
        assertThatThrownBy(slot::lease)
                .isInstanceOf(Failure.Unavailable.class)
                .hasMessageContaining("reward");
    }

    @Test
    void lease_carriesModelAndVersion() {
        var model = new FakeModel();
        slot.swap(model, version(7));
        assertThat(slot.live()).contains(version(7));
        try (var lease = slot.lease()) {
            assertThat(lease.model()).isSameAs(model);
            assertThat(lease.version()).isEqualTo(version(7));
        }
    }

    @Test
    void lease_returned_givesNothingMore() {
        slot.swap(new FakeModel(), version(1));
        var lease = slot.lease();
        lease.close();
        assertThatThrownBy(lease::model).hasMessageContaining("returned");
        assertThatThrownBy(lease::version).hasMessageContaining("returned");
    }

    @Test
    void swap_waitsForTheLastLease_andClosesOnItsOwnThread() throws Exception {
        var first = new FakeModel();
        slot.swap(first, version(1));
        var lease = slot.lease();
        var other = slot.lease();
        var swapper = Thread.ofPlatform().start(() -> slot.swap(new FakeModel(), version(2)));
        awaitLive(2); // new leases are of version 2 although version 1 is still lent out
        other.close();
        other.close(); // returning twice counts once
        assertThat(first.closes).hasValue(0);
        lease.model().use();
        lease.close();
        swapper.join();
        assertThat(first.closes).hasValue(1);
        assertThat(first.closer).isSameAs(swapper);
    }

    @Test
    void swap_interruptedWhileItWaits_stillClosesAfterTheLastLease() throws Exception {
        var first = new FakeModel();
        slot.swap(first, version(1));
        var lease = slot.lease();
        var interrupted = new AtomicBoolean();
        var swapper =
                Thread.ofPlatform()
                        .start(() -> {
                            slot.swap(new FakeModel(), version(2));
                            interrupted.set(Thread.currentThread().isInterrupted());
                        });
        awaitLive(2);
        swapper.interrupt();
        assertThat(first.closes).hasValue(0);
        lease.close();
        swapper.join();
        assertThat(first.closes).hasValue(1);
        assertThat(interrupted).isTrue();
    }

    @Test
    void swap_previousCannotBeClosed_saysSo_andTheNextIsLive() {
        try (var broken = new Slot<AutoCloseable>("broken")) {
            broken.swap(
                    () -> {
                        throw new IllegalStateException("stuck");
                    },
                    version(1));
            assertThatThrownBy(() -> broken.swap(() -> {}, version(2)))
                    .isInstanceOf(Failure.Broken.class)
                    .hasRootCauseMessage("stuck");
            assertThat(broken.live()).contains(version(2));
        }
    }

    @Test
    void close_waitsForTheLastLease_andEndsLending() throws Exception {
        var model = new FakeModel();
        slot.swap(model, version(1));
        var lease = slot.lease();
        var closer = Thread.ofPlatform().start(slot::close);
        while (slot.live().isPresent()) {
            Thread.onSpinWait();
        }
        assertThatThrownBy(slot::lease).isInstanceOf(Failure.Unavailable.class);
        assertThat(model.closes).hasValue(0);
        lease.close();
        closer.join();
        slot.close();
        assertThat(model.closes).hasValue(1);
    }

    @Test
    void swap_afterClose_leavesTheModelToItsCaller() {
        slot.close();
        var model = new FakeModel();
        assertThatThrownBy(() -> slot.swap(model, version(1)))
                .isInstanceOf(IllegalStateException.class);
        assertThat(model.closes).hasValue(0);
    }

    @Test
    void swap_underLoad_neverLendsAClosedModel_norAnOlderOneAgain() throws Exception {
        List<FakeModel> all = new ArrayList<>();
        List<Throwable> failures = Collections.synchronizedList(new ArrayList<>());
        var leases = new AtomicLong();
        var stop = new AtomicBoolean();
        var started = new CountDownLatch(3);
        slot.swap(add(all), version(1));
        List<Thread> readers = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            readers.add(
                    Thread.ofPlatform()
                            .start(() -> {
                                started.countDown();
                                try {
                                    readUntil(stop, leases);
                                } catch (Throwable e) {
                                    failures.add(e);
                                }
                            }));
        }
        started.await();
        for (int number = 2; number <= 2_000; number++) {
            slot.swap(add(all), version(number));
        }
        stop.set(true);
        for (Thread reader : readers) {
            reader.join();
        }
        slot.close();
        assertThat(failures).isEmpty();
        assertThat(leases.get()).isPositive();
        assertThat(all).allSatisfy(model -> assertThat(model.closes).hasValue(1));
    }

    private void readUntil(AtomicBoolean stop, AtomicLong leases) {
        long last = 0;
        do {
            try (var lease = slot.lease()) {
                lease.model().use();
                Thread.onSpinWait();
                lease.model().use();
                assertThat(lease.version().number()).isGreaterThanOrEqualTo(last);
                last = lease.version().number();
                leases.incrementAndGet();
            }
        } while (!stop.get());
    }

    private void awaitLive(long number) {
        while (slot.live().orElseThrow().number() != number) {
            Thread.onSpinWait();
        }
    }

    private static Version version(long number) {
        return new Version("reward", number, "digest " + number);
    }

    private static FakeModel add(List<FakeModel> all) {
        all.add(new FakeModel());
        return all.getLast();
    }
}
