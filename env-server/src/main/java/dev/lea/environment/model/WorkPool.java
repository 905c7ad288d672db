package dev.lea.environment.model;

import static dev.lea.serving.Checks.inRange;

import dev.lea.environment.model.Caller.Lane;
import dev.lea.serving.Failure;
import dev.lea.serving.batch.QueueMeters;
import dev.lea.serving.batch.QueueMeters.Reason;
import dev.lea.serving.batch.QueueWait;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.SequencedSet;
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
///  - tasks of a lane that wait are at most `limits.tasks()`, or one group that is larger by itself; a call's group that
///    does not fit is refused at once, a bulk group waits for room;
///  - a call that would, as [QueueWait] has learned, wait longer than `limits.maxWait()`, or than half of what its
///    deadline leaves, is refused at once;
///  - the task that has waited longest is never passed over, but others that can be run with it go along, as many as
///    leave something for the threads that are free;
///  - a task whose group has failed, or whose caller has gone or is too late, is dropped before it runs, and leaves the
///    queue as soon as that is known;
///  - after [#close] nothing waits and no thread is inside a task.
///
/// Thread-safe.
final class WorkPool implements AutoCloseable {
    static final int CALLS_IN_A_ROW = 8;

    /// Tasks a thread that must have gone before one whose wait teaches something.
    private static final int LEARNED_FROM = 4;

    /// Waiting tasks that are looked at for company.
    private static final int LOOKED_AT = 1_000;

    private final QueueLimits limits;
    private final Map<Lane, QueueMeters> meters;
    private final List<Thread> threads = new ArrayList<>();

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition work = lock.newCondition();
    private final Condition room = lock.newCondition();
    private final Map<Lane, LinkedHashSet<Task>> queues =
            new EnumMap<>(Lane.class); // guarded by lock
    private final QueueWait wait; // of calls; guarded by lock
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

    private WorkPool(int threads, QueueLimits limits, Map<Lane, QueueMeters> meters) {
        this.limits = limits;
        this.meters = meters;
        wait = new QueueWait(LEARNED_FROM * threads);
        for (Lane lane : Lane.values()) {
            queues.put(lane, new LinkedHashSet<>());
        }
    }

    /// Starts the threads.
    ///
    /// @param name   prefix of their names
    /// @param limits of what may wait
    /// @param meters where what waits is counted, for every lane
    static WorkPool start(
            String name, int threads, QueueLimits limits, Map<Lane, QueueMeters> meters) {
        inRange("threads", threads, 1, 256);
        var pool = new WorkPool(threads, limits, meters);
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
        var group = new Group(caller, tasks);
        enqueue(group);
        Runnable stay = caller.presence().whenGone(() -> leave(group));
        try {
            group.done.get(caller.deadlineNanos() - System.nanoTime(), TimeUnit.NANOSECONDS);
        } catch (ExecutionException e) {
            throw e.getCause() instanceof RuntimeException problem
                    ? problem
                    : new Failure.Broken("the model failed", e.getCause());
        } catch (TimeoutException e) {
            throw expired();
        } finally {
            stay.run();
            group.done.cancel(false); // no effect once it is over; else drops what has not begun
            if (group.left.get() > 0) {
                withdraw(group);
            }
        }
    }

    private static void leave(Group group) {
        group.done.completeExceptionally(new CancellationException("the caller has gone"));
    }

