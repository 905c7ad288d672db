package dev.lea.bench;

import dev.lea.environment.model.Answers;
import dev.lea.environment.model.Caller;
import dev.lea.environment.model.EnvironmentLoader;
import dev.lea.environment.model.LanguageEnvironment;
import dev.lea.environment.model.PassLimits;
import dev.lea.environment.model.PassStatistics;
import dev.lea.environment.model.RewardQuestion;
import dev.lea.environment.model.ScoredItem;
import dev.lea.environment.model.StateQuestion;
import dev.lea.proto.environment.v1.GetStatesRequest;
import dev.lea.proto.environment.v1.ScoreActionsRequest;
import dev.lea.proto.environment.v1.ScoreQuery;
import dev.lea.proto.environment.v1.StateQuery;
import dev.lea.serving.bundle.Bundle;
import dev.lea.serving.swap.Version;
import java.io.IOException;
import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.Stream;

/// What sharing saves when the LE is asked: each figure beside the same work without it, in one run.
///
/// Histories of 50 items behind one token of prompt, candidates of 3 tokens, random weights. Both sides score the one
/// reference item beside the candidates: "K" candidates are K + 1 scores on either. The rival is the same graph in
/// ONNX Runtime, called in process with plain full sequences. Before anything is timed both sides' answers are
/// compared.
///
/// `./lea bench EnvironmentBenchmark [demo|large]`
public final class EnvironmentBenchmark {
    private static final int HISTORY = 50;
    private static final int SUFFIX = 3;
    private static final int[] CANDIDATES = {1, 2, 20, 100};
    private static final int USERS = 16;
    private static final int CALLERS = 32;
    private static final int CALLS_ALONE = 5;
    private static final double BOUND = 1e-4;

    private final PrintStream out;
    private final Bundle bundle;
    private final int turns;
    private final Duration load;
    private final SplittableRandom random = new SplittableRandom(1);

    /// Milliseconds until the rival's answer, by candidates: the same rival for both ways of asking.
    private final Map<Integer, Double> oneBatch = new HashMap<>();

    private EnvironmentBenchmark(PrintStream out, Bundle bundle, int turns, Duration load) {
        this.out = out;
        this.bundle = bundle;
        this.turns = turns;
        this.load = load;
    }

    public static void main(String[] arguments) throws Exception {
        String name = arguments.length > 0 ? arguments[0] : "demo";
        boolean large = name.equals("large");
        if (!large && !name.equals("demo")) {
            System.err.println("there is no shape '" + name + "': demo or large");
            System.exit(2);
        }
        Path folder = Files.createTempDirectory("lea-environment-benchmark");
        try {
            var shape = large ? SyntheticEnvironment.LARGE : SyntheticEnvironment.DEMO;
            System.out.printf(
                    Locale.ROOT,
                    "%d layers of width %d, LoRA rank %d; %d processors, load average %.1f%n",
                    shape.model().layers(),
                    shape.model().width(),
                    shape.lora().rank(),
                    Runtime.getRuntime().availableProcessors(),
                    ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage());
            Bundle bundle = shape.write(folder, 1);
            var benchmark =
                    new EnvironmentBenchmark(
                            System.out, bundle, large ? 3 : 7, Duration.ofSeconds(large ? 8 : 3));
            benchmark.inProcess();
            benchmark.overTheWire(folder.resolve("server"));
        } finally {
            delete(folder);
        }
    }

    private void inProcess() throws Exception {
        try (var raw = RawSession.open(bundle);
                var environment = load(1, new Answers(0, 0))) {
            compare(raw, environment);
            scores(raw, environment);
            prefixes(environment);
            users(environment);
        }
        try (var environment = load(1, new Answers(64 << 20, 256 << 20))) {
            kept(environment);
        }
        int threads = Runtime.getRuntime().availableProcessors();
        try (var raw = RawSession.open(bundle);
                var environment = load(threads, new Answers(0, 0))) {
            callers(raw, threads, "env-server's classes", h -> state(environment, h));
        }
    }

