package dev.lea.environment.model;

import static dev.lea.serving.Checks.inRange;

import dev.lea.environment.model.Caller.Lane;
import dev.lea.serving.Failure;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/// Runs native work on its own platform threads, calls before bulk.
///
/// Work comes in groups of short tasks; whoever brings a group waits for all of it.
///
/// Invariants:
///  - a free thread takes a task of a call before one of bulk, but after [#CALLS_IN_A_ROW] of them one of bulk that
///    waits: neither starves the other;
///  - tasks of a lane that wait are at most `queueTasks`, or one group that is larger by itself; a call's group that
///    does not fit is refused at once, a bulk group waits for room;
///  - a task whose group has failed, or whose caller has gone or is too late, is dropped before it runs;
///  - after [#close] nothing waits and no thread is inside a task.
///
/// Thread-safe.
final class WorkPool implements AutoCloseable {
    static final int CALLS_IN_A_ROW = 8;

    private final int queueTasks;
    private final List<Thread> threads = new ArrayList<>();

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition work = lock.newCondition();
    private final Condition room = lock.newCondition();
    private final Map<Lane, ArrayDeque<Task>> queues = new EnumMap<>(Lane.class); // guarded by lock
    private int callsInARow; // guarded by lock
    private boolean closed; // guarded by lock

    private WorkPool(int queueTasks) {
        this.queueTasks = inRange("queueTasks", queueTasks, 1, 1 << 20);
        for (Lane lane : Lane.values()) {
            queues.put(lane, new ArrayDeque<>());
        }
    }

    /// Starts the threads.
    ///
    /// @param name       prefix of their names
    /// @param queueTasks tasks of a lane that may wait
    static WorkPool start(String name, int threads, int queueTasks) {
        inRange("threads", threads, 1, 256);
        var pool = new WorkPool(queueTasks);
        var factory = Thread.ofPlatform().name(name + "-", 0);
        for (int i = 0; i < threads; i++) {
            pool.threads.add(factory.start(pool::runUntilClosed));
        }
        return pool;
    }

    /// Runs a group of tasks, in any order and on several threads, and waits for all of them. When it throws, a task
    /// of the group may still be running, but none will begin.
    ///
    /// @throws Failure.Overloaded    if a call's group does not fit the queue
    /// @throws Failure.Unavailable   if the pool is closed
    /// @throws Failure.Expired       if the caller's deadline passes first
    /// @throws CancellationException if the caller has gone
    /// @throws Failure               if a task fails: its failure, or `Broken`
    void run(Caller caller, List<? extends Runnable> tasks) throws InterruptedException {
        if (tasks.isEmpty()) {
            return;
        }
        var group = new Group(caller, tasks.size());
        enqueue(group, tasks);
        try {
            group.done.get(caller.deadlineNanos() - System.nanoTime(), TimeUnit.NANOSECONDS);
        } catch (ExecutionException e) {
            throw e.getCause() instanceof RuntimeException problem
                    ? problem
                    : new Failure.Broken("the model failed", e.getCause());
        } catch (TimeoutException e) {
            throw expired();
        } finally {
            group.done.cancel(false); // no effect once it is over; else drops what has not begun
        }
    }

    /// Tasks of a lane that wait.
    int waiting(Lane lane) {
        lock.lock();
        try {
            return queues.get(lane).size();
        } finally {
            lock.unlock();
        }
    }

    /// Refuses new groups, finishes those that wait, and ends the threads. A second call does nothing.
    @Override
    public void close() {
        lock.lock();
        try {
            closed = true;
            work.signalAll();
            room.signalAll();
        } finally {
            lock.unlock();
        }
        boolean interrupted = false;
        for (Thread thread : threads) {
            while (thread.isAlive()) {
                try {
                    thread.join();
                } catch (InterruptedException e) {
                    interrupted = true; // leaving now would let a graph be closed under a run
                }
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private void enqueue(Group group, List<? extends Runnable> tasks) throws InterruptedException {
        ArrayDeque<Task> queue = queues.get(group.caller.lane());
        lock.lockInterruptibly();
        try {
            while (!closed && !queue.isEmpty() && queue.size() + tasks.size() > queueTasks) {
                if (group.caller.lane() == Lane.CALL) {
                    throw new Failure.Overloaded(
                            "%d of at most %d passes are already waiting"
                                    .formatted(queue.size(), queueTasks));
                }
                long left = group.caller.deadlineNanos() - System.nanoTime();
                if (left <= 0) {
                    throw expired();
                }
                room.awaitNanos(left);
            }
            if (closed) {
                throw new Failure.Unavailable("SHUTTING_DOWN", "the server is shutting down");
            }
            tasks.forEach(task -> queue.add(new Task(group, task)));
            work.signalAll();
        } finally {
            lock.unlock();
        }
    }

    private void runUntilClosed() {
        for (Task task = take(); task != null; task = take()) {
            task.run();
        }
    }

    /// Waits for a task. Null when closed and nothing is left.
    private Task take() {
        lock.lock();
        try {
            ArrayDeque<Task> calls = queues.get(Lane.CALL);
            ArrayDeque<Task> bulk = queues.get(Lane.BULK);
            while (calls.isEmpty() && bulk.isEmpty()) {
                if (closed) {
                    return null;
                }
                work.awaitUninterruptibly();
            }
            boolean call = !calls.isEmpty() && (bulk.isEmpty() || callsInARow < CALLS_IN_A_ROW);
            callsInARow = call ? callsInARow + 1 : 0;
            if (call) {
                return calls.remove();
            }
            room.signalAll();
            return bulk.remove();
        } finally {
            lock.unlock();
        }
    }

    private static Failure expired() {
        return new Failure.Expired("the deadline passed while the request was waiting");
    }

    private static final class Group {
        final Caller caller;
        final AtomicInteger left;
        final CompletableFuture<Void> done = new CompletableFuture<>();

        Group(Caller caller, int tasks) {
            this.caller = caller;
            this.left = new AtomicInteger(tasks);
        }

        boolean isWanted() {
            if (!done.isDone() && caller.deadlineNanos() - System.nanoTime() <= 0) {
                done.completeExceptionally(expired());
            }
            if (!done.isDone() && caller.gone().getAsBoolean()) {
                done.completeExceptionally(new CancellationException("the caller has gone"));
            }
            return !done.isDone();
        }
    }

    private record Task(Group group, Runnable work) {
        void run() {
            try {
                if (group.isWanted()) {
                    work.run();
                }
            } catch (Throwable t) { // the thread must outlive a broken task
                group.done.completeExceptionally(
                        t instanceof Failure ? t : new Failure.Broken("the model failed", t));
            }
            if (group.left.decrementAndGet() == 0) {
                group.done.complete(null);
            }
        }
    }
}
