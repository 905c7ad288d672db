package dev.lea.client;

import io.grpc.ClientCall;
import io.grpc.Metadata;
import io.grpc.Status;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;

/// A stream as a blocking conversation: send, finish, next. It belongs to the thread that opened it.
///
/// Invariants:
///  - at most `window` answers have arrived and not been taken; each one taken asks for one more;
///  - every wait has an end: the time the caller names, the call's end, or the caller's interruption;
///  - [#close] cancels the call unless it is over, so that the server stops working for nobody.
final class StreamCall<Q, R> implements AutoCloseable {
    private final ClientCall<Q, R> call;
    private final String name;

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final Queue<R> answers = new ArrayDeque<>(); // guarded by lock
    private Status end; // guarded by lock; null while the call runs
    private Metadata trailers; // guarded by lock

    private StreamCall(ClientCall<Q, R> call, String name) {
        this.call = call;
        this.name = name;
    }

    static <Q, R> StreamCall<Q, R> open(ClientCall<Q, R> call, String name, int window) {
        var stream = new StreamCall<Q, R>(call, name);
        call.start(stream.new Listener(), new Metadata());
        call.request(window);
        return stream;
    }

    /// Sends without waiting; whoever sends much asks [#awaitRoom] first.
    void send(Q message) {
        call.sendMessage(message);
    }

    /// Tells the server that nothing more is coming.
    void finish() {
        call.halfClose();
    }

    /// Waits until the transport takes more.
    ///
    /// @return false when the call is over, so that sending is pointless
    /// @throws LeaException after `patience` without room
    boolean awaitRoom(Duration patience) {
        lock.lock();
        try {
            awaitWhile(() -> end == null && !call.isReady(), patience, "the server took no data");
            return end == null;
        } finally {
            lock.unlock();
        }
    }

    /// The next answer, or empty when the server has ended the stream with OK.
    ///
    /// @throws LeaException if the call failed, or after `patience` without an answer
    Optional<R> next(Duration patience) {
        lock.lock();
        try {
            awaitWhile(() -> answers.isEmpty() && end == null, patience, "no answer");
            R answer = answers.poll();
            if (answer != null) {
                call.request(1);
                return Optional.of(answer);
            }
            if (!end.isOk()) {
                throw LeaException.of(end, trailers, name);
            }
            return Optional.empty();
        } finally {
            lock.unlock();
        }
    }

    /// Cancels the call if it still runs.
    @Override
    public void close() {
        call.cancel("the caller left", null);
    }

    /// A failure of this call that this side noticed.
    LeaException failure(Status.Code code, String reason, String description) {
        return LeaException.local(code, reason, description, name);
    }

    private void awaitWhile(BooleanSupplier condition, Duration patience, String complaint) {
        long left = patience.toNanos();
        try {
            while (condition.getAsBoolean()) {
                if (left <= 0) {
                    throw failure(
                            Status.Code.DEADLINE_EXCEEDED,
                            "STREAM_IDLE",
                            complaint + " for " + patience.toMillis() + " ms");
                }
                left = changed.awaitNanos(left);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw failure(
                    Status.Code.CANCELLED, "INTERRUPTED", "the calling thread was interrupted");
        }
    }

    private final class Listener extends ClientCall.Listener<R> {
        @Override
        public void onMessage(R message) {
            change(() -> answers.add(message));
        }

        @Override
        public void onReady() {
            change(() -> {});
        }

        @Override
        public void onClose(Status status, Metadata metadata) {
            change(() -> {
                end = status;
                trailers = metadata;
            });
        }

        private void change(Runnable update) {
            lock.lock();
            try {
                update.run();
                changed.signalAll();
            } finally {
                lock.unlock();
            }
        }
    }
}
