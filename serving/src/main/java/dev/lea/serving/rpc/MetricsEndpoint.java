package dev.lea.serving.rpc;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.lea.serving.config.StartFailure;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Answers `GET /metrics` in the text format of Prometheus, and nothing else.
///
/// A thread a connection, so that a scraper that stalls holds up no other; at most [#MOST_CONNECTIONS], and a
/// request or an answer that takes longer than [#LONGEST] ends with its connection.
final class MetricsEndpoint implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(MetricsEndpoint.class);
    private static final String PATH = "/metrics";
    private static final String TYPE = "text/plain; version=0.0.4; charset=utf-8";

    private static final int MOST_CONNECTIONS = 64;
    private static final Duration LONGEST = Duration.ofSeconds(10);

    static { // the JDK's server takes its limits from here alone, when it is first used
        limit("jdk.httpserver.maxConnections", MOST_CONNECTIONS);
        limit("sun.net.httpserver.maxReqTime", LONGEST.toSeconds());
        limit("sun.net.httpserver.maxRspTime", LONGEST.toSeconds());
    }

    private final HttpServer server;
    private final ExecutorService threads;

    private MetricsEndpoint(HttpServer server, ExecutorService threads) {
        this.server = server;
        this.threads = threads;
    }

    /// Unless the JVM was told otherwise.
    private static void limit(String property, long value) {
        if (System.getProperty(property) == null) {
            System.setProperty(property, Long.toString(value));
        }
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
            var threads =
                    Executors.newThreadPerTaskExecutor(
                            Thread.ofVirtual().name("metrics-", 0).factory());
            server.setExecutor(threads);
            server.createContext("/", exchange -> answer(exchange, registry));
            server.start();
            log.info("metrics: http://{}:{}{}", host, server.getAddress().getPort(), PATH);
            return new MetricsEndpoint(server, threads);
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
        threads.shutdownNow();
    }
}
