package dev.lea.serving.batch;

import static java.util.Objects.requireNonNull;

import dev.lea.serving.Checks;
import dev.lea.serving.Failure;
import dev.lea.serving.batch.QueueMeters.Reason;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;

/// Groups work into batches and runs each batch on one of its own platform threads.
///
/// Nobody waits for company: a runner that is free takes what is there, up to a batch, so that batches grow
/// with the load and an idle engine answers at once.
///
/// Invariants:
///  - work is answered exactly once, in the order of its batch, on the runner's thread;
///  - work whose deadline has passed is dropped before the model runs; work whose future was cancelled leaves the
///    queue at that moment;
///  - at most `limits.queueRows()` rows wait; work that does not fit is refused at once (work larger than the
///    whole queue is taken when nothing else waits), and so is work that would, as [QueueWait] has learned, wait longer
///    than `limits.maxWait()` or than half of what its deadline leaves;
///  - after [#close] nothing waits and no runner is inside the function.
///
/// Thread-safe.
public final class MicroBatcher<I, O> implements AutoCloseable {
    /// Computes one output an input, in order. Called by several runners at once.
    @FunctionalInterface
    public interface BatchFunction<I, O> {
        List<O> run(List<I> inputs) throws Exception;
    }

    /// One submission; an object of its own even where all it holds is equal.
    private static final class Work<I, O> {
        final I input;
        final int rows;
        final long deadlineNanos;
        final CompletableFuture<O> output = new CompletableFuture<>();
        private long queuedNanos; // when it began to wait
        private long mark; // of QueueWait

        Work(I input, int rows, long deadlineNanos) {
            this.input = input;
            this.rows = rows;
            this.deadlineNanos = deadlineNanos;
        }
    }

    private final BatchLimits limits;
    private final BatchFunction<I, O> function;
    private final QueueMeters queueMeters;
    private final EngineMeters engineMeters;
    private final LongSupplier nanoClock;
    private final List<Thread> runners = new ArrayList<>();

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final LinkedHashSet<Work<I, O>> queue = new LinkedHashSet<>(); // guarded by lock
    private final QueueWait wait; // guarded by lock
    private int queuedRows; // guarded by lock
    private int idleRunners; // guarded by lock
    private boolean closed; // guarded by lock

    private MicroBatcher(
            BatchLimits limits,
            BatchFunction<I, O> function,
            QueueMeters queueMeters,
            EngineMeters engineMeters,
            LongSupplier nanoClock) {
        this.limits = requireNonNull(limits, "limits");
        this.function = requireNonNull(function, "function");
        this.queueMeters = requireNonNull(queueMeters, "queueMeters");
        this.engineMeters = requireNonNull(engineMeters, "engineMeters");
        this.nanoClock = nanoClock;
        this.wait = new QueueWait(limits.batchRows());
    }

    /// Starts a batcher whose work nobody counts.
    ///
    /// @param name prefix of its threads' names
    public static <I, O> MicroBatcher<I, O> start(
            String name, BatchLimits limits, BatchFunction<I, O> function) {
        return start(name, limits, function, QueueMeters.NONE, EngineMeters.NONE);
    }

    /// Starts a batcher.
    ///
    /// @param name         prefix of its threads' names
    /// @param queueMeters  where what waits is counted
    /// @param engineMeters where batches are counted
    public static <I, O> MicroBatcher<I, O> start(
            String name,
            BatchLimits limits,
            BatchFunction<I, O> function,
            QueueMeters queueMeters,
            EngineMeters engineMeters) {
        return start(name, limits, function, queueMeters, engineMeters, System::nanoTime);
    }

    /// @param nanoClock the clock of the deadlines
    static <I, O> MicroBatcher<I, O> start(
            String name,
            BatchLimits limits,
            BatchFunction<I, O> function,
            QueueMeters queueMeters,
            EngineMeters engineMeters,
            LongSupplier nanoClock) {
        var batcher = new MicroBatcher<>(limits, function, queueMeters, engineMeters, nanoClock);
        var threads = Thread.ofPlatform().name(name + "-", 0);
        for (int i = 0; i < limits.runners(); i++) {
            batcher.runners.add(threads.start(batcher::runUntilClosed));
        }
        return batcher;
    }

