package dev.lea.serving.swap;

import dev.lea.serving.Failure;
import dev.lea.serving.swap.ShadowStatistics.Answer;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Asks the shadow what another version has answered already, and compares.
///
/// Whoever answers is never delayed and never fails: it only puts the question into a bounded queue. One question is
/// asked at a time, on a thread of its own, and none while calls wait for the live version, so that the shadow takes
/// what the live version leaves. What does not fit is counted and let go.
public final class Shadow<M extends AutoCloseable> implements AutoCloseable {
    /// Questions that may wait.
    static final int WAITING = 64;

    private static final Logger log = LoggerFactory.getLogger(Shadow.class);

    /// A question to a version; it may wait.
    @FunctionalInterface
    public interface Question<M> {
        Answer ask(M model, Version version) throws Exception;
    }

    private final Slot<M> slot;
    private final ShadowStatistics statistics = new ShadowStatistics();
    private final ThreadPoolExecutor thread;

    Shadow(String name, Slot<M> slot) {
        this.slot = slot;
        this.thread =
                new ThreadPoolExecutor(
                        1,
                        1,
                        10,
                        TimeUnit.SECONDS,
                        new ArrayBlockingQueue<>(WAITING),
                        Thread.ofPlatform().name(name + "-shadow").factory());
        thread.allowCoreThreadTimeOut(true);
    }

    /// Asks the shadow later, if there is one. Returns at once.
    ///
    /// @param answered the version that answered
    /// @param given    what it answered; asked for on the shadow's thread
    /// @param question the same, to the shadow
    public void ask(Version answered, Supplier<Answer> given, Question<M> question) {
        Loaded<M> shadow = slot.table().shadow();
        if (shadow == null) {
            return;
        }
        try {
            thread.execute(() -> compare(answered, given, question));
        } catch (RejectedExecutionException e) {
            statistics.skipped(answered, shadow.version);
        }
    }

    /// What came of it so far.
    public List<ShadowStatistics.Comparison> comparisons() {
        return statistics.comparisons();
    }

    /// What became of the calls since the start.
    public ShadowStatistics.Totals totals() {
        return statistics.totals();
    }

    void reset() {
        statistics.reset();
    }

    /// Lets what waits go, and ends the thread.
    @Override
    public void close() {
        thread.shutdownNow();
        boolean interrupted = false;
        while (true) {
            try {
                if (thread.awaitTermination(1, TimeUnit.SECONDS)) {
                    break;
                }
            } catch (InterruptedException e) {
                interrupted = true; // a lease may still be out
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private void compare(Version answered, Supplier<Answer> given, Question<M> question) {
        slot.leaseShadow()
                .ifPresent(lease -> {
                    try (lease) {
                        if (liveIsBusy()) {
                            statistics.skipped(answered, lease.version());
                            return;
                        }
                        try {
                            statistics.compare(
                                    given.get(), question.ask(lease.model(), lease.version()));
                        } catch (ExecutionException e) {
                            failed(answered, lease.version(), e.getCause());
                        } catch (Exception e) {
                            failed(answered, lease.version(), e);
                        }
                    }
                });
    }

    private boolean liveIsBusy() {
        try (var lease = slot.lease()) {
            return lease.model() instanceof Busy model && model.busy();
        } catch (Failure.Unavailable e) {
            return false;
        }
    }

    private void failed(Version answered, Version version, Throwable problem) {
        if (!(problem instanceof Failure)) {
            log.warn("shadow {} fails", version, problem);
        }
        statistics.failed(
                answered,
                version,
                problem instanceof Failure failure
                        ? failure.reason() + ": " + failure.getMessage()
                        : problem.getClass().getSimpleName());
    }
}
