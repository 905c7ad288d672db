package dev.lea.trainer.run;

import dev.lea.client.Endpoint;
import dev.lea.client.Tls;
import dev.lea.serving.config.Configuration;
import dev.lea.serving.config.Program;
import dev.lea.serving.config.Setting;
import dev.lea.serving.rpc.RpcFlags;
import dev.lea.serving.rpc.RpcSettings;
import dev.lea.serving.rpc.security.TlsSettings;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/// Everything the trainer can be told at start.
///
/// @param rpc      where it listens
/// @param dataDir  folder of its runs; made when it is not there
/// @param targets  servers of a run that names none
/// @param portFile where to write the port once it serves
public record TrainerSettings(
        RpcSettings rpc, Path dataDir, Targets targets, Optional<Path> portFile) {
    private static final RpcFlags RPC = RpcFlags.of(7073, Duration.ofSeconds(5));
    private static final Setting<Path> DATA_DIR =
            Setting.path("data-dir", "data/trainer", "Folder in which runs are kept.");
    private static final Setting<Endpoint> ENVIRONMENT =
            endpoint("environment", 7071, "env-server as host:port.");
    private static final Setting<Endpoint> AGENT =
            endpoint("agent", 7072, "agent-server as host:port.");
    private static final String PLATFORM = "platform";
    private static final Setting<String> PEER_AUTHORITY =
            new Setting<>(
                    "peer-ca",
                    "PATH|platform",
                    "",
                    "PEM file with the CAs of env-server's and agent-server's certificates, or platform for those that this "
                            + "machine trusts; without it they are called in plaintext.",
                    text -> text);
    private static final Setting<Optional<Path>> PEER_CERTIFICATE =
            Setting.optionalPath(
                    "peer-certificate",
                    "PEM file with the certificate chain that the trainer shows them; without it, tls-certificate.");
    private static final Setting<Optional<Path>> PEER_KEY =
            Setting.optionalPath("peer-key", "PEM file with that certificate's private key.");
    private static final Setting<Optional<Path>> PORT_FILE =
            Setting.optionalPath("port-file", "File that appears once it serves, with its port.");

    /// The program's name, purpose and settings.
    public static final Program<TrainerSettings> PROGRAM =
            new Program<>(
                    "trainer",
                    "Trains on request: fits the LE, trains agents on it, publishes the better.",
                    RPC.around(
                            List.of(
                                    DATA_DIR,
                                    ENVIRONMENT,
                                    AGENT,
                                    PEER_AUTHORITY,
                                    PEER_CERTIFICATE,
                                    PEER_KEY,
                                    PORT_FILE)),
                    TrainerSettings::of);

    private static TrainerSettings of(Configuration c) {
        RpcSettings rpc = c.part(() -> RPC.read(c));
        Optional<Tls> peers = c.part(() -> peers(c, rpc == null ? TlsSettings.NONE : rpc.tls()));
        return new TrainerSettings(
                rpc,
                c.get(DATA_DIR),
                new Targets(c.get(ENVIRONMENT), c.get(AGENT), peers),
                c.get(PORT_FILE));
    }

    private static Setting<Endpoint> endpoint(String name, int port, String what) {
        return new Setting<>(
                name, "HOST:PORT", Endpoint.loopback(port).toString(), what, Endpoint::parse);
    }

    /// How env-server and agent-server are called.
    private static Optional<Tls> peers(Configuration c, TlsSettings own) {
        String authority = c.get(PEER_AUTHORITY);
        Optional<Path> certificate = c.get(PEER_CERTIFICATE);
        Optional<Path> key = c.get(PEER_KEY);
        if (authority.isEmpty()) {
            if (certificate.isPresent() || key.isPresent()) {
                throw new IllegalArgumentException(
                        "peer-certificate and peer-key need peer-ca, which is not given");
            }
            return Optional.empty();
        }
        boolean shown = certificate.isPresent() || key.isPresent();
        return Optional.of(
                new Tls(
                        authority.equals(PLATFORM)
                                ? Optional.empty()
                                : Optional.of(Path.of(authority)),
                        shown ? certificate : own.certificate(),
                        shown ? key : own.key(),
                        Optional.empty()));
    }
}
