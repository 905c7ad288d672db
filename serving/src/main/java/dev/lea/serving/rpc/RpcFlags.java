package dev.lea.serving.rpc;

import dev.lea.serving.config.Configuration;
import dev.lea.serving.config.Setting;
import dev.lea.serving.rpc.security.TlsSettings;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/// What every program with a server can be told about it.
///
/// @param port       that it listens on
/// @param maxMessage largest request
/// @param grace      for calls in flight at the end
public record RpcFlags(Setting<Integer> port, Setting<Long> maxMessage, Setting<Duration> grace) {
    private static final Setting<String> HOST =
            Setting.text(
                    "host",
                    "127.0.0.1",
                    "Address to listen on; 0.0.0.0 for all, which needs tls-certificate or insecure.");

    /// @param port  that a program listens on unless it is told another
    /// @param grace that it gives calls in flight unless it is told another
    public static RpcFlags of(int port, Duration grace) {
        return new RpcFlags(
                Setting.integer("port", port, 0, 65_535, "Port to listen on; 0 takes a free one."),
                Setting.bytes("max-message", 16L << 20, 4 << 10, 1L << 30, "Largest request."),
                Setting.duration(
                        "grace",
                        grace,
                        Duration.ZERO,
                        Duration.ofHours(1),
                        "How long calls in flight may go on when the server is told to end."));
    }

    /// Theirs among a program's own settings, which stand between address and the rest.
    public List<Setting<?>> around(List<Setting<?>> own) {
        List<Setting<?>> all = new ArrayList<>(List.of(HOST, port));
        all.addAll(own);
        all.addAll(List.of(maxMessage, grace, MetricsAddress.HOST, MetricsAddress.PORT));
        all.addAll(TlsSettings.ALL);
        return List.copyOf(all);
    }

    /// As the program was told.
    ///
    /// @throws IllegalArgumentException if values contradict each other
    public RpcSettings read(Configuration c) {
        TlsSettings tls = c.part(() -> TlsSettings.of(c, c.get(HOST)));
        return new RpcSettings(
                c.get(HOST),
                c.get(port),
                Math.toIntExact(c.get(maxMessage)),
                c.get(grace),
                MetricsAddress.of(c, c.get(port)),
                tls == null ? TlsSettings.NONE : tls);
    }
}
