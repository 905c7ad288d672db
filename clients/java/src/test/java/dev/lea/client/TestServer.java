package dev.lea.client;

import com.google.protobuf.Any;
import com.google.rpc.ErrorInfo;
import com.google.rpc.RetryInfo;
import com.google.rpc.Status;
import io.grpc.BindableService;
import io.grpc.Server;
import io.grpc.StatusRuntimeException;
import io.grpc.inprocess.InProcessChannelBuilder;
import io.grpc.inprocess.InProcessServerBuilder;
import io.grpc.protobuf.StatusProto;
import java.io.IOException;
import java.time.Duration;

/// A server inside the test's own process, with a channel to it.
final class TestServer implements AutoCloseable {
    static final ClientSettings PATIENT =
            ClientSettings.DEFAULT
                    .withCallDeadline(Duration.ofSeconds(10))
                    .withIdleTimeout(Duration.ofSeconds(10));

    private final Server server;
    private final LeaChannel channel;

    private TestServer(Server server, LeaChannel channel) {
        this.server = server;
        this.channel = channel;
    }

    static TestServer start(BindableService service) throws IOException {
        return start(service, PATIENT);
    }

    static TestServer start(BindableService service, ClientSettings settings) throws IOException {
        String name = InProcessServerBuilder.generateName();
        var server = InProcessServerBuilder.forName(name).addService(service).build().start();
        var channel = LeaChannel.open("test", InProcessChannelBuilder.forName(name), settings);
        return new TestServer(server, channel);
    }

    LeaChannel channel() {
        return channel;
    }

    @Override
    public void close() {
        channel.close();
        server.shutdownNow();
    }

    static StatusRuntimeException error(
            io.grpc.Status.Code code, String message, String reason, Duration retryDelay) {
        var status =
                Status.newBuilder()
                        .setCode(code.value())
                        .setMessage(message)
                        .addDetails(
                                Any.pack(
                                        ErrorInfo.newBuilder()
                                                .setReason(reason)
                                                .setDomain("lea.dev")
                                                .putMetadata("bound", "9")
                                                .build()));
        if (retryDelay != null) {
            var delay =
                    com.google.protobuf.Duration.newBuilder()
                            .setSeconds(retryDelay.getSeconds())
                            .setNanos(retryDelay.getNano());
            status.addDetails(Any.pack(RetryInfo.newBuilder().setRetryDelay(delay).build()));
        }
        return StatusProto.toStatusRuntimeException(status.build());
    }
}
