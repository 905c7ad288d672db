package dev.lea.cli.terminal;

import java.time.Duration;

/// Calls something about eight times a second, on a thread of its own, until closed.
public final class Ticker implements AutoCloseable {
    private static final Duration PERIOD = Duration.ofMillis(120);

    private final Thread thread;

    private Ticker(Thread thread) {
        this.thread = thread;
    }

    public static Ticker start(Runnable tick) {
        return new Ticker(
                Thread.ofVirtual()
                        .name("ticker")
                        .start(() -> {
                            while (pause()) {
                                tick.run();
                            }
                        }));
    }

    /// Waits for the tick that is under way. May be called twice.
    @Override
    public void close() {
        thread.interrupt();
        boolean interrupted = false;
        while (true) {
            try {
                thread.join();
                break;
            } catch (InterruptedException e) {
                interrupted = true; // a tick ends soon, and must not draw over what comes after
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private static boolean pause() {
        try {
            Thread.sleep(PERIOD);
            return true;
        } catch (InterruptedException e) {
            return false;
        }
    }
}
