package dev.lea.bench;

import dev.lea.agent.Main;
import dev.lea.bench.RecommendLoad.Outcome;
import dev.lea.client.RepositoryClient;
import dev.lea.serving.bundle.Bundle;
import dev.lea.serving.onnx.OnnxModel;
import dev.lea.serving.onnx.OnnxOptions;
import dev.lea.serving.onnx.Tensor;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import java.util.regex.Pattern;

/// Agent-server's throughput and latency beside the raw session in process, a bare grpc-java server with the same session
/// and batcher, and a bare echo.
///
/// All of them run in one go and take turns of a few seconds, so that what else the machine does falls on all; figures are
/// medians over the rounds. Servers are processes of their own on loopback; the load generator shares their cores.
/// Where h2load is installed it asks agent-server too, as a check on the generator.
///
/// `./lea bench ServingBenchmark [rounds] [seconds of a turn] [items ...]`
public final class ServingBenchmark {
    private static final List<Integer> ITEMS = List.of(10_000, 100_000, 1_000_000);
    private static final int WIDTH = 64;
    private static final int LENGTH = 10;
    private static final int CALLERS = 64;
    private static final int K = 10;
    private static final double OPEN_SHARE = 0.5;

    private final PrintStream out;
    private final int rounds;
    private final Duration turn;

    /// A side's figures, one of each a round.
    private static final class Side {
        final String name;
        final List<Double> perSecond = new ArrayList<>();
        final List<Double> alone = new ArrayList<>(); // p50, ms, of one caller
        final List<Double> openMedian = new ArrayList<>(); // ms
        final List<Double> openTail = new ArrayList<>(); // p99, ms
        final List<Double> cpu = new ArrayList<>(); // server's microseconds a request

        Side(String name) {
            this.name = name;
        }
    }

    private ServingBenchmark(PrintStream out, int rounds, Duration turn) {
        this.out = out;
        this.rounds = rounds;
        this.turn = turn;
    }

    public static void main(String[] arguments) throws Exception {
        int rounds = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 5;
        int seconds = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 3;
        List<Integer> items = Arrays.stream(arguments).skip(2).map(Integer::valueOf).toList();
        var benchmark = new ServingBenchmark(System.out, rounds, Duration.ofSeconds(seconds));
        for (int catalogue : items.isEmpty() ? ITEMS : items) {
            Path folder = Files.createTempDirectory("lea-serving-");
            try {
                benchmark.run(catalogue, folder);
            } finally {
                SwapSoak.delete(folder);
            }
        }
    }

    private void run(int items, Path folder) throws Exception {
        var policy = new FactorPolicy(items, WIDTH, LENGTH);
        Bundle bundle = policy.write(folder.resolve("bundle"));
        try (var ours = ServerProcess.start(Main.class, folder.resolve("ours"), "512m");
                var bare =
                        ServerProcess.start(
                                BareServer.class,
                                folder.resolve("bare"),
                                "512m",
                                "--bundle",
                                bundle.folder().toString());
                var echo = ServerProcess.start(BareServer.class, folder.resolve("echo"), "512m");
                var model = OnnxModel.load(bundle.file(Bundle.MODEL), OnnxOptions.SERVING);
                var toOurs = new RecommendLoad(ours.port(), items, 2);
                var toBare = new RecommendLoad(bare.port(), items, 2);
                var toEcho = new RecommendLoad(echo.port(), items, 2)) {
            var repository = new RepositoryClient(ours.channel());
            repository.activate(repository.upload(bundle.folder()).getModel().getVersion());
            var raw = new Side("raw session");
            List<Side> served =
                    List.of(
                            new Side("agent-server"),
                            new Side("bare server"),
                            new Side("bare echo"));
            List<ServerProcess> servers = List.of(ours, bare, echo);
            List<RecommendLoad> loads = List.of(toOurs, toBare, toEcho);
            warmUp(loads);
            double openRate = 0;
            for (int round = 0; round < rounds; round++) {
                raw.perSecond.add(raw(model, policy, CALLERS));
                raw.alone.add(rawAlone(model, policy));
                for (int i = 0; i < served.size(); i++) {
                    measure(served.get(i), servers.get(i), loads.get(i));
                }
                openRate =
                        openRate == 0
                                ? OPEN_SHARE * served.getFirst().perSecond.getFirst()
                                : openRate;
                for (int i = 0; i < served.size(); i++) {
                    Outcome open = loads.get(i).open(openRate, turn, Duration.ofSeconds(10));
                    served.get(i).openMedian.add(open.answered().millis(0.5));
                    served.get(i).openTail.add(open.answered().millis(0.99));
                }
            }
            print(items, raw, served, openRate);
            Optional<Double> independent = h2load(folder, ours.port(), toOurs);
            independent.ifPresent(rate ->
                    out.printf(
                            Locale.ROOT,
                            "h2load, %d streams: %.0f calls/s to agent-server, %.2fx of what the generator here gets%n%n",
                            CALLERS,
                            rate,
                            rate / median(served.getFirst(), side -> side.perSecond)));
        }
    }

    private void warmUp(List<RecommendLoad> loads) throws InterruptedException {
        for (RecommendLoad load : loads) {
            load.closed(CALLERS, turn.multipliedBy(2));
        }
    }

