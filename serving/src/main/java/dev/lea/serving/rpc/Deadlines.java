package dev.lea.serving.rpc;

import io.grpc.Context;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/// The current call's deadline on the [System#nanoTime] clock.
public final class Deadlines {
    private Deadlines() {}

    /// The caller's deadline, or `fallback` from now if it gave none or a later one.
    public static long nanos(Duration fallback) {
        long left = fallback.toNanos();
        var deadline = Context.current().getDeadline();
        if (deadline != null) {
            left = Math.min(left, deadline.timeRemaining(TimeUnit.NANOSECONDS));
        }
        return System.nanoTime() + left;
    }
}
