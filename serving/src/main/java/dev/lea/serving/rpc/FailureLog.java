package dev.lea.serving.rpc;

import io.grpc.Status;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One log line a failed call, at most a few a second: a server that refuses thousands of calls a second
/// must not spend itself on writing about it. What was left out is counted in the next line.
final class FailureLog {
    static final int LINES_A_SECOND = 20;

    private static final Logger log = LoggerFactory.getLogger(FailureLog.class);
    private static final long SECOND = 1_000_000_000L;

    private final LongSupplier nanoClock;
    private long windowStart; // guarded by this
    private int lines; // guarded by this
    private long leftOut; // guarded by this

    FailureLog(LongSupplier nanoClock) {
        this.nanoClock = nanoClock;
        this.windowStart = nanoClock.getAsLong();
    }

    /// Whether a code says that the fault is the server's.
    static boolean isOurs(Status.Code code) {
        return switch (code) {
            case INTERNAL, UNKNOWN -> true;
            default -> false;
        };
    }

    void write(String method, Status status, long nanos) {
        long before = admit();
        if (before < 0) {
            return;
        }
        String more = before == 0 ? "" : " (" + before + " failed calls before it not shown)";
        String line = "{} {} after {} ms: {}{}";
        Object[] values = {
            method, status.getCode(), nanos / 1_000_000, status.getDescription(), more
        };
        if (isOurs(status.getCode())) {
            log.error(line, values);
        } else {
            log.info(line, values);
        }
    }

    /// Lines left out since the last one, or -1 when this one is to be left out too.
    synchronized long admit() {
        long now = nanoClock.getAsLong();
        if (now - windowStart >= SECOND) {
            windowStart = now;
            lines = 0;
        }
        if (lines == LINES_A_SECOND) {
            leftOut++;
            return -1;
        }
        lines++;
        long count = leftOut;
        leftOut = 0;
        return count;
    }
}
