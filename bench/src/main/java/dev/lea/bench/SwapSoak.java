package dev.lea.bench;

import dev.lea.agent.Main;
import dev.lea.bench.SwapLoad.Kind;
import dev.lea.bench.SwapLoad.Window;
import dev.lea.client.LeaException;
import dev.lea.client.RepositoryClient;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;

/// Swaps an agent-server's policy under load, a tenth of the times by a bad bundle: failed and wrong answers, latency beside windows without swaps, memory.
///
/// Windows with closed and open load, without and with swaps, come in turn, so that whatever else the machine does
/// falls on all of them.
///
/// `./lea soak swap [--swaps 1000] [--rate 2] [--window 10] [--calls 200] [--callers 2]`
final class SwapSoak {
    private static final int ITEMS = 500;
    private static final SyntheticPolicy[] POLICIES = {
        new SyntheticPolicy(ITEMS, 10, 0), new SyntheticPolicy(ITEMS, 10, 0.01f)
    };

    /// How much of it.
    ///
    /// @param swaps   in all
    /// @param rate    swaps a second
    /// @param seconds of a window
    /// @param calls   a second, where the load is open
    /// @param callers where it is closed
    record Plan(int swaps, double rate, double seconds, double calls, int callers) {
        static final Plan DEFAULT = new Plan(1000, 2, 10, 200, 2);

        Plan with(String option, double value) {
            return switch (option) {
                case "--swaps" -> new Plan((int) value, rate, seconds, calls, callers);
                case "--rate" -> new Plan(swaps, value, seconds, calls, callers);
                case "--window" -> new Plan(swaps, rate, value, calls, callers);
                case "--calls" -> new Plan(swaps, rate, seconds, value, callers);
                case "--callers" -> new Plan(swaps, rate, seconds, calls, (int) value);
                default -> throw new IllegalArgumentException("there is no option " + option);
            };
        }
    }

    /// What came of it.
    ///
    /// @param done     swaps that took place
    /// @param refused  bad bundles that were refused
    /// @param problems of the swaps, in words
    /// @param quiet    latencies without swaps
    /// @param swapping latencies with swaps
    /// @param resident bytes of the server at the start, then after each quarter
    /// @param heap     bytes that live there at the same times
    record Result(
            int done,
            int refused,
            List<String> problems,
            long answered,
            List<String> failed,
            List<String> wrong,
            Map<Kind, Window> quiet,
            Map<Kind, Window> swapping,
            List<Long> resident,
            List<Long> heap) {
        boolean sound() {
            return problems.isEmpty() && failed.isEmpty() && wrong.isEmpty();
        }

        double ratio(Kind kind) {
            return swapping.get(kind).millis(0.99) / quiet.get(kind).millis(0.99);
        }
    }

    private final Plan plan;
    private final Path folder;
    private final ServerProcess server;
    private final RepositoryClient repository;
    private final SwapLoad load;
    private final long[] latest = new long[2]; // version of each policy
    private final List<String> problems = new ArrayList<>();
    private Path truncated;
    private Path flipped;
    private Path notANumber;
    private int live;
    private int steps;
    private int done;
    private int refused;

    private SwapSoak(Plan plan, Path folder, ServerProcess server, long seed) {
        this.plan = plan;
        this.folder = folder;
        this.server = server;
        this.repository = new RepositoryClient(server.channel());
        this.load = new SwapLoad(server.channel(), ITEMS, plan.callers(), plan.calls(), seed);
    }

    public static void main(String[] arguments) throws Exception {
        Plan plan = Plan.DEFAULT;
        for (int i = 0; i + 1 < arguments.length; i += 2) {
            plan = plan.with(arguments[i], Double.parseDouble(arguments[i + 1]));
        }
        Path folder = Files.createTempDirectory("lea-soak-");
        try {
            Result result = run(plan, folder, System.nanoTime(), System.out);
            print(plan, result, System.out);
            System.exit(result.sound() ? 0 : 1);
        } finally {
            delete(folder);
        }
    }

    /// @param progress one line for each round of windows
    static Result run(Plan plan, Path folder, long seed, PrintStream progress)
            throws IOException, InterruptedException {
        progress.println("seed " + seed);
        try (var server = ServerProcess.start(Main.class, folder.resolve("server"), "512m")) {
            return new SwapSoak(plan, folder, server, seed).run(progress);
        }
    }

    private Result run(PrintStream progress) throws IOException, InterruptedException {
        prepare();
        Map<Kind, List<Window>> quiet = new EnumMap<>(Kind.class);
        Map<Kind, List<Window>> swapping = new EnumMap<>(Kind.class);
        for (Kind kind : Kind.values()) {
            quiet.put(kind, new ArrayList<>());
            swapping.put(kind, new ArrayList<>());
            load.run(kind, length(), () -> {}); // both programs warm up
        }
        List<Long> resident = new ArrayList<>();
        List<Long> heap = new ArrayList<>();
        int measured = 0;
        while (steps < plan.swaps()) {
            if (steps >= (long) measured * plan.swaps() / 4) {
                measured++;
                heap.add(server.liveHeapBytes());
                resident.add(server.residentBytes());
            }
            for (Kind kind : Kind.values()) {
                quiet.get(kind).add(load.run(kind, length(), () -> {}));
                swapping.get(kind).add(load.run(kind, length(), this::swapForAWindow));
            }
            progress.printf(
                    Locale.ROOT,
                    "%5d swaps, %4d refused, %8d answers, %d failed, %d wrong%n",
                    done,
                    refused,
                    load.answered(),
                    load.failed().size(),
                    load.wrong().size());
        }
        heap.add(server.liveHeapBytes());
        resident.add(server.residentBytes());
        return new Result(
                done,
                refused,
                List.copyOf(problems),
                load.answered(),
                load.failed(),
                load.wrong(),
                together(quiet),
                together(swapping),
                resident,
                heap);
    }

