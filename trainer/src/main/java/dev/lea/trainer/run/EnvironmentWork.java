package dev.lea.trainer.run;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.lea.client.Endpoint;
import dev.lea.client.LeaChannel;
import dev.lea.proto.trainer.v1.Run;
import dev.lea.proto.trainer.v1.RunSpec;
import dev.lea.proto.trainer.v1.Stage;
import dev.lea.serving.Failure;
import dev.lea.trainer.agent.Annotations;
import dev.lea.trainer.annotation.AnnotationStore;
import dev.lea.trainer.annotation.StoredAnnotations;
import dev.lea.trainer.data.Dataset;
import dev.lea.trainer.data.Sequence;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.Supplier;

/// An LE that is fitted, made live in an env-server and asked, for whoever compares agents outside of a run: the
/// stages of a run, in a folder of their own. Done again it goes on where it stood; once all is known, env-server is
/// not needed any more.
public final class EnvironmentWork {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String PREPARED = "prepared.json";
    private static final String COST = "cost.json";

    /// What is wanted.
    ///
    /// @param dataPath  folder of the data set
    /// @param data      its parts: the LE learns from `train` and is reported on the others
    /// @param sequences that it is asked about
    /// @param preset    of its settings
    /// @param settings  that replace the preset's, by name; those of agents mean nothing but `lea.positive_actions`
    /// @param gated     whether it must pass the gate
    public record Order(
            Path dataPath,
            Dataset data,
            List<Sequence> sequences,
            String preset,
            Map<String, String> settings,
            long seed,
            boolean gated) {
        public Order {
            sequences = List.copyOf(sequences);
            settings = Map.copyOf(settings);
        }

        /// Checks that it can be done.
        ///
        /// @throws Failure.Invalid naming every problem of the settings
        public void check() {
            var _ = read();
        }

        /// Settings of this order.
        ///
        /// @throws Failure.Invalid naming every problem
        RunSettings read() {
            return RunSettings.of(
                    preset, settings, seed, context -> Pipeline.windows(data.train(), context));
        }

        private String fingerprint() {
            RunSettings read = read();
            return read.importedLlm().map(Path::toString).orElse(read.llm().toString())
                    + ", "
                    + read.itemTokens()
                    + ", "
                    + read.environment()
                    + ", "
                    + read.annotation()
                    + ", seed "
                    + seed
                    + " on "
                    + data.digest()
                    + " of "
                    + sequences.size()
                    + " sequences"
                    + (gated ? "" : ", not gated");
        }

        private int positiveActions() {
            return read().lea().lea().positiveActions();
        }
    }

    /// An LE and what it said.
    ///
    /// @param digest      of its version
    /// @param annotations of all events of the sequences asked about, in order
    /// @param itemTokens  [n, D]
    /// @param metrics     of its report
    /// @param cost        of fitting and asking it
    public record Prepared(
            String digest,
            Annotations annotations,
            float[][] itemTokens,
            Map<String, Double> metrics,
            EnvironmentCost cost) {}

    /// An env-server that can be asked.
    public interface Server {
        Endpoint endpoint();

        /// What its process has used; [ProcessUse#UNKNOWN] where it is not ours.
        ProcessUse use();
    }

    /// What `prepared.json` holds.
    ///
    /// @param positiveActions that it was asked for, a transition
    record Content(
            String fingerprint,
            int positiveActions,
            String digest,
            Map<String, Double> metrics,
            float[][] itemTokens) {}

    private final Order order;
    private final RunRecord record;

    private EnvironmentWork(Order order, RunRecord record) {
        this.order = order;
        this.record = record;
    }

    /// @throws Failure.Conflict if the folder holds an LE of other settings or data
    /// @throws Failure.Invalid  if the settings cannot be used
    public static EnvironmentWork open(Path folder, Order order) {
        Path file = folder.resolve("order.txt");
        String wanted = order.fingerprint();
        try {
            Files.createDirectories(folder);
            if (!Files.exists(file)) {
                Files.writeString(file, wanted, StandardCharsets.UTF_8);
            }
            String found = Files.readString(file, StandardCharsets.UTF_8);
            if (!found.equals(wanted)) {
                throw new Failure.Conflict(
                        "ENVIRONMENT_DIFFERS",
                        folder
                                + " holds an LE of other settings or data: "
                                + found
                                + ", not "
                                + wanted,
                        Map.of());
            }
        } catch (IOException e) {
            throw new UncheckedIOException("cannot use the folder " + folder, e);
        }
        return new EnvironmentWork(
                order,
                RunRecord.isIn(folder)
                        ? RunRecord.load(folder)
                        : RunRecord.create(folder, run(order)));
    }

    private static Run run(Order order) {
        return Run.newBuilder()
                .setRunId(UUID.randomUUID().toString())
                .setSpec(
                        RunSpec.newBuilder()
                                .setDataPath(order.dataPath().toString())
                                .setSeed(order.seed())
                                .setPreset(order.preset())
                                .putAllSettings(order.settings()))
                .build();
    }

