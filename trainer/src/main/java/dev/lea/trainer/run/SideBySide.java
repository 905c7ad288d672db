package dev.lea.trainer.run;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;

/// Work that does not wait for each other's, on a platform thread each.
final class SideBySide {
    private SideBySide() {}

    /// Some work.
    @FunctionalInterface
    interface Task {
        void run() throws Exception;
    }

    /// Runs both and returns when both have ended.
    ///
    /// @param stop makes them end early; called when one has failed or this thread is interrupted
    /// @throws RuntimeException the first failure; the other's, which is mostly that it was stopped, is added to it
    static void run(Runnable stop, Task one, Task other) throws InterruptedException {
        var failure = new AtomicReference<Throwable>();
        var ended = new CountDownLatch(2);
        Thread first = start("one", one, stop, failure, ended);
        Thread second = start("other", other, stop, failure, ended);
        try {
            ended.await();
        } catch (InterruptedException e) {
            stop.run();
            first.interrupt();
            second.interrupt();
            joined(first);
            joined(second);
            throw e;
        }
        switch (failure.get()) {
            case null -> {}
            case RuntimeException e -> throw e;
            case InterruptedException e -> throw e;
            case Error e -> throw e;
            case Throwable e -> throw new IllegalStateException(e);
        }
    }

    private static Thread start(
            String name,
            Task task,
            Runnable stop,
            AtomicReference<Throwable> failure,
            CountDownLatch ended) {
        return Thread.ofPlatform()
                .name("side-by-side-" + name)
                .start(() -> {
                    try {
                        task.run();
                    } catch (Throwable e) {
                        if (failure.compareAndSet(null, e)) {
                            stop.run();
                        } else {
                            failure.get().addSuppressed(e);
                        }
                    } finally {
                        ended.countDown();
                    }
                });
    }

    /// Waits without being interrupted again: what the threads hold must be closed before the caller goes on.
    private static void joined(Thread thread) {
        boolean interrupted = false;
        while (thread.isAlive()) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
