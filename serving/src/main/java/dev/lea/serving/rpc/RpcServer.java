package dev.lea.serving.rpc;

import dev.lea.serving.config.StartFailure;
import dev.lea.serving.rpc.security.Roles;
import dev.lea.serving.rpc.security.ServerTls;
import io.grpc.Metadata;
import io.grpc.Server;
import io.grpc.ServerCall;
import io.grpc.ServerCallExecutorSupplier;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.protobuf.services.ProtoReflectionServiceV1;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A started gRPC server with health, reflection, metrics, and a graceful end.
///
/// The one place where it is decided which thread runs a handler: the transport's own for services whose
/// handlers never block, a virtual thread a call for the others. The default pool of grpc-java is never used.
public final class RpcServer implements AutoCloseable {
    private static final Duration LOOK_AGAIN = Duration.ofMillis(20);

    /// How long a server that has nothing left but open watches waits for calls that are just arriving.
    private static final Duration QUIET = Duration.ofMillis(200);

    /// How long handlers that were interrupted may take to notice.
    private static final Duration STRAGGLING = Duration.ofSeconds(5);

    /// Callers that are silent this long are asked whether they are still there, so that a dead one does not
    /// hold an open stream for ever.
    private static final Duration KEEP_ALIVE = Duration.ofMinutes(1);

    /// How often callers may ask the same of us.
    private static final Duration KEEP_ALIVE_ALLOWED = Duration.ofSeconds(10);

    private static final Logger log = LoggerFactory.getLogger(RpcServer.class);

    private final Server server;
    private final Health health;
    private final Guard guard;
    private final ExecutorService calls;
    private final Duration grace;
    private final Metrics metrics;
    private final Optional<ServerTls> tls;
    private final AtomicBoolean closed = new AtomicBoolean();

    private RpcServer(
            Server server,
            Health health,
            Guard guard,
            ExecutorService calls,
            Duration grace,
            Metrics metrics,
            Optional<ServerTls> tls) {
        this.metrics = metrics;
        this.tls = tls;
        this.server = server;
        this.health = health;
        this.guard = guard;
        this.calls = calls;
        this.grace = grace;
    }

    /// What is counted, and where that is served, if it is.
    private record Metrics(PrometheusMeterRegistry registry, Optional<MetricsEndpoint> endpoint) {
        static Metrics start(MetricsAddress address) {
            var registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
            try {
                new ProcessMetrics().bindTo(registry);
                return new Metrics(
                        registry,
                        address.port().isEmpty()
                                ? Optional.empty()
                                : Optional.of(
                                        MetricsEndpoint.start(
                                                address.host(),
                                                address.port().getAsInt(),
                                                registry)));
            } catch (RuntimeException e) {
                registry.close();
                throw e;
            }
        }

        void close() {
            endpoint.ifPresent(MetricsEndpoint::close);
            registry.close();
        }
    }