    /// Takes what has not begun of a group out of the queue.
    private void withdraw(Group group) {
        lock.lock();
        try {
            SequencedSet<Task> queue = queues.get(group.caller.lane());
            int before = queue.size();
            group.tasks.forEach(queue::remove);
            int withdrawn = before - queue.size();
            meters.get(group.caller.lane()).waiting(-withdrawn);
            countDropped(group, withdrawn);
            room.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /// Counts tasks that will not be run because nobody waits for them any more.
    private void countDropped(Group group, int tasks) {
        QueueMeters queue = meters.get(group.caller.lane());
        if (group.caller.deadlineNanos() - System.nanoTime() <= 0) {
            queue.dropped(Reason.EXPIRED, tasks);
        } else if (group.done.isCancelled()) {
            queue.dropped(Reason.CANCELLED, tasks);
        } // else another task of the group has failed
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

    private void enqueue(Group group) throws InterruptedException {
        SequencedSet<Task> queue = queues.get(group.caller.lane());
        lock.lockInterruptibly();
        try {
            while (!closed
                    && !queue.isEmpty()
                    && queue.size() + group.tasks.size() > limits.tasks()) {
                if (group.caller.lane() == Lane.CALL) {
                    meters.get(Lane.CALL).dropped(Reason.FULL, group.tasks.size());
                    throw new Failure.Overloaded(
                            "%d of at most %d passes are already waiting"
                                    .formatted(queue.size(), limits.tasks()),
                            Duration.ofNanos(wait.nanosBehind(queue.size()) / 2));
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
            long now = System.nanoTime();
            if (group.caller.lane() == Lane.CALL && !queue.isEmpty()) {
                expectTime(group, queue.size(), group.caller.deadlineNanos() - now);
            }
            group.queuedNanos = now;
            group.mark = wait.mark();
            queue.addAll(group.tasks);
            meters.get(group.caller.lane()).waiting(group.tasks.size());
            work.signalAll();
        } finally {
            lock.unlock();
        }
    }

    private void expectTime(Group group, int waiting, long left) {
        long expected = wait.nanosBehind(waiting);
        long most = QueueWait.worthwhile(limits.maxWait(), left);
        if (expected > most && left > 0) {
            meters.get(Lane.CALL).dropped(Reason.IN_VAIN, group.tasks.size());
            throw new Failure.Overloaded(
                    "%d passes are waiting, the last of them for another %d ms; this call may wait %d ms"
                            .formatted(
                                    waiting,
                                    TimeUnit.NANOSECONDS.toMillis(expected),
                                    TimeUnit.NANOSECONDS.toMillis(most)),
                    Duration.ofNanos(expected - most));
        }
    }

    private void runUntilClosed() {
        for (Turn turn = take(); turn != null; turn = take()) {
            turn.run();
        }
    }

    /// Counts a turn's tasks: those that somebody waits for are run now.
    private Turn counted(Turn turn, Lane lane) {
        QueueMeters queue = meters.get(lane);
        queue.waiting(-turn.tasks.size());
        long now = System.nanoTime();
        for (Task task : turn.tasks) {
            if (task.group.isWanted()) {
                queue.waited(now - task.group.queuedNanos);
            } else {
                countDropped(task.group, 1);
            }
        }
        return turn;
    }

    /// Waits for work. Null when closed and nothing is left.
    private Turn take() {
        lock.lock();
        try {
            SequencedSet<Task> calls = queues.get(Lane.CALL);
            SequencedSet<Task> bulk = queues.get(Lane.BULK);
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
                Group first = calls.getFirst().group;
                wait.waited(first.mark, System.nanoTime() - first.queuedNanos);
                Turn turn = together(calls);
                wait.started(turn.tasks.size());
                return counted(turn, Lane.CALL);
            }
            room.signalAll();
            return counted(new Turn(() -> {}, List.of(bulk.removeFirst())), Lane.BULK);
        } finally {
            lock.unlock();
        }
    }

    /// The task that has waited longest, and those that can be run with it. What nobody waits for any more is taken
    /// along too, to be dropped, but makes no run longer.
    private Turn together(SequencedSet<Task> calls) {
        int share = Math.ceilDiv(calls.size(), free + 1);
        Task first = calls.removeFirst();
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
        final List<Task> tasks;
        final AtomicInteger left;
        final CompletableFuture<Void> done = new CompletableFuture<>();
        private long queuedNanos; // when it began to wait
        private long mark; // of QueueWait

        Group(Caller caller, List<? extends Runnable> tasks) {
            this.caller = caller;
            this.tasks = tasks.stream().map(task -> new Task(this, task)).toList();
            this.left = new AtomicInteger(tasks.size());
        }

        void fail(Throwable t) {
            done.completeExceptionally(
                    t instanceof Failure ? t : new Failure.Broken("the model failed", t));
        }

        boolean isWanted() {
            if (!done.isDone() && caller.deadlineNanos() - System.nanoTime() <= 0) {
                done.completeExceptionally(expired());
            }
            if (!done.isDone() && caller.presence().gone()) {
                leave(this);
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

    /// One of a group; an object of its own even where the work is another's too.
    private static final class Task {
        final Group group;
        final Runnable work;

        Task(Group group, Runnable work) {
            this.group = group;
            this.work = work;
        }

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
