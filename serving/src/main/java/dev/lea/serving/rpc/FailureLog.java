package dev.lea.serving.rpc;

import io.grpc.Status;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One log line a failed call, at most a few a second: a server that refuses thousands of calls a second
/// must not spend itself on writing about it. What was left out is counted in the next line.
final class FailureLog {
    private static final Logger log = LoggerFactory.getLogger(FailureLog.class);

    private final LogLimit limit = new LogLimit(20, System::nanoTime);

    /// Whether a code says that the fault is the server's.
    static boolean isOurs(Status.Code code) {
        return switch (code) {
            case INTERNAL, UNKNOWN -> true;
            default -> false;
        };
    }

    void write(String method, Status status, long nanos) {
        long before = limit.admit();
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
}
