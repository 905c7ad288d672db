package dev.lea.serving.rpc;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.lea.serving.config.StartFailure;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Answers `GET /metrics` in the text format of Prometheus, and nothing else.
final class MetricsEndpoint implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(MetricsEndpoint.class);
    private static final String PATH = "/metrics";
    private static final String TYPE = "text/plain; version=0.0.4; charset=utf-8";

    private final HttpServer server;

    private MetricsEndpoint(HttpServer server) {
        this.server = server;
    }

    /// @throws StartFailure if the address cannot be listened on
    static MetricsEndpoint start(String host, int port, PrometheusMeterRegistry registry) {
        var address = new InetSocketAddress(host, port);
        if (address.isUnresolved()) {
            throw new StartFailure(
                    "cannot serve metrics on " + host + ":" + port + ": no such host");
        }
        try {
            HttpServer server = HttpServer.create(address, 0);
            server.createContext("/", exchange -> answer(exchange, registry));
            server.start();
            log.info("metrics: http://{}:{}{}", host, server.getAddress().getPort(), PATH);
            return new MetricsEndpoint(server);
        } catch (IOException e) {
            throw new StartFailure(
                    "cannot serve metrics on "
                            + host
                            + ":"
                            + port
                            + ": "
                            + e.getMessage()
                            + "; metrics-port=0 takes a free port, metrics-port=off serves none");
        }
    }

    int port() {
        return server.getAddress().getPort();
    }

    private static void answer(HttpExchange exchange, PrometheusMeterRegistry registry)
            throws IOException {
        try (exchange) {
            if (!exchange.getRequestURI().getPath().equals(PATH)) {
                send(exchange, 404, "there is only " + PATH + "\n");
            } else if (!exchange.getRequestMethod().equals("GET")) {
                exchange.getResponseHeaders().set("Allow", "GET");
                send(exchange, 405, "only GET\n");
            } else {
                send(exchange, 200, registry.scrape());
            }
        }
    }

    private static void send(HttpExchange exchange, int status, String text) throws IOException {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().set("Content-Type", TYPE);
        exchange.sendResponseHeaders(status, bytes.length);
        exchange.getResponseBody().write(bytes);
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
