package dev.lea.cli.ask;

import dev.lea.client.ClientSettings;
import dev.lea.client.Endpoint;
import dev.lea.client.LeaChannel;
import dev.lea.client.Tls;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;

/// Options that say how a server is asked and how its answer is shown; which server is said by those who extend it.
abstract class ServerOptions {
    private static final Pattern TIME = Pattern.compile("([0-9]{1,9})(ms|s|m)");

    @Option(
            names = "--deadline",
            paramLabel = "TIME",
            scope = ScopeType.INHERIT,
            description = "Longest wait, for instance 500ms, 10s or 2m. Default: the client's.")
    private String deadline;

    @Option(
            names = "--json",
            scope = ScopeType.INHERIT,
            description = "The answer as JSON, with the contract's field names; see docs/cli.md.")
    private boolean json;

    @Option(
            names = "--tls",
            scope = ScopeType.INHERIT,
            description =
                    "Encrypted, by the CAs that the platform trusts. Any --tls-... implies it.")
    private boolean tls;

    @Option(
            names = "--tls-ca",
            paramLabel = "FILE",
            defaultValue = "${env:LEA_TLS_CA}",
            scope = ScopeType.INHERIT,
            description = "PEM file with the CAs of the server's certificate (LEA_TLS_CA).")
    private Path authority;

    @Option(
            names = "--tls-certificate",
            paramLabel = "FILE",
            defaultValue = "${env:LEA_TLS_CERTIFICATE}",
            scope = ScopeType.INHERIT,
            description = "PEM file with your own certificate (LEA_TLS_CERTIFICATE).")
    private Path certificate;

    @Option(
            names = "--tls-key",
            paramLabel = "FILE",
            defaultValue = "${env:LEA_TLS_KEY}",
            scope = ScopeType.INHERIT,
            description = "PEM file with its key (LEA_TLS_KEY).")
    private Path key;

    @Option(
            names = "--tls-server-name",
            paramLabel = "NAME",
            defaultValue = "${env:LEA_TLS_SERVER_NAME}",
            scope = ScopeType.INHERIT,
            description =
                    "Name in the server's certificate (LEA_TLS_SERVER_NAME). Default: its host.")
    private String serverName;

    /// As host:port.
    abstract String server();

    /// What to do where nobody answers.
    abstract String hint();

    final boolean json() {
        return json;
    }

    /// @throws IllegalArgumentException that names the option and its value
    final LeaChannel open(String server) {
        return LeaChannel.open(Endpoint.parse(server), settings(), security());
    }

    private Optional<Tls> security() {
        if (!tls && authority == null && certificate == null && key == null && serverName == null) {
            return Optional.empty();
        }
        return Optional.of(
                new Tls(
                        Optional.ofNullable(authority),
                        Optional.ofNullable(certificate),
                        Optional.ofNullable(key),
                        Optional.ofNullable(serverName)));
    }

    private ClientSettings settings() {
        if (deadline == null) {
            return ClientSettings.DEFAULT;
        }
        Matcher time = TIME.matcher(deadline);
        if (!time.matches()) {
            throw new IllegalArgumentException(
                    "--deadline must be a time such as 500ms, 10s or 2m but is '" + deadline + "'");
        }
        long number = Long.parseLong(time.group(1));
        Duration wait =
                switch (time.group(2)) {
                    case "ms" -> Duration.ofMillis(number);
                    case "s" -> Duration.ofSeconds(number);
                    default -> Duration.ofMinutes(number);
                };
        if (!wait.isPositive()) {
            throw new IllegalArgumentException("--deadline must be above 0 but is " + deadline);
        }
        return ClientSettings.DEFAULT.withCallDeadline(wait).withSlowCallDeadline(wait);
    }
}