    /// One line about what is being done.
    public String status() {
        Run run = record.get();
        if (!run.getFailure().isEmpty()) {
            return run.getFailure();
        }
        return run.getStagesList().stream()
                .filter(stage -> !stage.getComplete())
                .reduce((_, last) -> last)
                .map(EnvironmentWork::line)
                .orElse("");
    }

    private static String line(Stage stage) {
        return stage.getTotal() == 0
                ? stage.getName()
                : "%s %,d of %,d %s"
                        .formatted(
                                stage.getName(),
                                stage.getDone(),
                                stage.getTotal(),
                                stage.getUnit());
    }

    /// Makes [#run] end at its next step with a [java.util.concurrent.CancellationException].
    public void stop() {
        record.stop();
    }

    /// Does what is left of the work, on platform threads of its own and this one.
    ///
    /// @param server asked for only where env-server is needed
    /// @throws Failure.Conflict if the LE does not pass the gate
    public Prepared run(Supplier<Server> server) throws InterruptedException {
        if (prepared().isEmpty()) {
            Server started = server.get();
            prepare(started);
            measure(prepared().orElseThrow(), started);
        }
        Content content = prepared().orElseThrow();
        int width = content.itemTokens()[0].length;
        Path answers =
                EnvironmentStages.annotations(
                        record.folder(), content.digest(), content.positiveActions());
        try (var store = AnnotationStore.open(answers, width)) {
            return new Prepared(
                    content.digest(),
                    new StoredAnnotations(store, order.sequences()),
                    content.itemTokens(),
                    content.metrics(),
                    cost());
        }
    }

    private void prepare(Server server) throws InterruptedException {
        var stages =
                new EnvironmentStages(
                        record,
                        order.data(),
                        order.read(),
                        record.get().getSpec(),
                        new Outage(record));
        double began = cpuSeconds(server);
        double fitted = 0;
        try (var channel = LeaChannel.open(server.endpoint())) {
            var live = stages.fit(channel, order.gated());
            fitted = cpuSeconds(server);
            stages.annotate(channel, live, order.sequences()).close();
            Map<String, Double> metrics =
                    new TreeMap<>(record.get().getEnvironment().getMetricsMap());
            metrics.values().removeIf(figure -> !Double.isFinite(figure));
            write(
                    PREPARED,
                    new Content(
                            order.fingerprint(),
                            order.positiveActions(),
                            live.digest(),
                            metrics,
                            live.items().tokens()));
        } finally {
            double ended = cpuSeconds(server);
            boolean asked = fitted > 0;
            write(COST, cost().plus((asked ? fitted : ended) - began, asked ? ended - fitted : 0));
        }
    }

    private static double cpuSeconds(Server server) {
        return (ProcessUse.of(ProcessHandle.current()).cpu().toMillis()
                        + server.use().cpu().toMillis())
                / 1e3;
    }

    private EnvironmentCost cost() {
        return read(COST, EnvironmentCost.class).orElse(EnvironmentCost.NONE);
    }

    /// With what can be seen only now.
    private void measure(Content content, Server server) {
        Path answers =
                EnvironmentStages.annotations(
                        record.folder(), content.digest(), content.positiveActions());
        EnvironmentCost cost = cost();
        write(
                COST,
                new EnvironmentCost(
                        cost.fitCpuSeconds(),
                        cost.askCpuSeconds(),
                        order.sequences().stream().mapToLong(Sequence::length).sum(),
                        bytes(record.folder().resolve("environment")),
                        bytes(answers),
                        ProcessUse.of(ProcessHandle.current()).peakBytes(),
                        server.use().peakBytes()));
    }

    private static long bytes(Path path) {
        try (var files = Files.walk(path)) {
            return files.filter(Files::isRegularFile)
                    .mapToLong(file -> file.toFile().length())
                    .sum();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + path, e);
        }
    }

    private void write(String name, Object content) {
        Path file = record.folder().resolve(name);
        Path aside = record.folder().resolve(name + ".part");
        try {
            JSON.writeValue(aside.toFile(), content);
            Files.move(
                    aside,
                    file,
                    StandardCopyOption.ATOMIC_MOVE,
                    StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot write " + file, e);
        }
    }

    private Optional<Content> prepared() {
        return read(PREPARED, Content.class)
                .filter(content -> content.positiveActions() >= order.positiveActions());
    }

    private <T> Optional<T> read(String name, Class<T> type) {
        Path file = record.folder().resolve(name);
        if (!Files.exists(file)) {
            return Optional.empty();
        }
        try {
            return Optional.of(JSON.readValue(file.toFile(), type));
        } catch (IOException e) {
            throw new Failure.Corrupt(
                    "ENVIRONMENT_UNREADABLE", "cannot read " + file + ": " + e.getMessage(), e);
        }
    }
}
