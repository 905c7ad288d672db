package dev.lea.trainer.run;

import dev.lea.client.Endpoint;
import dev.lea.serving.config.Configuration;
import dev.lea.serving.config.Program;
import dev.lea.serving.config.Setting;
import dev.lea.serving.rpc.MetricsAddress;
import dev.lea.serving.rpc.RpcSettings;
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
    private static final Setting<String> HOST =
            Setting.text("host", "127.0.0.1", "Address to listen on; 0.0.0.0 for all.");
    private static final Setting<Integer> PORT =
            Setting.integer("port", 7073, 0, 65_535, "Port to listen on; 0 takes a free one.");
    private static final Setting<Path> DATA_DIR =
            Setting.path("data-dir", "data/trainer", "Folder in which runs are kept.");
    private static final Setting<String> ENVIRONMENT =
            Setting.text("environment", "127.0.0.1:7071", "env-server as host:port.");
    private static final Setting<String> AGENT =
            Setting.text("agent", "127.0.0.1:7072", "agent-server as host:port.");
    private static final Setting<Long> MAX_MESSAGE =
            Setting.bytes("max-message", 16L << 20, 4 << 10, 1L << 30, "Largest request.");
    private static final Setting<Duration> GRACE =
            Setting.duration(
                    "grace",
                    Duration.ofSeconds(5),
                    Duration.ZERO,
                    Duration.ofHours(1),
                    "How long calls in flight may go on when the trainer is told to end.");
    private static final Setting<Optional<Path>> PORT_FILE =
            Setting.optionalPath("port-file", "File that appears once it serves, with its port.");

    /// The program's name, purpose and settings.
    public static final Program<TrainerSettings> PROGRAM =
            new Program<>(
                    "trainer",
                    "Trains on request: fits the LE, trains agents on it, publishes the better.",
                    List.of(
                            HOST,
                            PORT,
                            DATA_DIR,
                            ENVIRONMENT,
                            AGENT,
                            MAX_MESSAGE,
                            GRACE,
                            PORT_FILE,
                            MetricsAddress.HOST,
                            MetricsAddress.PORT),
                    TrainerSettings::of);

    private static TrainerSettings of(Configuration c) {
        return new TrainerSettings(
                new RpcSettings(
                        c.get(HOST),
                        c.get(PORT),
                        Math.toIntExact(c.get(MAX_MESSAGE)),
                        c.get(GRACE),
                        MetricsAddress.of(c, c.get(PORT))),
                c.get(DATA_DIR),
                new Targets(Endpoint.parse(c.get(ENVIRONMENT)), Endpoint.parse(c.get(AGENT))),
                c.get(PORT_FILE));
    }
}
