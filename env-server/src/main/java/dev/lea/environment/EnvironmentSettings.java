package dev.lea.environment;

import dev.lea.environment.model.PassLimits;
import dev.lea.environment.model.QueueLimits;
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

/// Everything env-server can be told.
///
/// @param rpc            where it listens
/// @param dataDir        folder of its versions; made when it is not there
/// @param threads        passes that run at the same time
/// @param queue          sequences of calls, and passes of bulk, that may wait
/// @param limits         of a pass
/// @param cacheBytes     answers that are kept
/// @param keyValueBytes  keys and values of histories that are kept
/// @param streamWindow   sequences of one Annotate stream that are under way
/// @param maxBundleBytes largest bundle that an upload may bring
/// @param device         where the model is asked to run
/// @param portFile       where to write the port once it serves
record EnvironmentSettings(
        RpcSettings rpc,
        Path dataDir,
        int threads,
        QueueLimits queue,
        PassLimits limits,
        long cacheBytes,
        long keyValueBytes,
        int streamWindow,
        long maxBundleBytes,
        Device device,
        Optional<Path> portFile) {
    private static final RpcFlags RPC = RpcFlags.of(7071, Duration.ofSeconds(10));
    private static final Setting<Path> DATA_DIR =
            Setting.path("data-dir", "data/environment", "Folder in which versions are kept.");
    private static final Setting<Integer> THREADS =
            Setting.integer(
                    "threads",
                    Math.min(256, Runtime.getRuntime().availableProcessors()),
                    1,
                    256,
                    "Passes through the model that run at the same time, a thread each.");
    private static final Setting<Integer> QUEUE_SEQUENCES =
            Setting.integer(
                    "queue-sequences",
                    8192,
                    1,
                    1 << 20,
                    "Sequences of calls that may wait, one or a few for each history; calls that bring more are refused.");
    private static final Setting<Duration> MAX_WAIT =
            Setting.duration(
                    "max-wait",
                    Duration.ofSeconds(5),
                    Duration.ofMillis(1),
                    Duration.ofHours(1),
                    "Longest wait that is worth beginning for a call; calls that would wait longer are refused at once.");
    private static final Setting<Integer> PASS_PLACES =
            Setting.integer(
                    "pass-places",
                    PassLimits.DEFAULT.passPlaces(),
                    16,
                    1 << 20,
                    "Tokens in one pass: how long a call waits for bulk work that is under way.");
    private static final Setting<Long> CACHE =
            Setting.bytes("cache", 64L << 20, 0, 1L << 40, "States and scores that are kept.");
    private static final Setting<Long> KEY_VALUE_CACHE =
            Setting.bytes(
                    "key-value-cache",
                    128L << 20,
                    0,
                    1L << 40,
                    "Attention keys and values of histories that are kept, so that a longer one goes on from them.");
    private static final Setting<Integer> STREAM_WINDOW =
            Setting.integer(
                    "stream-window",
                    8,
                    1,
                    1024,
                    "Sequences of one Annotate stream that are under way.");
    private static final Setting<Long> MAX_BUNDLE =
            Setting.bytes("max-bundle", 8L << 30, 1 << 10, 1L << 40, "Largest uploaded version.");
    private static final Setting<String> DEVICE =
            Setting.choice(
                    "device",
                    "cpu",
                    List.of("cpu", "cuda"),
                    "Where the model runs; cuda falls back to the CPU, with a warning, where it cannot start.");
    private static final Setting<Optional<Path>> PORT_FILE =
            Setting.optionalPath("port-file", "File that appears once it serves, with its port.");

    static final Program<EnvironmentSettings> PROGRAM =
            new Program<>(
                    "env-server",
                    "Hosts the language environment: states, rewards and positive actions.",
                    RPC.around(
                            List.of(
                                    DATA_DIR,
                                    THREADS,
                                    QUEUE_SEQUENCES,
                                    MAX_WAIT,
                                    PASS_PLACES,
                                    CACHE,
                                    KEY_VALUE_CACHE,
                                    STREAM_WINDOW,
                                    MAX_BUNDLE,
                                    DEVICE,
                                    PORT_FILE)),
                    EnvironmentSettings::of);

    private static EnvironmentSettings of(Configuration c) {
        RpcSettings rpc = c.part(() -> RPC.read(c));
        return new EnvironmentSettings(
                rpc,
                c.get(DATA_DIR),
                c.get(THREADS),
                new QueueLimits(c.get(QUEUE_SEQUENCES), c.get(MAX_WAIT)),
                PassLimits.DEFAULT.withPassPlaces(c.get(PASS_PLACES)),
                c.get(CACHE),
                c.get(KEY_VALUE_CACHE),
                c.get(STREAM_WINDOW),
                c.get(MAX_BUNDLE),
                Device.of(c.get(DEVICE)),
                c.get(PORT_FILE));
    }
}
