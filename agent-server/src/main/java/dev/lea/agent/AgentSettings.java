package dev.lea.agent;

import dev.lea.serving.batch.BatchLimits;
import dev.lea.serving.config.Configuration;
import dev.lea.serving.config.Program;
import dev.lea.serving.config.Setting;
import dev.lea.serving.feedback.FeedbackLimits;
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
/// @param feedback       where feedback is kept; empty: nowhere
/// @param portFile       where to write the port once it serves
record AgentSettings(
        RpcSettings rpc,
        Path dataDir,
        BatchLimits batch,
        long maxBundleBytes,
        Device device,
        Optional<FeedbackSettings> feedback,
        Optional<Path> portFile) {
    /// @param folder made when it is not there
    record FeedbackSettings(Path folder, FeedbackLimits limits) {}

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
    private static final Setting<Optional<Path>> FEEDBACK =
            Setting.optionalPath(
                    "feedback",
                    "Folder in which feedback is kept for the next training. Without it RecordFeedback is refused.");
    private static final Setting<Long> FEEDBACK_MAX =
            Setting.bytes(
                    "feedback-max",
                    FeedbackLimits.DEFAULT.totalBytes(),
                    1 << 20,
                    1L << 50,
                    "Feedback kept at most; more is refused. At least feedback-segment.");
    private static final Setting<Long> FEEDBACK_SEGMENT =
            Setting.bytes(
                    "feedback-segment",
                    FeedbackLimits.DEFAULT.segmentBytes(),
                    1 << 10,
                    1L << 40,
                    "Size at which a file of feedback is ended and the next is begun.");
    private static final Setting<Duration> FEEDBACK_AGE =
            Setting.duration(
                    "feedback-age",
                    FeedbackLimits.DEFAULT.segmentAge(),
                    Duration.ofSeconds(1),
                    Duration.ofDays(365),
                    "Age at which a file of feedback is ended and the next is begun.");
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
                                    FEEDBACK,
                                    FEEDBACK_MAX,
                                    FEEDBACK_SEGMENT,
                                    FEEDBACK_AGE,
                                    PORT_FILE)),
                    AgentSettings::of);

    private static AgentSettings of(Configuration c) {
        RpcSettings rpc = c.part(() -> RPC.read(c));
        BatchLimits batch = c.part(() -> batch(c));
        FeedbackLimits feedback = c.part(() -> feedback(c));
        return new AgentSettings(
                rpc,
                c.get(DATA_DIR),
                batch,
                c.get(MAX_BUNDLE),
                Device.of(c.get(DEVICE)),
                feedback == null
                        ? Optional.empty()
                        : c.get(FEEDBACK).map(folder -> new FeedbackSettings(folder, feedback)),
                c.get(PORT_FILE));
    }

    private static BatchLimits batch(Configuration c) {
        int maxBatch = c.get(MAX_BATCH);
        int queueRows = c.get(QUEUE_ROWS);
        if (queueRows < maxBatch) {
            throw new IllegalArgumentException(
                    "queue-rows must be at least max-batch, " + maxBatch + ", but is " + queueRows);
        }
        return new BatchLimits(maxBatch, queueRows, c.get(THREADS), c.get(MAX_WAIT));
    }

    private static FeedbackLimits feedback(Configuration c) {
        long most = c.get(FEEDBACK_MAX);
        long segment = c.get(FEEDBACK_SEGMENT);
        if (most < segment) {
            throw new IllegalArgumentException(
                    "feedback-max must be at least feedback-segment, %d bytes, but is %d"
                            .formatted(segment, most));
        }
        return new FeedbackLimits(most, segment, c.get(FEEDBACK_AGE));
    }
}