    private void measure(Side side, ServerProcess server, RecommendLoad load)
            throws InterruptedException {
        long cpu = server.cpuNanos();
        Outcome closed = load.closed(CALLERS, turn);
        side.cpu.add((server.cpuNanos() - cpu) / 1e3 / closed.calls());
        side.perSecond.add(closed.answersPerSecond());
        side.alone.add(load.closed(1, turn).answered().millis(0.5));
    }

    /// Rows a second of callers who each run the session with one row.
    private double raw(OnnxModel model, FactorPolicy policy, int callers)
            throws InterruptedException {
        var rows = new AtomicLong();
        long begin = System.nanoTime();
        long end = begin + turn.toNanos();
        try (var threads = Executors.newThreadPerTaskExecutor(Thread.ofPlatform().factory())) {
            for (int caller = 0; caller < callers; caller++) {
                int seed = caller;
                threads.execute(() -> {
                    var random = new SplittableRandom(seed);
                    while (System.nanoTime() - end < 0) {
                        ask(model, policy, random);
                        rows.incrementAndGet();
                    }
                });
            }
            threads.shutdown();
            threads.awaitTermination(1, TimeUnit.MINUTES);
        }
        return rows.get() / ((System.nanoTime() - begin) / 1e9);
    }

    private double rawAlone(OnnxModel model, FactorPolicy policy) {
        var latencies = new Latencies();
        var random = new SplittableRandom(3);
        long end = System.nanoTime() + turn.toNanos();
        while (System.nanoTime() - end < 0) {
            long start = System.nanoTime();
            ask(model, policy, random);
            latencies.add(System.nanoTime() - start);
        }
        return latencies.millis(0.5);
    }

    private static void ask(OnnxModel model, FactorPolicy policy, SplittableRandom random) {
        int[] history = random.ints(LENGTH, 0, policy.items()).toArray();
        Map<String, Tensor> inputs = policy.inputs(List.of(history), K);
        try (var outputs = model.run(inputs, List.of("top_items", "top_scores"))) {
            if (outputs.longs("top_items").length != K) {
                throw new IllegalStateException("the session gave another number of items");
            }
        } finally {
            inputs.values().forEach(Tensor::close);
        }
    }

    private void print(int items, Side raw, List<Side> served, double openRate) {
        Side ours = served.getFirst();
        Side echo = served.getLast();
        out.printf(
                Locale.ROOT,
                "%,d items of width %d, k %d; medians of %d rounds; %d callers, or one, who wait; open: %.0f calls/s%n"
                        + "%-14s %10s %10s %12s %12s %12s %14s%n",
                items,
                WIDTH,
                K,
                rounds,
                CALLERS,
                openRate,
                "",
                "answers/s",
                "of raw",
                "alone p50",
                "open p50",
                "open p99",
                "CPU a call");
        double rawRate = median(raw, side -> side.perSecond);
        out.printf(
                Locale.ROOT,
                "%-14s %10.0f %9.2fx %9.3f ms%n",
                raw.name,
                rawRate,
                1.0,
                median(raw, side -> side.alone));
        for (Side side : served) {
            out.printf(
                    Locale.ROOT,
                    "%-14s %10.0f %9.2fx %9.3f ms %9.3f ms %9.3f ms %11.0f us%n",
                    side.name,
                    median(side, s -> s.perSecond),
                    median(side, s -> s.perSecond) / rawRate,
                    median(side, s -> s.alone),
                    median(side, s -> s.openMedian),
                    median(side, s -> s.openTail),
                    median(side, s -> s.cpu));
        }
        Side bare = served.get(1);
        double overhead =
                1e3
                        * (median(ours, s -> s.alone)
                                - median(raw, s -> s.alone)
                                - median(echo, s -> s.alone));
        out.printf(
                Locale.ROOT,
                "agent-server: %.2fx of the raw session, %.2fx of the bare server; alone %.0f us over raw and echo%n%n",
                median(ours, s -> s.perSecond) / rawRate,
                median(ours, s -> s.perSecond) / median(bare, s -> s.perSecond),
                overhead);
    }

    /// Calls a second that h2load gets; empty where there is none.
    private static Optional<Double> h2load(Path folder, int port, RecommendLoad load)
            throws IOException, InterruptedException {
        byte[] message = load.example().toByteArray();
        Path body = folder.resolve("request.grpc");
        Files.write(
                body,
                ByteBuffer.allocate(5 + message.length)
                        .put((byte) 0) // not compressed
                        .putInt(message.length)
                        .put(message)
                        .array());
        Process process;
        try {
            process =
                    new ProcessBuilder(
                                    "h2load",
                                    "--duration=5",
                                    "--warm-up-time=1",
                                    "-c2",
                                    "-m" + CALLERS / 2,
                                    "-Hcontent-type: application/grpc",
                                    "-Hte: trailers",
                                    "-d" + body,
                                    "http://127.0.0.1:"
                                            + port
                                            + "/lea.agent.v1.AgentService/Recommend")
                            .redirectErrorStream(true)
                            .start();
        } catch (IOException e) {
            return Optional.empty();
        }
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        process.waitFor();
        var found = Pattern.compile("([0-9.]+) req/s").matcher(said);
        return found.find() ? Optional.of(Double.valueOf(found.group(1))) : Optional.empty();
    }

    private static double median(Side side, Function<Side, List<Double>> figure) {
        double[] sorted =
                figure.apply(side).stream().mapToDouble(Double::doubleValue).sorted().toArray();
        return sorted[sorted.length / 2];
    }
}
