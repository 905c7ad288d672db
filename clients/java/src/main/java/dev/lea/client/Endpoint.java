package dev.lea.client;

/// Where a server listens.
///
/// @param host a name or an address, IPv6 without brackets
/// @param port 1..65535
public record Endpoint(String host, int port) {
    public Endpoint {
        if (host.isBlank()
                || host.contains("/")
                || host.chars().anyMatch(Character::isWhitespace)) {
            throw new IllegalArgumentException(
                    "host must be a name or an address but is '" + host + "'");
        }
        if (port < 1 || port > 65535) {
            throw new IllegalArgumentException("port must be in [1, 65535] but is " + port);
        }
    }

    /// A server on this machine.
    public static Endpoint loopback(int port) {
        return new Endpoint("127.0.0.1", port);
    }

    /// Reads `host:port` or `[address]:port`.
    ///
    /// @throws IllegalArgumentException that quotes `text`
    public static Endpoint parse(String text) {
        int colon = text.lastIndexOf(':');
        String host = colon < 0 ? "" : text.substring(0, colon);
        if (host.startsWith("[") && host.endsWith("]")) {
            host = host.substring(1, host.length() - 1);
        } else if (host.contains(":")) {
            host = "";
        }
        try {
            return new Endpoint(host, Integer.parseInt(text.substring(colon + 1)));
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(
                    "endpoint must be host:port with a port in [1, 65535] but is '" + text + "'",
                    e);
        }
    }

    @Override
    public String toString() {
        return (host.contains(":") ? "[" + host + "]" : host) + ":" + port;
    }
}
