package dev.lea.serving.rpc;

import static dev.lea.serving.Checks.inRange;
import static dev.lea.serving.Checks.require;
import static java.util.Objects.requireNonNull;

import dev.lea.serving.rpc.security.TlsSettings;
import java.time.Duration;

/// Where and how a server listens.
///
/// @param host            address or name to listen on
/// @param port            0..65535; 0 takes a free one
/// @param maxMessageBytes bytes of one message that the server reads, 4 KiB to 1 GiB; longer ones are refused with
///                        RESOURCE_EXHAUSTED
/// @param grace           how long calls in flight may go on when the server closes, 0 to 1 h
/// @param metrics         where its metrics are served
/// @param tls             how it proves who it is and tells its callers apart
public record RpcSettings(
        String host,
        int port,
        int maxMessageBytes,
        Duration grace,
        MetricsAddress metrics,
        TlsSettings tls) {
    /// Loopback, a free port, 16 MiB, 10 s, metrics not served, plaintext.
    public static final RpcSettings DEFAULT =
            new RpcSettings("127.0.0.1", 0, 16 << 20, Duration.ofSeconds(10));

    public RpcSettings {
        require(!host.isBlank(), "host must not be blank");
        inRange("port", port, 0, 65_535);
        inRange("maxMessageBytes", maxMessageBytes, 4 << 10, 1 << 30);
        requireNonNull(metrics, "metrics");
        requireNonNull(tls, "tls");
        require(
                !grace.isNegative() && grace.compareTo(Duration.ofHours(1)) <= 0,
                "grace must be in [PT0S, PT1H] but is " + grace);
    }

    /// Metrics are not served; plaintext.
    public RpcSettings(String host, int port, int maxMessageBytes, Duration grace) {
        this(host, port, maxMessageBytes, grace, MetricsAddress.NONE, TlsSettings.NONE);
    }

    public RpcSettings withMetrics(MetricsAddress metrics) {
        return new RpcSettings(host, port, maxMessageBytes, grace, metrics, tls);
    }

    public RpcSettings withTls(TlsSettings tls) {
        return new RpcSettings(host, port, maxMessageBytes, grace, metrics, tls);
    }

    public RpcSettings withHost(String host) {
        return new RpcSettings(host, port, maxMessageBytes, grace, metrics, tls);
    }

    public RpcSettings withPort(int port) {
        return new RpcSettings(host, port, maxMessageBytes, grace, metrics, tls);
    }

    public RpcSettings withMaxMessageBytes(int maxMessageBytes) {
        return new RpcSettings(host, port, maxMessageBytes, grace, metrics, tls);
    }

    public RpcSettings withGrace(Duration grace) {
        return new RpcSettings(host, port, maxMessageBytes, grace, metrics, tls);
    }
}