    private Duration length() {
        return Duration.ofNanos((long) (plan.seconds() * 1e9));
    }

    private static Map<Kind, Window> together(Map<Kind, List<Window>> windows) {
        Map<Kind, Window> together = new EnumMap<>(Kind.class);
        windows.forEach((kind, list) -> together.put(kind, Window.of(list)));
        return together;
    }

    private void prepare() throws IOException {
        for (int p = 0; p < 2; p++) {
            upload(p);
        }
        activate(0);
        notANumber = POLICIES[0].write(folder.resolve("nan"), 0, true);
        truncated = POLICIES[0].write(folder.resolve("truncated"), -1, false);
        Path model = truncated.resolve("model.onnx");
        byte[] bytes = Files.readAllBytes(model);
        Files.write(model, Arrays.copyOf(bytes, bytes.length / 2));
        flipped = POLICIES[0].write(folder.resolve("flipped"), -2, false);
        model = flipped.resolve("model.onnx");
        bytes = Files.readAllBytes(model);
        bytes[bytes.length / 2] ^= 1;
        Files.write(model, bytes);
    }

    private void swapForAWindow() {
        long start = System.nanoTime();
        int count = (int) Math.min(plan.swaps() - steps, plan.seconds() * plan.rate());
        for (int i = 0; i < count; i++) {
            long due = start + (long) (i * 1e9 / plan.rate());
            while (System.nanoTime() < due) {
                LockSupport.parkNanos(due - System.nanoTime());
            }
            try {
                step(steps++);
            } catch (IOException | RuntimeException e) {
                problems.add("swap " + steps + ": " + e);
            }
        }
    }

    /// Of ten: one bad bundle, one roll back, one of a version that has just come, seven of versions that were there.
    private void step(int number) throws IOException {
        switch (number % 10) {
            case 9 -> {
                switch (number / 10 % 3) {
                    case 0 -> refuse(truncated, "BUNDLE_FILE_TRUNCATED");
                    case 1 -> refuse(flipped, "BUNDLE_FILE_ALTERED");
                    default -> refuse(notANumber, "PROBE_");
                }
            }
            case 4 -> {
                repository.rollBack();
                live = 1 - live;
                done++;
            }
            case 2 -> {
                upload(1 - live);
                activate(1 - live);
                done++;
            }
            default -> {
                activate(1 - live);
                done++;
            }
        }
    }

    private void upload(int policy) throws IOException {
        Path bundle = folder.resolve("bundle");
        POLICIES[policy].write(bundle, 1 + steps + 0.1 * policy, false);
        latest[policy] = repository.upload(bundle).getModel().getVersion();
        load.know(latest[policy], POLICIES[policy]);
        delete(bundle);
    }

    private void activate(int policy) {
        repository.activate(latest[policy]);
        live = policy;
    }

    private void refuse(Path bundle, String reason) {
        long before = repository.aliases().getLive();
        try {
            repository.activate(repository.upload(bundle).getModel().getVersion());
            problems.add(bundle.getFileName() + " was not refused");
        } catch (LeaException e) {
            if (!e.reason().startsWith(reason)) {
                problems.add(bundle.getFileName() + " was refused otherwise: " + e.getMessage());
            }
            refused++;
        }
        if (repository.aliases().getLive() != before) {
            problems.add(bundle.getFileName() + " changed what is live");
        }
    }

    private static void print(Plan plan, Result result, PrintStream out) {
        out.printf(
                Locale.ROOT,
                "%n%d swaps (%s a second) and %d refused bad bundles; %d answers, %d failed, %d wrong%n%n",
                result.done(),
                plan.rate(),
                result.refused(),
                result.answered(),
                result.failed().size(),
                result.wrong().size());
        out.printf(
                "%-8s %10s %10s %10s %10s %10s%n",
                "load", "", "calls", "p50 ms", "p99 ms", "p99.9 ms");
        for (Kind kind : Kind.values()) {
            row(out, kind, "quiet", result.quiet().get(kind));
            row(out, kind, "swapping", result.swapping().get(kind));
            out.printf(Locale.ROOT, "%-8s %10s p99 %.2fx%n", "", "", result.ratio(kind));
        }
        out.println();
        out.println("resident MiB, start and quarters: " + mebibytes(result.resident()));
        out.println("live heap MiB, the same:          " + mebibytes(result.heap()));
        result.problems().forEach(out::println);
        result.failed().stream().limit(10).forEach(out::println);
        result.wrong().stream().limit(10).forEach(out::println);
    }

    private static void row(PrintStream out, Kind kind, String what, Window window) {
        out.printf(
                Locale.ROOT,
                "%-8s %10s %10d %10.2f %10.2f %10.2f%n",
                kind.name().toLowerCase(Locale.ROOT),
                what,
                window.nanos().length,
                window.millis(0.5),
                window.millis(0.99),
                window.millis(0.999));
    }

    private static List<Long> mebibytes(List<Long> bytes) {
        return bytes.stream().map(b -> b >> 20).toList();
    }

    static void delete(Path folder) throws IOException {
        try (var tree = Files.walk(folder)) {
            for (Path path : tree.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        }
    }
}
