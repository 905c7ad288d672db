package dev.lea.trainer.run;

import dev.lea.client.LeaException;
import io.github.resilience4j.core.IntervalFunction;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;

/// Waits out a server that does not answer: the run says what it waits for, and goes on when it can.
///
/// An outage never ends a run; anything else that a server says does.
final class Outage {
    private static final IntervalFunction PAUSE =
            IntervalFunction.ofExponentialRandomBackoff(
                    Duration.ofMillis(500), 1.6, 0.3, Duration.ofSeconds(15));

    private final RunRecord record;

    Outage(RunRecord record) {
        this.record = record;
    }

    /// Calls until the server answers.
    ///
    /// @param what for the reason that is shown, for instance "upload the environment"
    <T> T outlast(String what, Callable<T> call) throws InterruptedException {
        for (int attempt = 1; ; attempt++) {
            try {
                T answer = call.call();
                record.waiting("");
                return answer;
            } catch (LeaException e) {
                if (!e.isOutage()) {
                    throw e;
                }
                record.waiting("waits to " + what + ": " + e.getMessage());
            } catch (RuntimeException e) {
                throw e;
            } catch (Exception e) {
                throw new IllegalStateException(e);
            }
            pause(Math.min(attempt, 12));
        }
    }

    private void pause(int attempt) throws InterruptedException {
        long end = System.nanoTime() + Duration.ofMillis(PAUSE.apply(attempt)).toNanos();
        while (System.nanoTime() < end) {
            if (record.isStopped()) {
                throw new CancellationException("the run was stopped while it waited");
            }
            record.await(
                    record.changes(),
                    Duration.ofMillis(Math.max(1, (end - System.nanoTime()) / 1_000_000)));
        }
    }
}