    /// Queues one row; see [#submit(Object, int, long)].
    public CompletableFuture<O> submit(I input, long deadlineNanos) {
        return submit(input, 1, deadlineNanos);
    }

    /// Queues work and returns at once. The future is completed on a runner's thread: what depends on it there
    /// must be short and must not block. Cancelling it drops the work if it has not begun. It fails with a
    /// [Failure]: what the function threw if that was one, else `Broken`; `Expired` if the deadline passed.
    ///
    /// @param rows          how much of a batch it fills, 1 or more
    /// @param deadlineNanos on the [System#nanoTime] clock
    /// @throws Failure.Overloaded  if the queue is full, or so long that waiting would be in vain; it names the time
    ///                             after which it is worth trying again
    /// @throws Failure.Unavailable if the batcher is closed
    public CompletableFuture<O> submit(I input, int rows, long deadlineNanos) {
        requireNonNull(input, "input");
        Checks.inRange("rows", rows, 1, Integer.MAX_VALUE);
        var work = new Work<I, O>(input, rows, deadlineNanos);
        lock.lock();
        try {
            if (closed) {
                throw new Failure.Unavailable("SHUTTING_DOWN", "the server is shutting down");
            }
            long now = nanoClock.getAsLong();
            if (queuedRows > 0) {
                expectRoom(rows);
                expectTime(deadlineNanos - now);
            }
            work.queuedNanos = now;
            work.mark = wait.mark();
            queue.add(work);
            queued(rows);
            if (idleRunners > 0) {
                changed.signal();
            }
        } finally {
            lock.unlock();
        }
        var _ =
                work.output.whenComplete((_, problem) -> {
                    if (problem instanceof CancellationException) {
                        withdraw(work);
                    }
                });
        return work.output;
    }

    /// Rows came, or, with a negative number, went; under the lock.
    private void queued(int rows) {
        queuedRows += rows;
        queueMeters.waiting(rows);
    }

    private void expectRoom(int rows) {
        if ((long) queuedRows + rows > limits.queueRows()) {
            queueMeters.dropped(Reason.FULL, 1);
            throw new Failure.Overloaded(
                    queuedRows + " of at most " + limits.queueRows() + " rows are already waiting",
                    Duration.ofNanos(wait.nanosBehind(queuedRows) / 2));
        }
    }

    private void expectTime(long left) {
        long expected = wait.nanosBehind(queuedRows);
        long most = QueueWait.worthwhile(limits.maxWait(), left - wait.runNanos());
        if (expected > 0 && expected > most && left > 0) {
            queueMeters.dropped(Reason.IN_VAIN, 1);
            throw new Failure.Overloaded(
                    "%d rows are waiting, the last of them for another %d ms; this call may wait %d ms"
                            .formatted(
                                    queuedRows,
                                    TimeUnit.NANOSECONDS.toMillis(expected),
                                    TimeUnit.NANOSECONDS.toMillis(Math.max(0, most))),
                    Duration.ofNanos(expected - Math.max(0, most)));
        }
    }

    /// Takes cancelled work out of the queue, if it still waits.
    private void withdraw(Work<I, O> work) {
        lock.lock();
        try {
            if (queue.remove(work)) {
                queued(-work.rows);
                left(work, nanoClock.getAsLong());
            }
        } finally {
            lock.unlock();
        }
    }

    /// Counts work that is not run. Who gives up at the deadline does so because of it.
    private void left(Work<I, O> work, long now) {
        boolean late = work.deadlineNanos - now <= 0;
        queueMeters.dropped(late ? Reason.EXPIRED : Reason.CANCELLED, 1);
    }

