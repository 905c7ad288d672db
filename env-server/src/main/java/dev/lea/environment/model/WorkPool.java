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
/// Work comes in groups of short tasks; whoever brings a group waits for all of it. Tasks of calls that can be run
/// together are, across groups, when they happen to wait at the same time: nothing waits for company.
///
/// Invariants:
///  - a free thread takes a task of a call before one of bulk, but after [#CALLS_IN_A_ROW] of them one of bulk that
///    waits: neither starves the other;
///  - tasks of a lane that wait are at most `queueTasks`, or one group that is larger by itself; a call's group that
///    does not fit is refused at once, a bulk group waits for room;
///  - the task that has waited longest is never passed over, but others that can be run with it go along, as many as
///    leave something for the threads that are free;
///  - a task whose group has failed, or whose caller has gone or is too late, is dropped before it runs;
///  - after [#close] nothing waits and no thread is inside a task.
///
/// Thread-safe.
final class WorkPool implements AutoCloseable {
    static final int CALLS_IN_A_ROW = 8;

    /// Waiting tasks that are looked at for company.
    private static final int LOOKED_AT = 1_000;

    private final int queueTasks;
    private final List<Thread> threads = new ArrayList<>();

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition work = lock.newCondition();
    private final Condition room = lock.newCondition();
    private final Map<Lane, ArrayDeque<Task>> queues = new EnumMap<>(Lane.class); // guarded by lock
    private int callsInARow; // guarded by lock
    private int free; // threads that wait for work; guarded by lock
    private boolean closed; // guarded by lock

    /// A task that can be run together with others. Its [#run] comes after [Joint#run] and hands out its part.
    interface Joinable extends Runnable {
        /// Begins a run with this task in it.
        Joint open();
    }

    /// Tasks that are run in one go.
    interface Joint extends Runnable {
        /// Takes in another task, or leaves it.
        boolean admit(Joinable task);

        /// Whether it takes no more, whatever comes.
        boolean isFull();
    }

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

    /// Threads that wait for work.
    int free() {
        lock.lock();
        try {
            return free;
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
        for (Turn turn = take(); turn != null; turn = take()) {
            turn.run();
        }
    }

    /// Waits for work. Null when closed and nothing is left.
    private Turn take() {
        lock.lock();
        try {
            ArrayDeque<Task> calls = queues.get(Lane.CALL);
            ArrayDeque<Task> bulk = queues.get(Lane.BULK);
            while (calls.isEmpty() && bulk.isEmpty()) {
                if (closed) {
                    return null;
                }
                free++;
                work.awaitUninterruptibly();
                free--;
            }
            boolean call = !calls.isEmpty() && (bulk.isEmpty() || callsInARow < CALLS_IN_A_ROW);
            callsInARow = call ? callsInARow + 1 : 0;
            if (call) {
                return together(calls);
            }
            room.signalAll();
            return new Turn(() -> {}, List.of(bulk.remove()));
        } finally {
            lock.unlock();
        }
    }

    /// The task that has waited longest, and those that can be run with it. What nobody waits for any more is taken
    /// along too, to be dropped, but makes no run longer.
    private Turn together(ArrayDeque<Task> calls) {
        int share = Math.ceilDiv(calls.size(), free + 1);
        Task first = calls.remove();
        if (!(first.work instanceof Joinable opening) || !first.group.isWanted()) {
            return new Turn(() -> {}, List.of(first));
        }
        Joint joint = opening.open();
        List<Task> tasks = new ArrayList<>(List.of(first));
        int joined = 1;
        int seen = 0;
        var rest = calls.iterator();
        while (rest.hasNext() && joined < share && !joint.isFull() && seen++ < LOOKED_AT) {
            Task task = rest.next();
            boolean wanted = task.group.isWanted();
            boolean joins =
                    wanted && task.work instanceof Joinable joinable && joint.admit(joinable);
            if (joins || !wanted) {
                rest.remove();
                tasks.add(task);
                joined += joins ? 1 : 0;
            }
        }
        return new Turn(joint, tasks);
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

        void fail(Throwable t) {
            done.completeExceptionally(
                    t instanceof Failure ? t : new Failure.Broken("the model failed", t));
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

    /// What a thread does between two looks at the queues.
    ///
    /// @param common to all of the tasks, before any of them
    private record Turn(Runnable common, List<Task> tasks) {
        void run() {
            try {
                common.run();
            } catch (Throwable t) { // the thread must outlive a broken run
                tasks.forEach(task -> task.group.fail(t));
            }
            tasks.forEach(Task::run);
        }
    }

    private record Task(Group group, Runnable work) {
        void run() {
            try {
                if (group.isWanted()) {
                    work.run();
                }
            } catch (Throwable t) { // the thread must outlive a broken task
                group.fail(t);
            }
            if (group.left.decrementAndGet() == 0) {
                group.done.complete(null);
            }
        }
    }
}
