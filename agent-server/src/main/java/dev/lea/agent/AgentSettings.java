package dev.lea.agent;

import dev.lea.serving.batch.BatchLimits;
import dev.lea.serving.config.Configuration;
import dev.lea.serving.config.Program;
import dev.lea.serving.config.Setting;
import dev.lea.serving.onnx.Device;
import dev.lea.serving.rpc.RpcFlags;
import dev.lea.serving.rpc.RpcSettings;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/// Everything agent-server can be told.
///
/// @param rpc            where it listens
/// @param dataDir        folder of its versions; made when it is not there
/// @param batch          how requests are grouped
/// @param maxBundleBytes largest bundle that an upload may bring
/// @param device         where the policy is asked to run
/// @param portFile       where to write the port once it serves
record AgentSettings(
        RpcSettings rpc,
        Path dataDir,
        BatchLimits batch,
        long maxBundleBytes,
        Device device,
        Optional<Path> portFile) {
    private static final RpcFlags RPC = RpcFlags.of(7072, Duration.ofSeconds(10));
    private static final Setting<Path> DATA_DIR =
            Setting.path("data-dir", "data/agent", "Folder in which versions are kept.");
    private static final Setting<Integer> THREADS =
            Setting.integer("threads", 2, 1, 256, "Batches that run at the same time.");
    private static final Setting<Integer> MAX_BATCH =
            Setting.integer("max-batch", 32, 1, 4096, "Requests that run together at most.");
    private static final Setting<Integer> QUEUE_ROWS =
            Setting.integer(
                    "queue-rows",
                    512,
                    1,
                    1 << 20,
                    "Requests that may wait; more are refused. At least max-batch.");
    private static final Setting<Duration> MAX_WAIT =
            Setting.duration(
                    "max-wait",
                    BatchLimits.DEFAULT.maxWait(),
                    Duration.ofMillis(1),
                    Duration.ofHours(1),
                    "Longest wait that is worth beginning; requests that would wait longer are refused at once.");
    private static final Setting<Long> MAX_BUNDLE =
            Setting.bytes("max-bundle", 4L << 30, 1 << 10, 1L << 40, "Largest uploaded version.");
    private static final Setting<String> DEVICE =
            Setting.choice(
                    "device",
                    "cpu",
                    List.of("cpu", "cuda"),
                    "Where the policy runs; cuda falls back to the CPU, with a warning, where it cannot start.");
    private static final Setting<Optional<Path>> PORT_FILE =
            Setting.optionalPath("port-file", "File that appears once it serves, with its port.");

    static final Program<AgentSettings> PROGRAM =
            new Program<>(
                    "agent-server",
                    "Hosts the policy: recommends by it, and swaps it while it serves.",
                    RPC.around(
                            List.of(
                                    DATA_DIR,
                                    THREADS,
                                    MAX_BATCH,
                                    QUEUE_ROWS,
                                    MAX_WAIT,
                                    MAX_BUNDLE,
                                    DEVICE,
                                    PORT_FILE)),
                    AgentSettings::of);

    private static AgentSettings of(Configuration c) {
        int maxBatch = c.get(MAX_BATCH);
        int queueRows = c.get(QUEUE_ROWS);
        if (queueRows < maxBatch) {
            throw new IllegalArgumentException(
                    "queue-rows must be at least max-batch, " + maxBatch + ", but is " + queueRows);
        }
        return new AgentSettings(
                RPC.read(c),
                c.get(DATA_DIR),
                new BatchLimits(maxBatch, queueRows, c.get(THREADS), c.get(MAX_WAIT)),
                c.get(MAX_BUNDLE),
                Device.of(c.get(DEVICE)),
                c.get(PORT_FILE));
    }
}
