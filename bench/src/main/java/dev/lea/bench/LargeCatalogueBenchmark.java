package dev.lea.bench;

import static dev.lea.trainer.agent.Algorithm.SA2C;
import static dev.lea.trainer.agent.Algorithm.SNQN;
import static dev.lea.trainer.agent.Algorithm.SUPERVISED;
import static dev.lea.trainer.agent.Architecture.GRU4REC;
import static dev.lea.trainer.agent.Architecture.SASREC;

import dev.lea.trainer.agent.AgentData;
import dev.lea.trainer.agent.AgentSettings;
import dev.lea.trainer.agent.AgentStep;
import dev.lea.trainer.agent.AgentTraining;
import dev.lea.trainer.agent.Algorithm;
import dev.lea.trainer.agent.Architecture;
import dev.lea.trainer.data.CounterRandom;
import dev.lea.trainer.data.Sequence;
import dev.lea.trainer.data.Transitions;
import dev.lea.trainer.evaluation.RankingEvaluation;
import dev.lea.trainer.net.Progress;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/// Time and memory of training on catalogues of up to a million items, all of them seen by an update or a sample.
///
/// Each row is a process of its own: an epoch of updates, ranking of validation events over all items, and a
/// checkpoint, as a run does them.
///
/// `./lea bench LargeCatalogueBenchmark [updates] [items ...]`
public final class LargeCatalogueBenchmark {
    private static final List<Integer> ITEMS = List.of(10_000, 70_000, 1_000_000);
    private static final int LARGEST_WHOLE = 100_000;
    private static final int RANKED_USERS = 20;
    private static final int WARM_UP = 20;

    private record Case(Architecture encoder, Algorithm algorithm) {}

    private static final List<Case> CASES =
            List.of(new Case(GRU4REC, SUPERVISED), new Case(SASREC, SNQN), new Case(GRU4REC, SA2C));

    private LargeCatalogueBenchmark() {}

    public static void main(String[] arguments) throws IOException, InterruptedException {
        if (arguments.length > 0 && arguments[0].equals("one")) {
            one(arguments, System.out);
            return;
        }
        String updates = arguments.length > 0 ? arguments[0] : "100";
        List<Integer> items = Arrays.stream(arguments).skip(1).map(Integer::valueOf).toList();
        System.out.printf(
                "batch 256, history 10, width 64, one thread; a process a row%n"
                        + "%9s %-14s %-8s %10s %10s %12s %12s %12s %10s%n",
                "items",
                "step",
                "sees",
                "ms/update",
                "CPU ms",
                "checkpoint",
                "restore",
                "rank an event",
                "memory");
        for (int count : items.isEmpty() ? ITEMS : items) {
            for (Case one : CASES) {
                for (boolean sampled : new boolean[] {false, true}) {
                    if (sampled || count <= LARGEST_WHOLE) {
                        start(one, count, sampled, updates);
                    }
                }
            }
        }
    }

