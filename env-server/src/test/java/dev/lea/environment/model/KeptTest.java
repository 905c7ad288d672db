package dev.lea.environment.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lea.environment.model.Caller.Lane;
import dev.lea.environment.model.Kept.Found;
import dev.lea.serving.Failure;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class KeptTest {
    private final Kept<String, Integer> kept = new Kept<>(1_000, (_, _) -> 100);
    private final List<String> computed = Collections.synchronizedList(new ArrayList<>());

    @Test
    void get_someKnown_computesTheRestInOneGo() throws Exception {
        assertThat(kept.get(List.of("a", "bb"), this::lengths, caller()))
                .isEqualTo(Map.of("a", new Found<>(1, false), "bb", new Found<>(2, false)));
        assertThat(kept.get(List.of("bb", "ccc", "ccc"), this::lengths, caller()))
                .isEqualTo(Map.of("bb", new Found<>(2, true), "ccc", new Found<>(3, false)));
        assertThat(computed).containsExactly("a", "bb", "ccc");
    }

    @Test
    void get_beyondTheBound_forgets() throws Exception {
        for (int i = 0; i < 100; i++) {
            kept.get(List.of("key " + i), this::lengths, caller());
        }
        computed.clear();
        for (int i = 0; i < 100; i++) {
            kept.get(List.of("key " + i), this::lengths, caller());
        }
        assertThat(computed).hasSizeGreaterThanOrEqualTo(90);
        var none = new Kept<String, Integer>(0, (_, _) -> 100);
        none.get(List.of("a"), this::lengths, caller());
        assertThat(none.get(List.of("a"), this::lengths, caller()).get("a").kept()).isFalse();
    }

    @Test
    void statistics_countWhatWasFoundComputedAndLetGo() throws Exception {
        for (int i = 0; i < 30; i++) {
            kept.get(List.of("key " + i), this::lengths, caller());
        }
        kept.get(List.of("key 29", "new"), this::lengths, caller());
        CacheStatistics statistics = kept.statistics();
        assertThat(statistics.hits() + statistics.misses()).isEqualTo(32);
        assertThat(statistics.misses()).isBetween(31L, 32L);
        assertThat(statistics.entries()).isLessThanOrEqualTo(10);
        assertThat(statistics.bytes()).isEqualTo(100 * statistics.entries());
        assertThat(statistics.maximumBytes()).isEqualTo(1_000);
        assertThat(statistics.evictions()).isEqualTo(statistics.misses() - statistics.entries());
    }

    @Test
    void peek_findsOnlyWhatIsComputed() throws Exception {
        assertThat(kept.peek("a")).isEmpty();
        var entered = new CountDownLatch(1);
        var gate = new CountDownLatch(1);
        var first = start(entered, gate, false);
        entered.await();
        assertThat(kept.peek("a")).isEmpty();
        gate.countDown();
        first.get();
        assertThat(kept.peek("a")).contains(1);
        assertThat(kept.statistics()).extracting("hits", "misses").containsExactly(0L, 1L);
    }

    @Test
    void get_sameKeyAtOnce_isComputedOnce() throws Exception {
        var entered = new CountDownLatch(1);
        var gate = new CountDownLatch(1);
        var first = start(entered, gate, false);
        entered.await();
        var second = new FutureTask<>(() -> kept.get(List.of("a", "zz"), this::lengths, caller()));
        Thread.ofVirtual().start(second);
        gate.countDown();
        assertThat(first.get().get("a")).isEqualTo(new Found<>(1, false));
        assertThat(second.get().get("a")).isEqualTo(new Found<>(1, true));
        assertThat(computed).containsExactlyInAnyOrder("a", "zz");
    }

    @Test
    void get_whileTheOneWhoComputesFails_computesInItsPlace() throws Exception {
        var entered = new CountDownLatch(1);
        var gate = new CountDownLatch(1);
        var first = start(entered, gate, true);
        entered.await();
        var second = new FutureTask<>(() -> kept.get(List.of("a"), this::lengths, caller()));
        Thread.ofVirtual().start(second);
        gate.countDown();
        assertThatThrownBy(first::get).hasCauseInstanceOf(Failure.Expired.class);
        assertThat(second.get().get("a")).isEqualTo(new Found<>(1, false));
    }

    @Test
    void get_whileAnotherComputesTooLong_expires() throws Exception {
        var entered = new CountDownLatch(1);
        var gate = new CountDownLatch(1);
        var first = start(entered, gate, false);
        entered.await();
        var late = new Caller(Lane.CALL, System.nanoTime(), () -> false);
        assertThatThrownBy(() -> kept.get(List.of("a"), this::lengths, late))
                .isInstanceOf(Failure.Expired.class);
        gate.countDown();
        first.get();
    }

    /// Computes "a", but only when the gate opens.
    private FutureTask<Map<String, Found<Integer>>> start(
            CountDownLatch entered, CountDownLatch gate, boolean fails) {
        var task =
                new FutureTask<>(() ->
                        kept.get(
                                List.of("a"),
                                keys -> {
                                    entered.countDown();
                                    gate.await();
                                    if (fails) {
                                        throw new Failure.Expired("too late");
                                    }
                                    return lengths(keys);
                                },
                                caller()));
        Thread.ofVirtual().start(task);
        return task;
    }

    private List<Integer> lengths(List<String> keys) {
        computed.addAll(keys);
        return keys.stream().map(String::length).toList();
    }

    private static Caller caller() {
        return new Caller(
                Lane.CALL, System.nanoTime() + Duration.ofSeconds(20).toNanos(), () -> false);
    }
}
