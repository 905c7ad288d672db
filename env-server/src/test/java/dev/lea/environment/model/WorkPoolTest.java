package dev.lea.environment.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lea.environment.model.Caller.Lane;
import dev.lea.serving.Failure;
import dev.lea.serving.batch.QueueMeters;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class WorkPoolTest {
    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
    private final Map<Lane, QueueMeters> meters = new PassStatistics(registry).queues();
    private final WorkPool pool = start("test", 1, new QueueLimits(4));
    private final CountDownLatch gate = new CountDownLatch(1);
    private final List<String> done = Collections.synchronizedList(new ArrayList<>());

    @AfterEach
    void close() {
        gate.countDown();
        pool.close();
    }

    private WorkPool start(String name, int threads, QueueLimits limits) {
        return WorkPool.start(name, threads, limits, meters);
    }

    private double dropped(String reason) {
        return registry.get("lea.queue.dropped")
                .tags("lane", "call", "reason", reason)
                .counter()
                .count();
    }

    private double waitingRows() {
        return registry.get("lea.queue.rows").tag("lane", "call").gauge().value();
    }

    @Test
    void run_aGroup_finishesAllOfItOnThePoolsThreads() throws Exception {
        Runnable task = () -> done.add(Thread.currentThread().getName());
        pool.run(caller(Lane.CALL), List.of(task, task, task));
        assertThat(done).containsExactly("test-0", "test-0", "test-0");
        pool.run(caller(Lane.CALL), List.of());
    }

    @Test
    void run_callsAndBulkWaiting_takesCallsFirst_andBulkInItsTurn() throws Exception {
        var busy = occupy();
        var bulk = waiting(Lane.BULK, 2, "bulk");
        List<FutureTask<?>> calls = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            calls.add(waiting(Lane.CALL, 1, "call"));
        }
        gate.countDown();
        busy.get();
        bulk.get();
        for (var call : calls) {
            call.get();
        }
        assertThat(done).containsExactly("call", "call", "call", "bulk", "bulk");
    }

    @Test
    void run_callsWithoutEnd_letsBulkThrough() throws Exception {
        try (var wide = start("wide", 1, new QueueLimits(100))) {
            var entered = new CountDownLatch(1);
            var busy =
                    start(() -> {
                        wide.run(caller(Lane.CALL), List.of(() -> hold(entered)));
                        return null;
                    });
            entered.await();
            var bulk = start(() -> run(wide, Lane.BULK, 1, "bulk"));
            awaitWaiting(wide, Lane.BULK, 1);
            var calls = start(() -> run(wide, Lane.CALL, 20, "call"));
            awaitWaiting(wide, Lane.CALL, 20);
            gate.countDown();
            busy.get();
            bulk.get();
            calls.get();
            assertThat(done.indexOf("bulk")).isBetween(1, WorkPool.CALLS_IN_A_ROW);
        }
    }

    @Test
    void run_moreCallsThanMayWait_areRefused_bulkWaitsForRoom() throws Exception {
        var busy = occupy();
        var four = waiting(Lane.CALL, 4, "call");
        assertThatThrownBy(() -> pool.run(caller(Lane.CALL), List.of(() -> {})))
                .isInstanceOf(Failure.Overloaded.class)
                .hasMessage("4 of at most 4 passes are already waiting");
        var bulk = waiting(Lane.BULK, 4, "bulk");
        var more = start(() -> run(pool, Lane.BULK, 3, "more"));
        assertThat(pool.waiting(Lane.BULK)).isEqualTo(4);
        gate.countDown();
        busy.get();
        four.get();
        bulk.get();
        more.get();
        assertThat(done).hasSize(11);
        assertThat(dropped("full")).isEqualTo(1);
        assertThat(registry.get("lea.queue.wait").tag("lane", "call").timer().count()).isEqualTo(5);
        assertThat(registry.get("lea.queue.wait").tag("lane", "bulk").timer().count()).isEqualTo(7);
        assertThat(waitingRows()).isZero();
    }

    @Test
    void run_aGroupLargerThanTheQueue_isTakenWhenNothingWaits() throws Exception {
        run(pool, Lane.CALL, 9, "call");
        assertThat(done).hasSize(9);
    }

    @Test
    void run_expiredOrAbandoned_neverBegins() throws Exception {
        var busy = occupy();
        var gone = new AtomicBoolean();
        var leaver = new Caller(Lane.CALL, caller(Lane.CALL).deadlineNanos(), gone::get);
        var abandoned =
                start(() -> {
                    pool.run(leaver, List.of(() -> done.add("abandoned")));
                    return null;
                });
        awaitWaiting(pool, Lane.CALL, 1);
        var late = new Caller(Lane.CALL, System.nanoTime(), () -> false);
        assertThatThrownBy(() -> pool.run(late, List.of(() -> done.add("late"))))
                .isInstanceOf(Failure.Expired.class);
        gone.set(true);
        gate.countDown();
        busy.get();
        assertThatThrownBy(abandoned::get)
                .isInstanceOf(ExecutionException.class)
                .hasCauseInstanceOf(CancellationException.class);
        pool.run(caller(Lane.CALL), List.of(() -> done.add("last")));
        assertThat(done).containsExactly("last");
        assertThat(dropped("expired")).isEqualTo(1);
        assertThat(dropped("cancelled")).isEqualTo(1);
    }

    @Test
    void run_callerGoesWhileItWaits_leavesTheQueueAtThatMoment() throws Exception {
        var busy = occupy();
        var leave = new AtomicReference<Runnable>();
        var presence =
                new Caller.Presence() {
                    @Override
                    public boolean gone() {
                        return false;
                    }

                    @Override
                    public Runnable whenGone(Runnable then) {
                        leave.set(then);
                        return () -> {};
                    }
                };
        var leaver = new Caller(Lane.CALL, caller(Lane.CALL).deadlineNanos(), presence);
        var abandoned =
                start(() -> {
                    pool.run(leaver, Collections.nCopies(3, () -> done.add("abandoned")));
                    return null;
                });
        awaitWaiting(pool, Lane.CALL, 3);
        while (leave.get() == null) {
            Thread.onSpinWait();
        }
        leave.get().run();
        assertThatThrownBy(abandoned::get).hasCauseInstanceOf(CancellationException.class);
        assertThat(pool.waiting(Lane.CALL)).as("while the thread is still busy").isZero();
        assertThat(dropped("cancelled")).isEqualTo(3);
        assertThat(waitingRows()).isZero();
        gate.countDown();
        busy.get();
        assertThat(done).isEmpty();
    }

    @Test
    void run_deadlinePassesWhileItWaits_leavesTheQueueAtThatMoment() throws Exception {
        var busy = occupy();
        var hasty = new Caller(Lane.CALL, System.nanoTime() + 1_000_000, () -> false);
        assertThatThrownBy(() -> pool.run(hasty, List.of(() -> done.add("late"))))
                .isInstanceOf(Failure.Expired.class);
        assertThat(pool.waiting(Lane.CALL)).isZero();
        gate.countDown();
        busy.get();
        assertThat(done).isEmpty();
    }

    @Test
    void run_waitWouldBeInVain_isRefusedWithTheTimeToComeBack() throws Exception {
        var limits = new QueueLimits(100, Duration.ofMillis(10));
        try (var slow = start("slow", 1, limits)) {
            Runnable task = () -> LockSupport.parkNanos(Duration.ofMillis(2).toNanos());
            slow.run(caller(Lane.CALL), Collections.nCopies(20, task)); // teaches what a task costs
            var entered = new CountDownLatch(1);
            var busy =
                    start(() -> {
                        slow.run(caller(Lane.CALL), List.of(() -> hold(entered)));
                        return null;
                    });
            entered.await();
            var many =
                    start(() -> {
                        slow.run(caller(Lane.CALL), Collections.nCopies(20, task));
                        return null;
                    });
            awaitWaiting(slow, Lane.CALL, 20);
            assertThatThrownBy(() -> slow.run(caller(Lane.CALL), List.of(task)))
                    .isInstanceOfSatisfying(
                            Failure.Overloaded.class,
                            e ->
                                    assertThat(e.retryAfter())
                                            .isBetween(
                                                    Duration.ofMillis(20), Duration.ofSeconds(10)))
                    .hasMessageContaining("20 passes are waiting")
                    .hasMessageContaining("may wait 10 ms");
            assertThat(dropped("in_vain")).isEqualTo(1);
            gate.countDown();
            busy.get();
            many.get();
            slow.run(caller(Lane.CALL), List.of(task)); // nothing waits: taken again
        }
    }

    @Test
    void run_aTaskThatFails_failsItsGroupAlone() throws Exception {
        assertThatThrownBy(() ->
                        pool.run(
                                caller(Lane.CALL),
                                List.of(
                                        () -> {
                                            throw new IllegalStateException("broken");
                                        },
                                        () -> done.add("never"))))
                .isInstanceOf(Failure.Broken.class);
        run(pool, Lane.CALL, 1, "next");
        assertThat(done).containsExactly("next");
    }

    @Test
    void run_callsThatCanBeRunTogether_areWhenTheyWait() throws Exception {
        var busy = occupy();
        var first = start(() -> run(new Fellow("a", 0), new Fellow("a", 1)));
        awaitWaiting(pool, Lane.CALL, 2);
        var second = start(() -> run(new Fellow("b", 0)));
        awaitWaiting(pool, Lane.CALL, 3);
        var third = start(() -> run(new Fellow("a", 2)));
        awaitWaiting(pool, Lane.CALL, 4);
        gate.countDown();
        busy.get();
        first.get();
        second.get();
        third.get();
        assertThat(done).containsExactly("3 a", "a 0", "a 1", "a 2", "1 b", "b 0");
    }

    @Test
    void run_moreThanARunTakes_areRunInSeveral() throws Exception {
        var busy = occupy();
        var all =
                start(() ->
                        run(
                                new Fellow("a", 0),
                                new Fellow("a", 1),
                                new Fellow("a", 2),
                                new Fellow("a", 3)));
        awaitWaiting(pool, Lane.CALL, 4);
        gate.countDown();
        busy.get();
        all.get();
        assertThat(done).containsExactly("3 a", "a 0", "a 1", "a 2", "1 a", "a 3");
    }

    @Test
    void run_togetherWithOneThatIsNotWantedAnyMore_leavesItOut() throws Exception {
        var busy = occupy();
        var first = start(() -> run(new Fellow("a", 0)));
        awaitWaiting(pool, Lane.CALL, 1);
        var gone = new AtomicBoolean();
        var leaver = new Caller(Lane.CALL, caller(Lane.CALL).deadlineNanos(), gone::get);
        var abandoned =
                start(() -> {
                    pool.run(leaver, List.of(new Fellow("a", 1)));
                    return null;
                });
        awaitWaiting(pool, Lane.CALL, 2);
        var third = start(() -> run(new Fellow("a", 2)));
        awaitWaiting(pool, Lane.CALL, 3);
        gone.set(true);
        gate.countDown();
        busy.get();
        first.get();
        third.get();
        assertThatThrownBy(abandoned::get).hasCauseInstanceOf(CancellationException.class);
        assertThat(done).containsExactly("2 a", "a 0", "a 2");
    }

    @Test
    void run_togetherAndFailing_failsAllOfThem() throws Exception {
        var busy = occupy();
        var first = start(() -> run(new Fellow("broken", 0)));
        awaitWaiting(pool, Lane.CALL, 1);
        var second = start(() -> run(new Fellow("broken", 1)));
        awaitWaiting(pool, Lane.CALL, 2);
        gate.countDown();
        busy.get();
        assertThatThrownBy(first::get).hasCauseInstanceOf(Failure.Broken.class);
        assertThatThrownBy(second::get).hasCauseInstanceOf(Failure.Broken.class);
        run(pool, Lane.CALL, 1, "next");
        assertThat(done).containsExactly("2 broken", "next");
    }

    @Test
    void run_threadsThatAreFree_leaveOneAnotherAShare() throws Exception {
        var together = new CyclicBarrier(2);
        try (var two = start("two", 2, new QueueLimits(100))) {
            Fellow a = new Fellow("a", 0, together);
            Fellow b = new Fellow("a", 1, together);
            while (two.free() < 2) {
                Thread.onSpinWait();
            }
            two.run(caller(Lane.CALL), List.of(a, b)); // ends only if each thread takes one
        }
        assertThat(done).containsExactlyInAnyOrder("1 a", "1 a", "a 0", "a 1");
    }

    /// Can be run together with others of the same name.
    private final class Fellow implements WorkPool.Joinable {
        private final String name;
        private final int number;
        private final CyclicBarrier meeting;

        Fellow(String name, int number) {
            this(name, number, null);
        }

        Fellow(String name, int number, CyclicBarrier meeting) {
            this.name = name;
            this.number = number;
            this.meeting = meeting;
        }

        @Override
        public WorkPool.Joint open() {
            return new WorkPool.Joint() {
                private int size = 1;

                @Override
                public boolean admit(WorkPool.Joinable task) {
                    boolean joins = task instanceof Fellow other && other.name.equals(name);
                    size += joins ? 1 : 0;
                    return joins;
                }

                @Override
                public boolean isFull() {
                    return size == 3;
                }

                @Override
                public void run() {
                    done.add(size + " " + name);
                    if (name.equals("broken")) {
                        throw new IllegalStateException("broken");
                    }
                }
            };
        }

        @Override
        public void run() {
            done.add(name + " " + number);
            try {
                if (meeting != null) {
                    meeting.await();
                }
            } catch (Exception e) {
                throw new IllegalStateException(e);
            }
        }
    }

    private Void run(Fellow... fellows) throws InterruptedException {
        pool.run(caller(Lane.CALL), List.of(fellows));
        return null;
    }

    @Test
    void close_finishesWhatWaits_thenRefuses() throws Exception {
        var busy = occupy();
        var waiting = waiting(Lane.CALL, 2, "call");
        var closing = Thread.ofPlatform().start(pool::close);
        gate.countDown();
        closing.join();
        busy.get();
        waiting.get();
        assertThat(done).hasSize(2);
        assertThatThrownBy(() -> pool.run(caller(Lane.CALL), List.of(() -> {})))
                .isInstanceOf(Failure.Unavailable.class);
        pool.close();
    }

    /// Keeps the only thread in a task until the gate opens.
    private FutureTask<?> occupy() throws InterruptedException {
        var entered = new CountDownLatch(1);
        var busy =
                start(() -> {
                    pool.run(caller(Lane.CALL), List.of(() -> hold(entered)));
                    return null;
                });
        entered.await();
        return busy;
    }

    private void hold(CountDownLatch entered) {
        entered.countDown();
        try {
            gate.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /// Brings a group and returns when it waits.
    private FutureTask<?> waiting(Lane lane, int tasks, String name) {
        int before = pool.waiting(lane);
        var task = start(() -> run(pool, lane, tasks, name));
        awaitWaiting(pool, lane, before + tasks);
        return task;
    }

    private Void run(WorkPool pool, Lane lane, int tasks, String name) throws InterruptedException {
        pool.run(caller(lane), Collections.nCopies(tasks, () -> done.add(name)));
        return null;
    }

    private static void awaitWaiting(WorkPool pool, Lane lane, int tasks) {
        while (pool.waiting(lane) < tasks) {
            Thread.onSpinWait();
        }
    }

    private static FutureTask<?> start(Callable<Void> body) {
        var task = new FutureTask<>(body);
        Thread.ofVirtual().start(task);
        return task;
    }

    private static Caller caller(Lane lane) {
        return new Caller(lane, System.nanoTime() + Duration.ofSeconds(20).toNanos(), () -> false);
    }
}
