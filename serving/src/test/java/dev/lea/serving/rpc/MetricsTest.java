package dev.lea.serving.rpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lea.serving.config.StartFailure;
import io.grpc.ManagedChannel;
import io.grpc.StatusRuntimeException;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

/// What Prometheus finds.
class MetricsTest {
    private static final MetricsAddress FREE = new MetricsAddress("127.0.0.1", OptionalInt.of(0));

    private final HttpClient http = HttpClient.newHttpClient();

    private static RpcServer start(MetricsAddress address) {
        return RpcServer.start(RpcSettings.DEFAULT.withMetrics(address), new Health(), List.of());
    }

    private HttpResponse<String> ask(RpcServer server, String method, String path)
            throws Exception {
        URI uri = URI.create("http://127.0.0.1:" + server.metricsPort().orElseThrow() + path);
        var request =
                HttpRequest.newBuilder(uri).method(method, HttpRequest.BodyPublishers.noBody());
        return http.send(request.build(), HttpResponse.BodyHandlers.ofString());
    }

    @Test
    void scrape_afterCalls_countsThemByMethodAndCode() throws Exception {
        try (var server = start(FREE)) {
            ManagedChannel channel =
                    NettyChannelBuilder.forAddress("127.0.0.1", server.port())
                            .usePlaintext()
                            .build();
            try {
                var health = HealthGrpc.newBlockingStub(channel);
                health.check(HealthCheckRequest.getDefaultInstance());
                health.check(HealthCheckRequest.getDefaultInstance());
                var unknown = HealthCheckRequest.newBuilder().setService("nobody").build();
                assertThatThrownBy(() -> health.check(unknown))
                        .isInstanceOf(StatusRuntimeException.class);
            } finally {
                channel.shutdownNow();
            }
            HttpResponse<String> answer = ask(server, "GET", "/metrics");
            assertThat(answer.statusCode()).isEqualTo(200);
            assertThat(answer.headers().firstValue("Content-Type").orElseThrow())
                    .startsWith("text/plain");
            assertThat(answer.body())
                    .contains(
                            "lea_rpc_calls_seconds_count{code=\"OK\",method=\"Check\",service=\"grpc.health.v1.Health\"} 2")
                    .contains("code=\"NOT_FOUND\",method=\"Check\"")
                    .contains("le=\"0.01\"")
                    .contains("lea_rpc_in_flight 0.0")
                    .contains("jvm_memory_used_bytes")
                    .contains("process_resident_memory_bytes")
                    .contains("process_native_memory_bytes")
                    .contains("process_memory_limit_bytes");
        }
    }

    @Test
    void ask_anythingElse_isRefused() throws Exception {
        try (var server = start(FREE)) {
            assertThat(ask(server, "GET", "/").statusCode()).isEqualTo(404);
            assertThat(ask(server, "POST", "/metrics").statusCode()).isEqualTo(405);
        }
    }

    @Test
    void ask_whileOthersNeverFinishTheirRequests_isAnsweredAtOnce() throws Exception {
        List<Socket> stalled = new ArrayList<>();
        try (var server = start(FREE)) {
            try {
                for (int i = 0; i < 20; i++) {
                    var socket =
                            new Socket(
                                    InetAddress.getLoopbackAddress(),
                                    server.metricsPort().orElseThrow());
                    stalled.add(socket);
                    socket.getOutputStream().write("GET /metr".getBytes(StandardCharsets.US_ASCII));
                }
                assertThat(ask(server, "GET", "/metrics").statusCode()).isEqualTo(200);
            } finally {
                for (Socket socket : stalled) {
                    socket.close();
                }
            }
        }
    }

    @Test
    void start_whoseCallsPortIsTaken_leavesTheMetricsPortFree() throws Exception {
        int free;
        try (var socket = new ServerSocket(0)) {
            free = socket.getLocalPort();
        }
        var metrics = new MetricsAddress("127.0.0.1", OptionalInt.of(free));
        try (var first = start(MetricsAddress.NONE)) {
            var settings = RpcSettings.DEFAULT.withPort(first.port()).withMetrics(metrics);
            assertThatThrownBy(() -> RpcServer.start(settings, new Health(), List.of()))
                    .isInstanceOf(StartFailure.class);
        }
        start(metrics).close();
    }

    @Test
    void start_onATakenPort_saysHowToDoWithout() {
        try (var first = start(FREE)) {
            var taken = new MetricsAddress("127.0.0.1", first.metricsPort());
            assertThatThrownBy(() -> start(taken))
                    .isInstanceOf(StartFailure.class)
                    .hasMessageContaining(
                            "cannot serve metrics on 127.0.0.1:" + first.metricsPort().getAsInt())
                    .hasMessageContaining("metrics-port=off");
        }
    }

    @Test
    void start_withoutAnAddress_countsAllTheSame() {
        try (var server = start(MetricsAddress.NONE)) {
            assertThat(server.metricsPort()).isEmpty();
            assertThat(server.registry().find("lea.rpc.in.flight").gauge().value()).isZero();
        }
    }
}
