package dev.lea.trainer.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(20)
class SideBySideTest {
    private final CountDownLatch stopped = new CountDownLatch(1);

    @Test
    void run_oneFails_itsFailureIsThrownAndNotThatOfTheStoppedOther() {
        assertThatThrownBy(() ->
                        SideBySide.run(
                                stopped::countDown,
                                this::untilStopped,
                                () -> {
                                    throw new IllegalArgumentException("the cause");
                                }))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("the cause")
                .satisfies(e ->
                        assertThat(e.getSuppressed())
                                .hasOnlyElementsOfType(CancellationException.class));
    }

    @Test
    void run_interrupted_stopsBothAndWaitsForThem() throws Exception {
        var ended = new AtomicBoolean();
        var caught = new AtomicBoolean();
        var begun = new CountDownLatch(2);
        Thread caller =
                Thread.ofPlatform()
                        .start(() -> {
                            try {
                                SideBySide.run(
                                        stopped::countDown,
                                        () -> {
                                            begun.countDown();
                                            untilStopped();
                                        },
                                        () -> {
                                            begun.countDown();
                                            try {
                                                untilStopped();
                                            } finally {
                                                ended.set(true);
                                            }
                                        });
                            } catch (InterruptedException e) {
                                caught.set(ended.get());
                            }
                        });
        begun.await();
        caller.interrupt();
        caller.join();
        assertThat(caught).isTrue();
    }

    @Test
    void run_bothEnd_nothingIsStopped() throws Exception {
        SideBySide.run(stopped::countDown, () -> {}, () -> {});
        assertThat(stopped.getCount()).isEqualTo(1);
    }

    private void untilStopped() throws InterruptedException {
        stopped.await();
        throw new CancellationException("stopped");
    }
}