    /// Queues work and waits for its output; for threads that may block.
    ///
    /// @throws Failure as the future of [#submit(Object, int, long)] would fail
    public O call(I input, int rows, long deadlineNanos) throws InterruptedException {
        CompletableFuture<O> output = submit(input, rows, deadlineNanos);
        try {
            return output.get(deadlineNanos - nanoClock.getAsLong(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            throw expired();
        } catch (ExecutionException e) {
            throw asFailure(e.getCause());
        } finally {
            output.cancel(
                    false); // no effect once answered; else tells the runner that we have gone
        }
    }

    /// Rows that wait.
    public int queuedRows() {
        lock.lock();
        try {
            return queuedRows;
        } finally {
            lock.unlock();
        }
    }

    /// Refuses new work, answers what waits, and ends the runners. A second call does nothing.
    @Override
    public void close() {
        lock.lock();
        try {
            closed = true;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
        boolean interrupted = false;
        for (Thread runner : runners) {
            while (runner.isAlive()) {
                try {
                    runner.join();
                } catch (InterruptedException e) {
                    interrupted = true; // leaving now would let the model be closed under a runner
                }
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private void runUntilClosed() {
        List<Work<I, O>> batch = new ArrayList<>();
        List<Work<I, O>> expired = new ArrayList<>();
        long ran = 0;
        while (take(batch, expired, ran)) {
            expired.forEach(work -> work.output.completeExceptionally(expired()));
            ran = 0;
            if (!batch.isEmpty()) {
                long begin = nanoClock.getAsLong();
                batch.forEach(work -> queueMeters.waited(begin - work.queuedNanos));
                run(batch);
                ran = nanoClock.getAsLong() - begin;
            }
            batch.clear();
            expired.clear();
        }
    }

    /// Waits for work and takes up to a batch of it. False when closed and nothing is left.
    ///
    /// @param ran nanoseconds that the runner's last batch took, 0 for none
    private boolean take(List<Work<I, O>> batch, List<Work<I, O>> expired, long ran) {
        lock.lock();
        try {
            if (ran > 0) {
                wait.ran(ran);
            }
            while (queue.isEmpty()) {
                if (closed) {
                    return false;
                }
                idleRunners++;
                changed.awaitUninterruptibly();
                idleRunners--;
            }
            long now = nanoClock.getAsLong();
            int rows = 0;
            while (!queue.isEmpty()) {
                Work<I, O> next = queue.getFirst();
                boolean gone = next.output.isDone();
                boolean late = next.deadlineNanos - now <= 0;
                if (!gone && !late) {
                    if (rows > 0 && rows + next.rows > limits.batchRows()) {
                        break;
                    }
                    if (rows == 0) {
                        wait.waited(next.mark, now - next.queuedNanos);
                    }
                    rows += next.rows;
                    batch.add(next);
                } else if (!gone) {
                    expired.add(next);
                }
                queue.removeFirst();
                queued(-next.rows);
                if (gone || late) {
                    left(next, now);
                }
            }
            wait.started(rows);
            return true;
        } finally {
            lock.unlock();
        }
    }

    private void run(List<Work<I, O>> batch) {
        List<O> outputs;
        try {
            outputs = counted(batch);
            if (outputs.size() != batch.size()) {
                throw new IllegalStateException(
                        batch.size() + " inputs gave " + outputs.size() + " outputs");
            }
        } catch (Throwable t) { // the runner must outlive a broken batch
            Failure failure = asFailure(t);
            batch.forEach(work -> work.output.completeExceptionally(failure));
            return;
        }
        for (int i = 0; i < batch.size(); i++) {
            batch.get(i).output.complete(outputs.get(i));
        }
    }

    private List<O> counted(List<Work<I, O>> batch) throws Exception {
        List<I> inputs = batch.stream().map(work -> work.input).toList();
        long begin = nanoClock.getAsLong();
        try {
            return function.run(inputs);
        } finally {
            int rows = batch.stream().mapToInt(work -> work.rows).sum();
            engineMeters.ran(rows, nanoClock.getAsLong() - begin);
        }
    }

    private static Failure asFailure(Throwable problem) {
        return problem instanceof Failure failure
                ? failure
                : new Failure.Broken("the model failed", problem);
    }

    private static Failure expired() {
        return new Failure.Expired("the deadline passed while the request was waiting");
    }
}