    private static void start(Case one, int items, boolean sampled, String updates)
            throws IOException, InterruptedException {
        Process process =
                new ProcessBuilder(
                                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                                "-Xmx2g",
                                "--enable-native-access=ALL-UNNAMED",
                                "-cp",
                                System.getProperty("java.class.path"),
                                LargeCatalogueBenchmark.class.getName(),
                                "one",
                                one.encoder().name(),
                                one.algorithm().name(),
                                Integer.toString(items),
                                Boolean.toString(sampled),
                                updates)
                        .redirectError(ProcessBuilder.Redirect.INHERIT)
                        .start();
        System.out.print(
                new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8));
        if (process.waitFor() != 0) {
            System.out.printf(
                    "%,9d %s: the process ended with %d%n", items, one, process.exitValue());
        }
    }

    private static void one(String[] arguments, PrintStream out) throws IOException {
        int items = Integer.parseInt(arguments[3]);
        boolean sampled = Boolean.parseBoolean(arguments[4]);
        int updates = Integer.parseInt(arguments[5]);
        AgentSettings settings =
                settings(
                        Architecture.valueOf(arguments[1]),
                        Algorithm.valueOf(arguments[2]),
                        sampled,
                        items);
        AgentData data = data(items, updates * settings.batchSize());
        double cpu;
        double wall;
        try (AgentStep step = AgentStep.compile(settings, data)) {
            update(step, 0, WARM_UP);
            long startCpu = Cost.processCpu();
            long start = System.nanoTime();
            update(step, WARM_UP, WARM_UP + updates);
            cpu = (Cost.processCpu() - startCpu) / 1e6 / updates;
            wall = (System.nanoTime() - start) / 1e6 / updates;
        }
        Path folder = Files.createTempDirectory("large-catalogue");
        try {
            Run run = run(settings, data, folder);
            out.printf(
                    Locale.ROOT,
                    "%,9d %-14s %-8s %10.1f %10.1f %10.1f s %10.1f s %9.2f ms %6.2f GiB%n",
                    items,
                    settings.label(),
                    sampled ? "sample" : "all",
                    wall,
                    cpu,
                    run.save(),
                    run.restore(),
                    run.rank(),
                    peakMemory());
        } finally {
            delete(folder);
        }
    }

    /// What a run does besides updating, in seconds and milliseconds.
    private record Run(double save, double restore, double rank) {}

    private static Run run(AgentSettings settings, AgentData data, Path folder) {
        Transitions ranked =
                Transitions.of(data.transitions().sequences().subList(0, RANKED_USERS));
        var evaluation = new RankingEvaluation(data.items());
        double[] rank = new double[1];
        long[] times = new long[2];
        long updates = Math.ceilDiv(data.transitions().size(), settings.batchSize());
        Progress clock =
                (done, _, _) -> {
                    if (done == updates - 1) {
                        times[0] = System.nanoTime();
                    }
                };
        try (var training =
                AgentTraining.open(
                        settings,
                        data,
                        folder,
                        policy -> {
                            long start = System.nanoTime();
                            double figure = evaluation.rank(policy, ranked).ndcg();
                            rank[0] = (System.nanoTime() - start) / 1e6 / ranked.size();
                            times[1] = System.nanoTime();
                            return figure;
                        },
                        clock)) {
            training.run();
        }
        long saved = System.nanoTime();
        try (var again = AgentTraining.open(settings, data, folder, _ -> 0, Progress.NONE)) {
            long restored = System.nanoTime();
            again.run();
            return new Run((saved - times[1]) / 1e9, (restored - saved) / 1e9, rank[0]);
        }
    }

    private static void update(AgentStep step, long from, long to) {
        for (long number = from; number < to; number++) {
            step.update(number);
        }
    }

    /// SA2C in its second phase from the start.
    private static AgentSettings settings(
            Architecture encoder, Algorithm algorithm, boolean sampled, int items) {
        AgentSettings settings = AgentSettings.DEFAULT;
        return settings.withEncoder(settings.encoder().withArchitecture(encoder))
                .withActor(settings.actor().withWarmUpEpochs(0))
                .withSampling(settings.sampling().withAbove(sampled ? items - 1 : items))
                .withMaxEpochs(1)
                .withAlgorithm(algorithm);
    }

    /// At most so many events, items drawn uniformly: the worst case for memory.
    private static AgentData data(int items, int events) {
        List<Sequence> sequences = new ArrayList<>();
        int left = events;
        for (int user = 0; left >= 12; user++) {
            var random = CounterRandom.of(1, "bench", user);
            int[] chosen = new int[5 + random.nextInt(8)];
            Arrays.setAll(chosen, _ -> random.nextInt(items));
            sequences.add(new Sequence("user" + user, chosen, null));
            left -= chosen.length;
        }
        return new AgentData(items, Transitions.of(sequences), null, "bench");
    }

    /// GiB that the process had in memory at most.
    private static double peakMemory() throws IOException {
        try (Stream<String> lines = Files.lines(Path.of("/proc/self/status"))) {
            return lines.filter(line -> line.startsWith("VmHWM:"))
                            .mapToDouble(line -> Double.parseDouble(line.replaceAll("[^0-9]", "")))
                            .findFirst()
                            .orElse(Double.NaN)
                    / (1 << 20);
        }
    }

    private static void delete(Path folder) throws IOException {
        try (Stream<Path> inside = Files.walk(folder)) {
            for (Path path : inside.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        }
    }
}
