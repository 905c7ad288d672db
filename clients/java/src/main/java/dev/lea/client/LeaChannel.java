package dev.lea.client;

import static java.util.Objects.requireNonNull;

import io.grpc.CallOptions;
import io.grpc.ChannelCredentials;
import io.grpc.Deadline;
import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import io.grpc.ManagedChannelBuilder;
import io.grpc.MethodDescriptor;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ClientCalls;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;

/// The connection to one server, shared by all clients of it and safe for any number of threads.
///
/// {@snippet :
/// try (var channel = LeaChannel.open(Endpoint.parse("localhost:50052"))) {
///     var answer = new AgentClient(channel).recommend(request);
/// }
/// }
///
/// Nothing is sent until the first call; a server that is not there is told by that call.
public final class LeaChannel implements AutoCloseable {
    private static final Duration CLOSE_GRACE = Duration.ofSeconds(2);

    private final String server;
    private final ClientSettings settings;
    private final ManagedChannel channel;
    private final Optional<Tls.Credentials> credentials;
    private final RetryBudget budget = new RetryBudget();

    private LeaChannel(
            String server,
            ClientSettings settings,
            ManagedChannel channel,
            Optional<Tls.Credentials> credentials) {
        this.server = server;
        this.settings = settings;
        this.channel = channel;
        this.credentials = credentials;
    }

    /// Plaintext: for loopback, and for networks that encrypt by themselves.
    public static LeaChannel open(Endpoint endpoint) {
        return open(endpoint, ClientSettings.DEFAULT);
    }

    /// Plaintext, with settings of the caller's.
    public static LeaChannel open(Endpoint endpoint, ClientSettings settings) {
        return open(endpoint, settings, InsecureChannelCredentials.create());
    }

    /// Encrypted where there is `tls`, else plaintext.
    ///
    /// @throws IllegalArgumentException that names the file which cannot be used
    public static LeaChannel open(Endpoint endpoint, ClientSettings settings, Optional<Tls> tls) {
        return tls.map(encrypted -> open(endpoint, settings, encrypted))
                .orElseGet(() -> open(endpoint, settings));
    }

    /// Encrypted.
    ///
    /// @throws IllegalArgumentException that names the file which cannot be used
    public static LeaChannel open(Endpoint endpoint, ClientSettings settings, Tls tls) {
        var credentials = tls.open();
        var builder = Grpc.newChannelBuilder("dns:///" + endpoint, credentials.channel());
        tls.serverName().ifPresent(builder::overrideAuthority);
        return new LeaChannel(
                endpoint.toString(), settings, build(builder, settings), Optional.of(credentials));
    }

    /// With credentials of the caller's making.
    public static LeaChannel open(
            Endpoint endpoint, ClientSettings settings, ChannelCredentials credentials) {
        var builder = Grpc.newChannelBuilder("dns:///" + endpoint, credentials);
        return open(endpoint.toString(), builder, settings);
    }

    /// Over any transport, for instance in-process.
    ///
    /// @param server the server's name, for messages
    public static LeaChannel open(
            String server, ManagedChannelBuilder<?> builder, ClientSettings settings) {
        return new LeaChannel(
                requireNonNull(server, "server"),
                settings,
                build(builder, settings),
                Optional.empty());
    }

    private static ManagedChannel build(ManagedChannelBuilder<?> builder, ClientSettings settings) {
        return builder.maxInboundMessageSize(settings.maxMessageBytes())
                .enableRetry() // of what no server has seen; the rest is RetryPolicy's
                .disableServiceConfigLookUp()
                .build();
    }

    /// The server's name, for messages.
    public String server() {
        return server;
    }

    public ClientSettings settings() {
        return settings;
    }

    /// Lets running calls end for a moment, then breaks them off. A second call does nothing.
    @Override
    public void close() {
        channel.shutdown();
        credentials.ifPresent(Tls.Credentials::close);
        try {
            if (channel.awaitTermination(CLOSE_GRACE.toNanos(), TimeUnit.NANOSECONDS)) {
                return;
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        channel.shutdownNow();
    }

    /// One call with one answer, repeated as [RetryPolicy] says while the channel's budget lasts.
    ///
    /// @param patience for all attempts together
    /// @throws LeaException if it failed for good
    <Q, R> R call(MethodDescriptor<Q, R> method, Q request, Duration patience) {
        var deadline = Deadline.after(patience.toNanos(), TimeUnit.NANOSECONDS);
        var options = CallOptions.DEFAULT.withDeadline(deadline);
        for (int attempt = 1; ; attempt++) {
            try {
                R answer = ClientCalls.blockingUnaryCall(channel, method, options, request);
                budget.succeeded();
                return answer;
            } catch (StatusRuntimeException e) {
                var failure = LeaException.of(e.getStatus(), e.getTrailers(), describe(method));
                Optional<Duration> delay = RetryPolicy.pause(failure, method, attempt);
                if (delay.isEmpty() || !mayRepeat(delay.get(), attempt, deadline)) {
                    throw failure;
                }
                pause(delay.get(), failure);
            }
        }
    }

    <Q, R> R call(MethodDescriptor<Q, R> method, Q request) {
        return call(method, request, settings.callDeadline());
    }

    /// Opens a stream; close it.
    ///
    /// @param window answers that the server may send before the first is taken
    <Q, R> StreamCall<Q, R> stream(MethodDescriptor<Q, R> method, int window) {
        return StreamCall.open(
                channel.newCall(method, CallOptions.DEFAULT), describe(method), window);
    }

    /// The call's name in messages.
    String describe(MethodDescriptor<?, ?> method) {
        return method.getBareMethodName() + " at " + server;
    }

    private boolean mayRepeat(Duration delay, int attempts, Deadline deadline) {
        return attempts < settings.maxAttempts()
                && delay.toNanos() < deadline.timeRemaining(TimeUnit.NANOSECONDS)
                && budget.take();
    }

    /// Waits so long, and up to a fifth more, so that callers who failed together do not return together.
    static void pause(Duration delay, LeaException failure) {
        long nanos = delay.toNanos();
        try {
            TimeUnit.NANOSECONDS.sleep(nanos + ThreadLocalRandom.current().nextLong(nanos / 5 + 1));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw failure;
        }
    }
}