    private void overTheWire(Path folder) throws Exception {
        try (var server = EnvironmentProcess.serve(folder, bundle.folder())) {
            var client = server.client();
            out.printf("%nScoreActions over loopback, ms until the answer%n");
            out.printf(
                    "%-10s %10s %14s %8s %25s %8s%n",
                    "", "one call", "K calls", "ratio", "in process, one batch", "ratio");
            for (int k : CANDIDATES) {
                List<Cost> costs =
                        Cost.inTurns(
                                turns,
                                List.of(
                                        () -> client.score(request(history(), items(k))),
                                        () -> client.score(request(history(), items(1)))));
                double call = costs.get(0).wall();
                double calls = costs.get(1).wall() * k;
                out.printf(
                        Locale.ROOT,
                        "%-10s %10.2f %14.2f %7.2fx %25.2f %7.2fx%n",
                        "K = " + k,
                        call,
                        calls,
                        calls / call,
                        oneBatch.get(k),
                        oneBatch.get(k) / call);
            }
            int threads = Runtime.getRuntime().availableProcessors();
            try (var raw = RawSession.open(bundle)) {
                callers(
                        raw,
                        threads,
                        "env-server over loopback, with its clients on the same processors",
                        h -> client.states(statesRequest(h)));
            }
        }
    }

    private void compare(RawSession raw, LanguageEnvironment environment)
            throws InterruptedException {
        int[] history = history();
        int[] candidates = items(20);
        float[] apart = raw.scores(history, candidates);
        List<ScoredItem> shared = score(environment, history, candidates);
        double worst = 0;
        for (int i = 0; i < apart.length; i++) {
            double allowed = Math.max(1, Math.abs(apart[i]));
            worst = Math.max(worst, Math.abs(apart[i] - shared.get(i).raw()) / allowed);
        }
        if (!(worst <= BOUND)) {
            throw new IllegalStateException(
                    "shared and unshared scores differ by " + worst + ", more than " + BOUND);
        }
        out.printf(Locale.ROOT, "shared and unshared scores differ by %.1e at most%n", worst);
    }

    private void scores(RawSession raw, LanguageEnvironment environment) throws Exception {
        out.printf("%nScoreActions in process, CPU ms, one thread%n");
        out.printf(
                "%-10s %10s %14s %8s %14s %8s %10s %10s%n",
                "", "shared", "one batch", "ratio", "pair by pair", "ratio", "formula", "of it");
        for (int k : CANDIDATES) {
            List<Cost> costs =
                    Cost.inTurns(
                            turns,
                            List.of(
                                    () -> score(environment, history(), items(k)),
                                    () -> raw.scores(history(), items(k + 1)),
                                    () -> pairs(raw, Math.min(k + 1, CALLS_ALONE))));
            double shared = costs.get(0).cpu();
            double batch = costs.get(1).cpu();
            oneBatch.put(k, costs.get(1).wall());
            double pairs = costs.get(2).cpu() * (k + 1) / Math.min(k + 1, CALLS_ALONE);
            double formula = (k + 1.0) * (HISTORY + SUFFIX) / (HISTORY + (k + 1.0) * SUFFIX);
            out.printf(
                    Locale.ROOT,
                    "%-10s %10.2f %14.2f %7.2fx %14.2f %7.2fx %9.2fx %9.0f%%%n",
                    "K = " + k,
                    shared,
                    batch,
                    batch / shared,
                    pairs,
                    pairs / shared,
                    formula,
                    100 * batch / shared / formula);
        }
    }

    private Void pairs(RawSession raw, int calls) {
        int[] history = history();
        for (int item : items(calls)) {
            raw.scores(history, item);
        }
        return null;
    }

