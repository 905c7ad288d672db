package dev.lea.serving.swap;

import static java.util.Objects.requireNonNull;

import dev.lea.serving.Failure;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;

/// Holds the live version of a model and lends it out.
///
/// {@snippet :
/// try (var lease = slot.lease()) {
///     return lease.model().run(batch);
/// }
/// }
///
/// Invariants:
///  - a model is closed exactly once, after its last lease has been returned;
///  - it is closed by the thread that replaced it, never by one that is serving a request;
///  - from the moment a swap takes effect every new lease is of the new version.
///
/// A lease must be returned before its thread calls [#swap] or [#close], else that call never ends.
///
/// Why leases: closing an `OrtSession` while another thread is inside `run` kills the JVM.
public final class Slot<M extends AutoCloseable> implements AutoCloseable {
    private final String name;
    private final AtomicReference<Entry<M>> current = new AtomicReference<>();
    private boolean closed; // guarded by this

    /// @param name the model's name, for messages
    public Slot(String name) {
        this.name = requireNonNull(name, "name");
    }

    /// Borrows the live version; return it with [Lease#close].
    ///
    /// @throws Failure.Unavailable if nothing is loaded yet or the slot is closed
    public Lease<M> lease() {
        while (true) {
            Entry<M> entry = current.get();
            if (entry == null) {
                throw new Failure.Unavailable(
                        "NO_LIVE_VERSION", "no version of " + name + " is live");
            }
            if (entry.retain()) {
                return new Lease<>(entry);
            }
            // a swap has retired this entry since we read it; the next read sees its successor
        }
    }

    /// The version that a lease taken now would be of.
    public Optional<Version> live() {
        return Optional.ofNullable(current.get()).map(entry -> entry.version);
    }

    /// Makes `next` the live version, waits for the leases of the previous one, then closes it.
    ///
    /// @throws IllegalStateException if the slot is closed; `next` stays the caller's
    /// @throws Failure.Broken if the previous one cannot be closed; `next` is live all the same
    public synchronized void swap(M next, Version version) {
        if (closed) {
            throw new IllegalStateException(name + " is closed");
        }
        replace(new Entry<>(requireNonNull(next, "next"), version));
    }

    /// Closes the live version once its leases are back; later calls to [#lease] fail.
    @Override
    public synchronized void close() {
        closed = true;
        replace(null);
    }

    private void replace(Entry<M> next) {
        Entry<M> previous = current.getAndSet(next);
        if (previous != null) {
            previous.retire();
        }
    }

    /// One loaned version. May be handed from thread to thread, but is not for two at once.
    public static final class Lease<M extends AutoCloseable> implements AutoCloseable {
        private Entry<M> entry;

        private Lease(Entry<M> entry) {
            this.entry = entry;
        }

        public M model() {
            return requireNonNull(entry, "lease was returned").model;
        }

        public Version version() {
            return requireNonNull(entry, "lease was returned").version;
        }

        /// Returns the loan; a second call does nothing.
        @Override
        public void close() {
            if (entry != null) {
                entry.release();
                entry = null;
            }
        }
    }

    private static final class Entry<M extends AutoCloseable> {
        final M model;
        final Version version;

        /// Leases plus one for the slot itself; zero is final.
        private final AtomicInteger holders = new AtomicInteger(1);

        private final CountDownLatch idle = new CountDownLatch(1);

        Entry(M model, Version version) {
            this.model = model;
            this.version = version;
        }

        boolean retain() {
            return holders.getAndUpdate(n -> n == 0 ? 0 : n + 1) > 0;
        }

        void release() {
            if (holders.decrementAndGet() == 0) {
                idle.countDown();
            }
        }

        void retire() {
            release();
            boolean interrupted = false;
            while (true) {
                try {
                    idle.await();
                    break;
                } catch (InterruptedException e) {
                    // leaving now would leak the model or close it under a reader
                    interrupted = true;
                }
            }
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
            try {
                model.close();
            } catch (Exception e) {
                throw new Failure.Broken("closing " + version, e);
            }
        }
    }
}
