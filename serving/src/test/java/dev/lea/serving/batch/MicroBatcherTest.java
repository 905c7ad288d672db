package dev.lea.serving.batch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lea.serving.Failure;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class MicroBatcherTest {
    private static final long FAR = System.nanoTime() + Duration.ofHours(1).toNanos();

    /// A model that stays in its first batch until told to go on, so that what queues up is known.
    private static final class GatedModel implements MicroBatcher.BatchFunction<Integer, Integer> {
        final CountDownLatch entered = new CountDownLatch(1);
        final CountDownLatch gate = new CountDownLatch(1);
        final List<List<Integer>> batches = Collections.synchronizedList(new ArrayList<>());

        @Override
        public List<Integer> run(List<Integer> inputs) throws InterruptedException {
            batches.add(inputs);
            entered.countDown();
            gate.await();
            return inputs.stream().map(x -> x * 10).toList();
        }
    }

    private final GatedModel model = new GatedModel();
    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();

    private MicroBatcher<Integer, Integer> withClock(
            BatchLimits limits,
            MicroBatcher.BatchFunction<Integer, Integer> function,
            AtomicLong clock) {
        return MicroBatcher.start(
                "test",
                limits,
                function,
                QueueMeters.of(registry, "call"),
                EngineMeters.of(registry),
                clock::get);
    }

    private double dropped(String reason) {
        return registry.get("lea.queue.dropped").tag("reason", reason).counter().count();
    }

    /// A batch of one that takes 7 ns, with everything behind it that a queue can do to work.
    @Test
    void meters_afterEveryKindOfEnd_tellThemApart() throws Exception {
        var clock = new AtomicLong();
        MicroBatcher.BatchFunction<Integer, Integer> slow =
                inputs -> {
                    var outputs = model.run(inputs);
                    clock.addAndGet(7);
                    return outputs;
                };
        try (var batcher = withClock(new BatchLimits(8, 8, 1), slow, clock)) {
            var running = batcher.submit(0, 1_000);
            model.entered.await();
            var late = batcher.submit(1, 100);
            var gone = batcher.submit(2, 1_000);
            var goneAtTheDeadline = batcher.submit(3, 50);
            var together = batcher.submit(4, 3, 1_000);
            assertThatThrownBy(() -> batcher.submit(5, 3, 1_000))
                    .isInstanceOf(Failure.Overloaded.class);
            assertThat(registry.get("lea.queue.rows").tag("lane", "call").gauge().value())
                    .isEqualTo(6);
            gone.cancel(false);
            clock.set(50);
            goneAtTheDeadline.cancel(false);
            clock.set(100);
            model.gate.countDown();
            running.join();
            together.join();
            assertThatThrownBy(late::join).hasCauseInstanceOf(Failure.Expired.class);
        }
        assertThat(dropped("full")).isEqualTo(1);
        assertThat(dropped("in_vain")).isZero();
        assertThat(dropped("expired")).isEqualTo(2);
        assertThat(dropped("cancelled")).isEqualTo(1);
        assertThat(registry.get("lea.queue.rows").gauge().value()).isZero();
        var wait = registry.get("lea.queue.wait").timer();
        assertThat(wait.count()).isEqualTo(2);
        assertThat(wait.totalTime(TimeUnit.NANOSECONDS)).isEqualTo(107);
        var rows = registry.get("lea.engine.rows").summary();
        assertThat(rows.count()).isEqualTo(2);
        assertThat(rows.totalAmount()).isEqualTo(4);
        assertThat(registry.get("lea.engine.run").timer().totalTime(TimeUnit.NANOSECONDS))
                .isEqualTo(114);
    }

    @Test
    void submit_engineIdle_runsAtOnceAlone() {
        model.gate.countDown();
        try (var batcher = MicroBatcher.start("test", new BatchLimits(8, 64, 1), model)) {
            assertThat(batcher.submit(1, FAR).join()).isEqualTo(10);
            assertThat(batcher.submit(2, FAR).join()).isEqualTo(20);
            assertThat(model.batches).containsExactly(List.of(1), List.of(2));
        }
    }

    @Test
    void submit_engineBusy_groupsWhatWaitsInOrder() throws Exception {
        try (var batcher = MicroBatcher.start("test", new BatchLimits(8, 64, 1), model)) {
            List<CompletableFuture<Integer>> answers = new ArrayList<>();
            answers.add(batcher.submit(0, FAR));
            model.entered.await();
            for (int i = 1; i <= 11; i++) {
                answers.add(batcher.submit(i, FAR));
            }
            model.gate.countDown();
            for (int i = 0; i <= 11; i++) {
                assertThat(answers.get(i).join()).isEqualTo(i * 10);
            }
            assertThat(model.batches).extracting(List::size).containsExactly(1, 8, 3);
        }
    }

    @Test
    void submit_workOfSeveralRows_isCountedByRows() throws Exception {
        try (var batcher = MicroBatcher.start("test", new BatchLimits(8, 64, 1), model)) {
            var first = batcher.submit(0, FAR);
            model.entered.await();
            var _ = batcher.submit(1, 5, FAR);
            var _ = batcher.submit(2, 4, FAR);
            var _ = batcher.submit(3, 3, FAR);
            var last = batcher.submit(4, 30, FAR);
            assertThat(batcher.queuedRows()).isEqualTo(42);
            model.gate.countDown();
            assertThat(first.join()).isZero();
            assertThat(last.join()).isEqualTo(40);
            assertThat(model.batches)
                    .containsExactly(List.of(0), List.of(1), List.of(2, 3), List.of(4));
            assertThat(batcher.queuedRows()).isZero();
        }
    }

    @Test
    void submit_queueFull_isOverloadedAtOnce() throws Exception {
        try (var batcher = MicroBatcher.start("test", new BatchLimits(2, 3, 1), model)) {
            var _ = batcher.submit(0, FAR);
            model.entered.await();
            var waiting = batcher.submit(1, 2, FAR);
            assertThatThrownBy(() -> batcher.submit(2, 2, FAR))
                    .isInstanceOf(Failure.Overloaded.class)
                    .hasMessage("2 of at most 3 rows are already waiting");
            var fits = batcher.submit(3, 1, FAR);
            model.gate.countDown();
            assertThat(waiting.join()).isEqualTo(10);
            assertThat(fits.join()).isEqualTo(30);
        }
    }

    @Test
    void submit_cancelledWhileWaiting_leavesTheQueueAtThatMoment() throws Exception {
        try (var batcher = MicroBatcher.start("test", new BatchLimits(2, 3, 1), model)) {
            var _ = batcher.submit(0, FAR);
            model.entered.await();
            var first = batcher.submit(1, 2, FAR);
            var second = batcher.submit(1, 1, FAR); // equal in all but its identity
            first.cancel(false);
            assertThat(batcher.queuedRows()).as("while the model is still busy").isEqualTo(1);
            var third = batcher.submit(3, 2, FAR);
            model.gate.countDown();
            assertThat(second.join()).isEqualTo(10);
            assertThat(third.join()).isEqualTo(30);
            assertThat(model.batches).containsExactly(List.of(0), List.of(1), List.of(3));
        }
    }

    /// Each row takes 10 ms by the batcher's clock; what a row costs is learned from a first crowd.
    @Test
    void submit_waitWouldBeInVain_isRefusedWithTheTimeToComeBack() throws Exception {
        var clock = new AtomicLong();
        var entered = new Semaphore(0);
        var gate = new Semaphore(0);
        MicroBatcher.BatchFunction<Integer, Integer> slow =
                inputs -> {
                    entered.release();
                    gate.acquire();
                    clock.addAndGet(inputs.size() * 10_000_000L);
                    return inputs;
                };
        var limits = new BatchLimits(2, 1_000, 1, Duration.ofMillis(200));
        try (var batcher = withClock(limits, slow, clock)) {
            List<CompletableFuture<Integer>> crowd = new ArrayList<>();
            crowd.add(batcher.submit(0, Long.MAX_VALUE));
            entered.acquire();
            for (int i = 1; i < 40; i++) {
                crowd.add(batcher.submit(i, Long.MAX_VALUE)); // nothing is known yet: all are taken
            }
            gate.release(1_000);
            crowd.forEach(CompletableFuture::join);
            entered.drainPermits();
            gate.drainPermits();

            var busy = batcher.submit(0, Long.MAX_VALUE);
            entered.acquire();
            int taken = 0;
            Failure.Overloaded refusal = null;
            while (refusal == null) {
                try {
                    crowd.add(batcher.submit(taken, Long.MAX_VALUE));
                    taken++;
                } catch (Failure.Overloaded e) {
                    refusal = e;
                }
            }
            assertThat(taken).as("rows that fit into 200 ms, at 10 ms a row").isBetween(18, 22);
            assertThat(refusal.retryAfter())
                    .isBetween(Duration.ofMillis(20), Duration.ofMillis(60));
            long soon = clock.get() + Duration.ofMillis(100).toNanos();
            assertThatThrownBy(() -> batcher.submit(-1, soon))
                    .as("its deadline passes while it waits")
                    .isInstanceOf(Failure.Overloaded.class);
            assertThat(dropped("in_vain")).isEqualTo(2);
            gate.release(1_000);
            busy.join();
            crowd.forEach(CompletableFuture::join);
            assertThat(batcher.submit(-2, clock.get() + Duration.ofMillis(100).toNanos()).join())
                    .as("nothing waits any more")
                    .isEqualTo(-2);
        }
    }

    @Test
    void submit_workLargerThanTheQueue_isTakenWhenNothingWaits() throws Exception {
        try (var batcher = MicroBatcher.start("test", new BatchLimits(2, 3, 1), model)) {
            var _ = batcher.submit(0, FAR);
            model.entered.await();
            var large = batcher.submit(1, 100, FAR);
            assertThatThrownBy(() -> batcher.submit(2, 1, FAR))
                    .isInstanceOf(Failure.Overloaded.class);
            model.gate.countDown();
            assertThat(large.join()).isEqualTo(10);
        }
    }

    @Test
    void submit_expiredWhileWaiting_neverReachesTheModel() throws Exception {
        var clock = new AtomicLong();
        try (var batcher = withClock(new BatchLimits(8, 64, 1), model, clock)) {
            var _ = batcher.submit(0, 100);
            model.entered.await();
            var late = batcher.submit(1, 100);
            var timely = batcher.submit(2, 101);
            clock.set(100);
            model.gate.countDown();
            assertThat(timely.join()).isEqualTo(20);
            assertThatThrownBy(late::join).hasCauseInstanceOf(Failure.Expired.class);
            assertThat(model.batches).containsExactly(List.of(0), List.of(2));
        }
    }

    @Test
    void submit_cancelledWhileWaiting_neverReachesTheModel() throws Exception {
        try (var batcher = MicroBatcher.start("test", new BatchLimits(8, 64, 1), model)) {
            var _ = batcher.submit(0, FAR);
            model.entered.await();
            var cancelled = batcher.submit(1, FAR);
            var kept = batcher.submit(2, FAR);
            cancelled.cancel(false);
            model.gate.countDown();
            assertThat(kept.join()).isEqualTo(20);
            assertThat(model.batches).containsExactly(List.of(0), List.of(2));
        }
    }

    @Test
    void call_deadlinePassesInTheModel_isExpired() throws Exception {
        try (var batcher = MicroBatcher.start("test", new BatchLimits(8, 64, 1), model)) {
            assertThatThrownBy(() -> batcher.call(0, 1, System.nanoTime() + 1_000_000))
                    .isInstanceOf(Failure.Expired.class);
            model.gate.countDown();
            assertThat(batcher.call(1, 1, FAR)).isEqualTo(10);
        }
    }

    @Test
    void submit_functionThrows_failsItsBatchOnly() throws Exception {
        MicroBatcher.BatchFunction<Integer, Integer> function =
                inputs ->
                        switch (inputs.getFirst()) {
                            case -1 -> throw new IllegalStateException("boom");
                            case -2 -> throw new Failure.Invalid("x", "x is -2");
                            case -3 -> throw new StackOverflowError();
                            case -4 -> List.of();
                            default -> inputs;
                        };
        try (var batcher = MicroBatcher.start("test", new BatchLimits(1, 64, 1), function)) {
            assertThatThrownBy(() -> batcher.call(-1, 1, FAR))
                    .isInstanceOf(Failure.Broken.class)
                    .hasRootCauseMessage("boom");
            assertThatThrownBy(() -> batcher.call(-2, 1, FAR))
                    .isInstanceOf(Failure.Invalid.class)
                    .hasMessage("x is -2");
            assertThatThrownBy(() -> batcher.call(-3, 1, FAR)).isInstanceOf(Failure.Broken.class);
            assertThatThrownBy(() -> batcher.call(-4, 1, FAR))
                    .isInstanceOf(Failure.Broken.class)
                    .hasRootCauseMessage("1 inputs gave 0 outputs");
            assertThat(batcher.call(7, 1, FAR)).isEqualTo(7);
        }
    }

    @Test
    void submit_dependentThrows_theRunnerLivesOn() throws Exception {
        model.gate.countDown();
        try (var batcher = MicroBatcher.start("test", new BatchLimits(1, 64, 1), model)) {
            var dependent =
                    batcher.submit(0, FAR)
                            .thenAccept(_ -> {
                                throw new IllegalStateException("boom");
                            });
            assertThatThrownBy(dependent::join).isInstanceOf(CompletionException.class);
            assertThat(batcher.call(1, 1, FAR)).isEqualTo(10);
        }
    }

    @Test
    void close_answersWhatWaits_thenRefuses() throws Exception {
        var batcher = MicroBatcher.start("test", new BatchLimits(8, 64, 1), model);
        var _ = batcher.submit(0, FAR);
        model.entered.await();
        var waiting = batcher.submit(1, FAR);
        var closing = Thread.ofPlatform().start(batcher::close);
        model.gate.countDown();
        closing.join();
        assertThat(waiting.join()).isEqualTo(10);
        assertThatThrownBy(() -> batcher.submit(2, FAR)).isInstanceOf(Failure.Unavailable.class);
        batcher.close();
    }

    @Test
    void run_isOnANamedPlatformThread() {
        MicroBatcher.BatchFunction<Integer, String> function =
                inputs ->
                        inputs.stream()
                                .map(_ ->
                                        Thread.currentThread().getName()
                                                + Thread.currentThread().isVirtual())
                                .toList();
        try (var batcher = MicroBatcher.start("policy", new BatchLimits(8, 64, 1), function)) {
            assertThat(batcher.submit(1, FAR).join()).isEqualTo("policy-0false");
        }
    }

    @RepeatedTest(10)
    void submit_anyLimitsAndLoad_answersEachItsOwn() throws Exception {
        long seed = ThreadLocalRandom.current().nextLong();
        var random = new Random(seed);
        var limits = new BatchLimits(1 + random.nextInt(16), 1 << 16, 1 + random.nextInt(3));
        var largest = new AtomicInteger();
        MicroBatcher.BatchFunction<Integer, Integer> function =
                inputs -> {
                    largest.accumulateAndGet(inputs.size(), Math::max);
                    return inputs.stream().map(x -> -x).toList();
                };
        int callers = 4;
        int each = 500;
        var wrong = new AtomicInteger();
        var cancelled = new AtomicInteger();
        try (var batcher = MicroBatcher.start("test", limits, function)) {
            List<Thread> threads = new ArrayList<>();
            for (int c = 0; c < callers; c++) {
                int from = c * each;
                threads.add(
                        Thread.ofPlatform()
                                .start(() -> {
                                    for (int i = from; i < from + each; i++) {
                                        int x = i;
                                        var answer = batcher.submit(x, FAR);
                                        if (x % 7 == 0 && answer.cancel(false)) {
                                            cancelled.incrementAndGet();
                                        } else if (answer.join() != -x) {
                                            wrong.incrementAndGet();
                                        }
                                    }
                                }));
            }
            for (Thread thread : threads) {
                thread.join();
            }
        }
        assertThat(wrong).as("seed %s", seed).hasValue(0);
        assertThat(largest.get()).as("seed %s", seed).isLessThanOrEqualTo(limits.batchRows());
    }

    @RepeatedTest(10)
    void close_whileOthersSubmit_leavesNoFutureOpen() throws Exception {
        var batcher =
                MicroBatcher.<Integer, Integer>start(
                        "test", new BatchLimits(4, 1 << 16, 2), inputs -> inputs);
        var started = new CountDownLatch(2);
        List<CompletableFuture<Integer>> answers = Collections.synchronizedList(new ArrayList<>());
        List<Thread> threads = new ArrayList<>();
        for (int c = 0; c < 2; c++) {
            threads.add(
                    Thread.ofPlatform()
                            .start(() -> {
                                started.countDown();
                                try {
                                    while (true) {
                                        answers.add(batcher.submit(1, FAR));
                                    }
                                } catch (Failure e) {
                                    assertThat(e).isNotInstanceOf(Failure.Broken.class);
                                }
                            }));
        }
        started.await();
        batcher.close();
        for (Thread thread : threads) {
            thread.join();
        }
        assertThat(answers).allSatisfy(answer -> assertThat(answer).isCompletedWithValue(1));
    }
}
