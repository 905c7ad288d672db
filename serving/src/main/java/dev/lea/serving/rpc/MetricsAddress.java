package dev.lea.serving.rpc;

import static dev.lea.serving.Checks.inRange;
import static dev.lea.serving.Checks.require;

import dev.lea.serving.config.Configuration;
import dev.lea.serving.config.Setting;
import java.util.OptionalInt;

/// Where `GET /metrics` is answered, over plain HTTP.
///
/// @param host address to listen on
/// @param port 0..65535; 0 takes a free one; empty: metrics are kept but not served
public record MetricsAddress(String host, OptionalInt port) {
    /// Not served.
    public static final MetricsAddress NONE = new MetricsAddress("127.0.0.1", OptionalInt.empty());

    private static final String OFF = "off";
    private static final int ABOVE = 100;

    public static final Setting<String> HOST =
            Setting.text(
                    "metrics-host",
                    "127.0.0.1",
                    "Address on which Prometheus finds the metrics; 0.0.0.0 for all.");
    public static final Setting<String> PORT =
            new Setting<>(
                    "metrics-port",
                    "N|off",
                    "",
                    "Port of GET /metrics; 0 takes a free one, off serves none. Without it: "
                            + ABOVE
                            + " above port, or a free one where port is 0.",
                    MetricsAddress::checked);

    public MetricsAddress {
        require(!host.isBlank(), "metricsHost must not be blank");
        port.ifPresent(number -> inRange("metricsPort", number, 0, 65_535));
    }

    /// As a program was told.
    ///
    /// @param rpcPort that calls are answered on
    public static MetricsAddress of(Configuration c, int rpcPort) {
        String text = c.get(PORT);
        if (text.equals(OFF)) {
            return new MetricsAddress(c.get(HOST), OptionalInt.empty());
        }
        int beside = rpcPort == 0 || rpcPort + ABOVE > 65_535 ? 0 : rpcPort + ABOVE;
        return new MetricsAddress(
                c.get(HOST), OptionalInt.of(text.isEmpty() ? beside : Integer.parseInt(text)));
    }

    private static String checked(String text) {
        if (text.isEmpty() || text.equals(OFF)) {
            return text;
        }
        try {
            int port = Integer.parseInt(text);
            if (port >= 0 && port <= 65_535) {
                return text;
            }
        } catch (NumberFormatException e) {
            // the message below serves for both
        }
        throw new IllegalArgumentException(
                "must be a whole number in [0, 65535] or off but is '" + text + "'");
    }
}