    private void prefixes(LanguageEnvironment environment) throws Exception {
        List<Cost> costs =
                Cost.inTurns(
                        turns,
                        List.of(
                                () -> states(environment, new StateQuestion(history(), true)),
                                () -> {
                                    int[] history = history();
                                    for (int t = 1; t <= HISTORY; t++) {
                                        state(environment, Arrays.copyOf(history, t));
                                    }
                                    return null;
                                }));
        out.printf("%nStates in process, CPU ms, one thread, nothing kept%n");
        out.printf("%-34s %10s %14s %8s%n", "", "shared", "without", "ratio");
        row("all prefixes of 50 / 50 calls", costs.get(0).cpu(), costs.get(1).cpu());
    }

    private void users(LanguageEnvironment environment) throws Exception {
        List<Cost> costs =
                Cost.inTurns(
                        turns,
                        List.of(
                                () ->
                                        states(
                                                environment,
                                                Stream.generate(() ->
                                                                new StateQuestion(history(), false))
                                                        .limit(USERS)
                                                        .toArray(StateQuestion[]::new)),
                                () -> {
                                    for (int user = 0; user < USERS; user++) {
                                        state(environment, history());
                                    }
                                    return null;
                                }));
        row(USERS + " users in a call / one at a time", costs.get(0).cpu(), costs.get(1).cpu());
    }

    private void kept(LanguageEnvironment environment) throws Exception {
        int[] known = history();
        state(environment, known);
        List<Cost> costs =
                Cost.inTurns(
                        turns,
                        List.of(
                                () -> state(environment, known),
                                () -> state(environment, history())));
        out.printf("%nStates in process, ms until the answer, kept or gone on from%n");
        out.printf("%-34s %10s %14s %8s%n", "", "kept", "fresh", "ratio");
        row("the same history again", costs.get(0).wall(), costs.get(1).wall());
        goingOn(environment);
    }

    /// Histories that grow by one item a call, from 50 to 69, beside fresh ones of 60.
    private void goingOn(LanguageEnvironment environment) throws Exception {
        int most = 20;
        double[] longer = new double[turns];
        double[] fresh = new double[turns];
        for (int turn = 0; turn < turns; turn++) {
            int[] history = random.ints(HISTORY + most, 0, SyntheticEnvironment.ITEMS).toArray();
            state(environment, Arrays.copyOf(history, HISTORY));
            long start = System.nanoTime();
            for (int t = 1; t <= most; t++) {
                state(environment, Arrays.copyOf(history, HISTORY + t));
            }
            longer[turn] = (System.nanoTime() - start) / 1e6 / most;
            start = System.nanoTime();
            state(
                    environment,
                    random.ints(HISTORY + most / 2, 0, SyntheticEnvironment.ITEMS).toArray());
            fresh[turn] = (System.nanoTime() - start) / 1e6;
        }
        row("one item more", Cost.median(longer), Cost.median(fresh));
    }

    /// Answers a history.
    private interface Answer {
        void of(int[] history) throws Exception;
    }

    private void callers(RawSession raw, int threads, String what, Answer answer) throws Exception {
        int rows = bestBatch(raw, threads);
        double[] theirs = new double[3];
        double[] ours = new double[3];
        for (int turn = 0; turn < theirs.length; turn++) {
            theirs[turn] = rate(threads, rows, () -> raw.states(histories(rows)));
            ours[turn] =
                    rate(
                            CALLERS,
                            1,
                            () -> {
                                answer.of(histories(1).getFirst());
                                return null;
                            });
        }
        double mine = Cost.median(ours) * HISTORY;
        double other = Cost.median(theirs) * HISTORY;
        out.printf(
                Locale.ROOT,
                "%nItems/s of states: %d callers of %s %,.0f; the raw session, %d threads, batches of %d, %,.0f: %.0f%%%n",
                CALLERS,
                what,
                mine,
                threads,
                rows,
                other,
                100 * mine / other);
    }

