package dev.lea.serving.swap;

import static java.util.Objects.requireNonNull;

import dev.lea.serving.Failure;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;

/// A loaded version and those who hold it: the slot, and a lease for each call inside.
final class Loaded<M extends AutoCloseable> {
    final M model;
    final Version version;

    /// Leases plus one for the slot itself; zero is final.
    private final AtomicInteger holders = new AtomicInteger(1);

    private final CountDownLatch idle = new CountDownLatch(1);

    Loaded(M model, Version version) {
        this.model = requireNonNull(model, "model");
        this.version = requireNonNull(version, "version");
    }

    /// Whether it could still be held.
    boolean retain() {
        return holders.getAndUpdate(n -> n == 0 ? 0 : n + 1) > 0;
    }

    void release() {
        if (holders.decrementAndGet() == 0) {
            idle.countDown();
        }
    }

    /// Gives the slot's own hold back, waits for the leases, and closes the model.
    ///
    /// @throws Failure.Broken if it cannot be closed
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
