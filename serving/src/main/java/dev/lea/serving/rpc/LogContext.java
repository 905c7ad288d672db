package dev.lea.serving.rpc;

import io.grpc.Metadata;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.slf4j.MDC;

/// What every line says that is logged for a call on the thread that is at work for it: the call's `method`, and the
/// `trace_id` that its caller sent by W3C's header `traceparent`.
record LogContext(String method, Optional<String> traceId) {
    static final Metadata.Key<String> TRACE_PARENT =
            Metadata.Key.of("traceparent", Metadata.ASCII_STRING_MARSHALLER);
    static final String METHOD = "method";
    static final String TRACE_ID = "trace_id";

    private static final Pattern HEADER =
            Pattern.compile("[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}(-.*)?");

    static LogContext of(String method, Metadata headers) {
        String header = headers.get(TRACE_PARENT);
        if (header == null) {
            return new LogContext(method, Optional.empty());
        }
        Matcher match = HEADER.matcher(header);
        return new LogContext(
                method, match.matches() ? Optional.of(match.group(1)) : Optional.empty());
    }

    void during(Runnable step) {
        if (MDC.get(METHOD) != null) { // a step of a step
            step.run();
            return;
        }
        MDC.put(METHOD, method);
        traceId.ifPresent(id -> MDC.put(TRACE_ID, id));
        try {
            step.run();
        } finally {
            MDC.remove(METHOD);
            MDC.remove(TRACE_ID);
        }
    }
}
