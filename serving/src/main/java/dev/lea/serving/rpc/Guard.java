package dev.lea.serving.rpc;

import io.grpc.ForwardingServerCall.SimpleForwardingServerCall;
import io.grpc.ForwardingServerCallListener.SimpleForwardingServerCallListener;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.Status;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Stands around every call: an exception that a handler lets out closes the call with its status (INTERNAL
/// without details for anything unexpected, which goes to the log alone), failed calls are logged, calls in
/// flight are counted.
final class Guard implements ServerInterceptor {
    private static final Logger log = LoggerFactory.getLogger(Guard.class);

    private final FailureLog failures = new FailureLog();
    private final AtomicInteger inFlight = new AtomicInteger();

    /// Calls in flight, without those to the health and reflection services, which may last for ever.
    int inFlight() {
        return inFlight.get();
    }

    @Override
    public <Q, R> ServerCall.Listener<Q> interceptCall(
            ServerCall<Q, R> call, Metadata headers, ServerCallHandler<Q, R> next) {
        String method = call.getMethodDescriptor().getFullMethodName();
        boolean counted = !method.startsWith("grpc.");
        var watched = new WatchedCall<>(call, LogContext.of(method, headers));
        if (counted) {
            inFlight.incrementAndGet();
        }
        ServerCall.Listener<Q> listener;
        try {
            listener = next.startCall(watched, headers);
        } catch (Throwable t) {
            watched.fail(t);
            listener = new ServerCall.Listener<>() {};
        }
        return new GuardedListener<>(listener, watched, counted);
    }

    private final class WatchedCall<Q, R> extends SimpleForwardingServerCall<Q, R> {
        private final long start = System.nanoTime();

        private final LogContext context;

        WatchedCall(ServerCall<Q, R> call, LogContext context) {
            super(call);
            this.context = context;
        }

        @Override
        public void close(Status status, Metadata trailers) {
            if (!status.isOk()) {
                long nanos = System.nanoTime() - start;
                context.during(() -> failures.write(context.method(), status, nanos));
            }
            super.close(status, trailers);
        }

        void fail(Throwable problem) {
            var status = Statuses.of(problem);
            if (FailureLog.isOurs(status.getStatus().getCode())) {
                log.error("{} failed", getMethodDescriptor().getFullMethodName(), problem);
            }
            try {
                close(
                        status.getStatus(),
                        status.getTrailers() == null ? new Metadata() : status.getTrailers());
            } catch (IllegalStateException e) {
                log.debug("the call was closed already", e);
            }
        }
    }

    private final class GuardedListener<Q> extends SimpleForwardingServerCallListener<Q> {
        private final WatchedCall<Q, ?> call;
        private final boolean counted;

        GuardedListener(ServerCall.Listener<Q> listener, WatchedCall<Q, ?> call, boolean counted) {
            super(listener);
            this.call = call;
            this.counted = counted;
        }

        @Override
        public void onMessage(Q message) {
            guarded(() -> super.onMessage(message));
        }

        @Override
        public void onHalfClose() {
            guarded(super::onHalfClose);
        }

        @Override
        public void onReady() {
            guarded(super::onReady);
        }

        @Override
        public void onCancel() {
            ended();
            guarded(super::onCancel);
        }

        @Override
        public void onComplete() {
            ended();
            guarded(super::onComplete);
        }

        private void ended() {
            if (counted) {
                inFlight.decrementAndGet();
            }
        }

        private void guarded(Runnable step) {
            call.context.during(() -> {
                try {
                    step.run();
                } catch (Throwable t) {
                    call.fail(t);
                }
            });
        }
    }
}
