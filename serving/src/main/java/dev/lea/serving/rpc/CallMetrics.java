package dev.lea.serving.rpc;

import io.grpc.ForwardingServerCall.SimpleForwardingServerCall;
import io.grpc.ForwardingServerCallListener.SimpleForwardingServerCallListener;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.Status;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

/// Rate, errors and duration of every method: `lea.rpc.calls`, a timer tagged with `service`, `method` and `code`, counted
/// when a call ends, and `lea.rpc.in.flight`. A call that its caller gave up counts as CANCELLED.
final class CallMetrics implements ServerInterceptor {
    private static final Duration[] BUCKETS =
            Stream.of(1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 30_000)
                    .map(Duration::ofMillis)
                    .toArray(Duration[]::new);

    private final MeterRegistry registry;
    private final Map<Ended, Timer> timers = new ConcurrentHashMap<>();
    private final AtomicInteger inFlight = new AtomicInteger();

    /// How calls of a method end.
    private record Ended(String method, Status.Code code) {}

    CallMetrics(MeterRegistry registry) {
        this.registry = registry;
        Gauge.builder("lea.rpc.in.flight", inFlight, AtomicInteger::get)
                .description("calls that are being answered, open streams too")
                .register(registry);
    }

    @Override
    public <Q, R> ServerCall.Listener<Q> interceptCall(
            ServerCall<Q, R> call, Metadata headers, ServerCallHandler<Q, R> next) {
        var timed = new TimedCall<>(call);
        inFlight.incrementAndGet();
        return new SimpleForwardingServerCallListener<>(next.startCall(timed, headers)) {
            @Override
            public void onCancel() {
                timed.end(Status.Code.CANCELLED);
                super.onCancel();
            }
        };
    }

    private Timer timer(Ended ended) {
        return timers.computeIfAbsent(
                ended,
                key ->
                        Timer.builder("lea.rpc.calls")
                                .description("calls that have ended, from their headers on")
                                .tag("service", MethodDescriptor.extractFullServiceName(key.method))
                                .tag("method", MethodDescriptor.extractBareMethodName(key.method))
                                .tag("code", key.code.name())
                                .serviceLevelObjectives(BUCKETS)
                                .register(registry));
    }

    private final class TimedCall<Q, R> extends SimpleForwardingServerCall<Q, R> {
        private final long start = System.nanoTime();
        private final AtomicBoolean ended = new AtomicBoolean();

        TimedCall(ServerCall<Q, R> call) {
            super(call);
        }

        @Override
        public void close(Status status, Metadata trailers) {
            end(status.getCode());
            super.close(status, trailers);
        }

        void end(Status.Code code) {
            if (!ended.getAndSet(true)) {
                inFlight.decrementAndGet();
                String method = getMethodDescriptor().getFullMethodName();
                timer(new Ended(method, code))
                        .record(System.nanoTime() - start, TimeUnit.NANOSECONDS);
            }
        }
    }
}