    /// Listens and serves.
    ///
    /// @throws StartFailure if the address cannot be listened on; the message names it
    public static RpcServer start(RpcSettings settings, Health health, List<Service> services) {
        var address = new InetSocketAddress(settings.host(), settings.port());
        if (address.isUnresolved()) {
            throw new StartFailure("cannot listen on " + at(settings) + ": no such host");
        }
        var guard = new Guard();
        var metrics = Metrics.start(settings.metrics());
        var calls =
                Executors.newThreadPerTaskExecutor(Thread.ofVirtual().name("call-", 0).factory());
        Optional<ServerTls> tls = Optional.empty();
        try {
            List<Service> all = new ArrayList<>(services);
            all.add(Service.nonBlocking(health.service()));
            all.add(Service.blocking(ProtoReflectionServiceV1.newInstance()));
            var roles = new Roles(writing(all), settings.tls(), settings.host());
            var builder =
                    NettyServerBuilder.forAddress(address)
                            .maxInboundMessageSize(settings.maxMessageBytes())
                            .keepAliveTime(KEEP_ALIVE.toSeconds(), TimeUnit.SECONDS)
                            .permitKeepAliveTime(KEEP_ALIVE_ALLOWED.toSeconds(), TimeUnit.SECONDS)
                            .permitKeepAliveWithoutCalls(true)
                            .directExecutor()
                            .callExecutor(threads(all, calls))
                            .addTransportFilter(roles.recognise())
                            .intercept(roles)
                            .intercept(guard) // around the roles
                            .intercept(new CallMetrics(metrics.registry())); // around the guard
            if (settings.tls().enabled()) {
                tls = Optional.of(ServerTls.on(builder, settings.tls(), metrics.registry()));
            }
            for (Service service : all) {
                builder.addService(Parsing.guarded(service.definition()));
                health.setServingUnlessKnown(service.name());
            }
            health.setServingUnlessKnown("");
            return new RpcServer(
                    builder.build().start(), health, guard, calls, settings.grace(), metrics, tls);
        } catch (IOException | RuntimeException e) {
            tls.ifPresent(ServerTls::close);
            metrics.close();
            calls.close();
            throw e instanceof IOException io
                    ? new StartFailure("cannot listen on " + at(settings) + ": " + reason(io))
                    : (RuntimeException) e;
        }
    }

    /// The port that is listened on.
    public int port() {
        return server.getPort();
    }

    /// Where more can be counted.
    public MeterRegistry registry() {
        return metrics.registry();
    }

    /// The port on which metrics are served; empty where they are not.
    public OptionalInt metricsPort() {
        return metrics.endpoint().map(e -> OptionalInt.of(e.port())).orElse(OptionalInt.empty());
    }

    /// Reports not-serving, refuses new calls, lets calls in flight finish for the grace period, then cancels
    /// what is left and interrupts its handlers. A second call does nothing.
    @Override
    public void close() {
        if (closed.getAndSet(true)) {
            return;
        }
        health.close();
        server.shutdown();
        try {
            drain();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        server.shutdownNow(); // no effect on a server that has terminated
        calls.shutdownNow(); // cancelling a call does not interrupt its handler
        try {
            if (!calls.awaitTermination(STRAGGLING.toMillis(), TimeUnit.MILLISECONDS)) {
                log.warn("some handlers did not end although they were interrupted");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        tls.ifPresent(ServerTls::close);
        metrics.close();
    }

    private static Set<String> writing(List<Service> services) {
        return services.stream()
                .flatMap(service -> service.writing().stream())
                .collect(Collectors.toSet());
    }

    private void drain() throws InterruptedException {
        long end = System.nanoTime() + grace.toNanos();
        long quietSince = System.nanoTime();
        while (!server.awaitTermination(LOOK_AGAIN.toMillis(), TimeUnit.MILLISECONDS)) {
            long now = System.nanoTime();
            if (guard.inFlight() > 0) {
                quietSince = now;
            }
            if (now - end >= 0 || now - quietSince >= QUIET.toNanos()) {
                return;
            }
        }
    }

    private static ServerCallExecutorSupplier threads(List<Service> services, Executor calls) {
        Set<String> blocking = new HashSet<>();
        for (Service service : services) {
            if (service.blocking()) {
                blocking.add(service.name());
            }
        }
        return new ServerCallExecutorSupplier() {
            @Override
            public <Q, R> Executor getExecutor(ServerCall<Q, R> call, Metadata headers) {
                String service = call.getMethodDescriptor().getServiceName();
                return service != null && blocking.contains(service) ? calls : null;
            }
        };
    }

    private static String at(RpcSettings settings) {
        return settings.host() + ":" + settings.port();
    }

    private static String reason(IOException e) {
        Throwable root = e;
        while (root.getCause() != null) {
            root = root.getCause();
        }
        String message = String.valueOf(root.getMessage());
        return message.contains("in use") ? "the port is in use" : message;
    }
}