    /// The number of histories a call at which the raw session answers most.
    private int bestBatch(RawSession raw, int threads) throws Exception {
        int best = 0;
        double most = 0;
        for (int rows : new int[] {1, 5, 20}) {
            double rate = rate(threads, rows, () -> raw.states(histories(rows)));
            if (rate > most) {
                most = rate;
                best = rows;
            }
        }
        return best;
    }

    /// Histories a second, while some callers each ask as fast as they are answered.
    private double rate(int callers, int each, Callable<?> call) throws Exception {
        long end = System.nanoTime() + load.toNanos();
        var asked = new LongAdder();
        List<Thread> threads = new ArrayList<>();
        var problem = new AtomicReference<Exception>();
        long start = System.nanoTime();
        for (int i = 0; i < callers; i++) {
            threads.add(
                    Thread.ofPlatform()
                            .start(() -> {
                                try {
                                    while (System.nanoTime() < end) {
                                        call.call();
                                        asked.add(each);
                                    }
                                } catch (Exception e) {
                                    problem.set(e);
                                }
                            }));
        }
        for (Thread thread : threads) {
            thread.join();
        }
        if (problem.get() != null) {
            throw problem.get();
        }
        return asked.sum() * 1e9 / (System.nanoTime() - start);
    }

    private void row(String what, double ours, double theirs) {
        out.printf(Locale.ROOT, "%-34s %10.3f %14.3f %7.2fx%n", what, ours, theirs, theirs / ours);
    }

    private LanguageEnvironment load(int threads, Answers answers) {
        return new EnvironmentLoader(
                        threads, 1_024, PassLimits.DEFAULT, answers, new PassStatistics())
                .load(bundle, new Version("environment", 1, bundle.digest()));
    }

    private static List<ScoredItem> score(
            LanguageEnvironment environment, int[] history, int[] candidates)
            throws InterruptedException {
        return environment
                .score(List.of(new RewardQuestion(history, candidates)), caller())
                .getFirst();
    }

    private static float[] state(LanguageEnvironment environment, int[] history)
            throws InterruptedException {
        return states(environment, new StateQuestion(history, false)).getFirst();
    }

    private static List<float[]> states(LanguageEnvironment environment, StateQuestion... questions)
            throws InterruptedException {
        return environment.states(List.of(questions), caller());
    }

    private static ScoreActionsRequest request(int[] history, int[] candidates) {
        return ScoreActionsRequest.newBuilder()
                .addQueries(
                        ScoreQuery.newBuilder()
                                .addAllHistoryItemIds(ids(history))
                                .addAllCandidateItemIds(ids(candidates)))
                .build();
    }

    private static GetStatesRequest statesRequest(int[] history) {
        return GetStatesRequest.newBuilder()
                .addQueries(StateQuery.newBuilder().addAllHistoryItemIds(ids(history)))
                .build();
    }

    private static List<String> ids(int... items) {
        return Arrays.stream(items).mapToObj(SyntheticEnvironment::id).toList();
    }

    private int[] history() {
        return random.ints(HISTORY, 0, SyntheticEnvironment.ITEMS).toArray();
    }

    /// For callers side by side.
    private List<int[]> histories(int count) {
        SplittableRandom own;
        synchronized (random) {
            own = random.split();
        }
        return Stream.generate(() -> own.ints(HISTORY, 0, SyntheticEnvironment.ITEMS).toArray())
                .limit(count)
                .toList();
    }

    /// Different items, none of them the reference.
    private int[] items(int count) {
        return random.ints(1, SyntheticEnvironment.ITEMS).distinct().limit(count).toArray();
    }

    private static Caller caller() {
        return new Caller(
                Caller.Lane.CALL, System.nanoTime() + Duration.ofMinutes(5).toNanos(), () -> false);
    }

    private static void delete(Path folder) throws IOException {
        try (Stream<Path> inside = Files.walk(folder)) {
            for (Path path : inside.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        }
    }
}
