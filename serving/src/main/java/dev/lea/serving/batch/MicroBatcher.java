package dev.lea.serving.batch;

import static java.util.Objects.requireNonNull;

import dev.lea.serving.Checks;
import dev.lea.serving.Failure;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
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
///  - work whose deadline has passed, or whose future was cancelled, is dropped before the model runs;
///  - at most `limits.queueRows()` rows wait; work that does not fit is refused at once (work larger than the
///    whole queue is taken when nothing else waits);
///  - after [#close] nothing waits and no runner is inside the function.
///
/// Thread-safe.
public final class MicroBatcher<I, O> implements AutoCloseable {
    /// Computes one output an input, in order. Called by several runners at once.
    @FunctionalInterface
    public interface BatchFunction<I, O> {
        List<O> run(List<I> inputs) throws Exception;
    }

    private record Work<I, O>(I input, int rows, long deadlineNanos, CompletableFuture<O> output) {}

    private final BatchLimits limits;
    private final BatchFunction<I, O> function;
    private final LongSupplier nanoClock;
    private final List<Thread> runners = new ArrayList<>();

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final ArrayDeque<Work<I, O>> queue = new ArrayDeque<>(); // guarded by lock
    private int queuedRows; // guarded by lock
    private int idleRunners; // guarded by lock
    private boolean closed; // guarded by lock

    private MicroBatcher(BatchLimits limits, BatchFunction<I, O> function, LongSupplier nanoClock) {
        this.limits = requireNonNull(limits, "limits");
        this.function = requireNonNull(function, "function");
        this.nanoClock = nanoClock;
    }

    /// Starts a batcher.
    ///
    /// @param name prefix of its threads' names
    public static <I, O> MicroBatcher<I, O> start(
            String name, BatchLimits limits, BatchFunction<I, O> function) {
        return start(name, limits, function, System::nanoTime);
    }

    /// @param nanoClock the clock of the deadlines
    static <I, O> MicroBatcher<I, O> start(
            String name, BatchLimits limits, BatchFunction<I, O> function, LongSupplier nanoClock) {
        var batcher = new MicroBatcher<>(limits, function, nanoClock);
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
    /// @throws Failure.Overloaded  if the queue is full
    /// @throws Failure.Unavailable if the batcher is closed
    public CompletableFuture<O> submit(I input, int rows, long deadlineNanos) {
        requireNonNull(input, "input");
        Checks.inRange("rows", rows, 1, Integer.MAX_VALUE);
        var work = new Work<I, O>(input, rows, deadlineNanos, new CompletableFuture<>());
        lock.lock();
        try {
            if (closed) {
                throw new Failure.Unavailable("SHUTTING_DOWN", "the server is shutting down");
            }
            if (queuedRows > 0 && (long) queuedRows + rows > limits.queueRows()) {
                throw new Failure.Overloaded(
                        queuedRows
                                + " of at most "
                                + limits.queueRows()
                                + " rows are already waiting");
            }
            queue.add(work);
            queuedRows += rows;
            if (idleRunners > 0) {
                changed.signal();
            }
        } finally {
            lock.unlock();
        }
        return work.output();
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
        while (take(batch, expired)) {
            expired.forEach(work -> work.output().completeExceptionally(expired()));
            if (!batch.isEmpty()) {
                run(batch);
            }
            batch.clear();
            expired.clear();
        }
    }

    /// Waits for work and takes up to a batch of it. False when closed and nothing is left.
    private boolean take(List<Work<I, O>> batch, List<Work<I, O>> expired) {
        lock.lock();
        try {
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
                Work<I, O> next = queue.peek();
                boolean gone = next.output().isDone();
                boolean late = next.deadlineNanos() - now <= 0;
                if (!gone && !late) {
                    if (rows > 0 && rows + next.rows() > limits.batchRows()) {
                        break;
                    }
                    rows += next.rows();
                    batch.add(next);
                } else if (!gone) {
                    expired.add(next);
                }
                queue.remove();
                queuedRows -= next.rows();
            }
            return true;
        } finally {
            lock.unlock();
        }
    }

    private void run(List<Work<I, O>> batch) {
        List<O> outputs;
        try {
            outputs = function.run(batch.stream().map(Work::input).toList());
            if (outputs.size() != batch.size()) {
                throw new IllegalStateException(
                        batch.size() + " inputs gave " + outputs.size() + " outputs");
            }
        } catch (Throwable t) { // the runner must outlive a broken batch
            Failure failure = asFailure(t);
            batch.forEach(work -> work.output().completeExceptionally(failure));
            return;
        }
        for (int i = 0; i < batch.size(); i++) {
            batch.get(i).output().complete(outputs.get(i));
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
