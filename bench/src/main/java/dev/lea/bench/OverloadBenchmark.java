package dev.lea.bench;

import dev.lea.agent.Main;
import dev.lea.bench.RecommendLoad.Outcome;
import dev.lea.client.RepositoryClient;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;

/// Goodput and refusals of agent-server at up to ten times what it can answer, beside its peak.
///
/// The policy is slow by itself (a large catalogue on one thread), so that neither the generator nor the transport is what
/// is measured. Peak is what callers get who each wait for their answer. Then calls come by themselves, at multiples of it;
/// an answer counts where it came within its deadline.
///
/// `./lea bench OverloadBenchmark [items] [seconds of a step] [deadline in ms]`
public final class OverloadBenchmark {
    private static final int WIDTH = 64;
    private static final int LENGTH = 10;
    private static final int CALLERS = 32;
    private static final double[] TIMES = {0.5, 1, 2, 5, 10};

    private OverloadBenchmark() {}

    public static void main(String[] arguments) throws Exception {
        int items = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 300_000;
        int seconds = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 10;
        int deadline = arguments.length > 2 ? Integer.parseInt(arguments[2]) : 500;
        Path folder = Files.createTempDirectory("lea-overload-");
        try {
            run(
                    items,
                    Duration.ofSeconds(seconds),
                    Duration.ofMillis(deadline),
                    folder,
                    System.out);
        } finally {
            SwapSoak.delete(folder);
        }
    }

    private static void run(
            int items, Duration step, Duration deadline, Path folder, PrintStream out)
            throws Exception {
        var bundle = new FactorPolicy(items, WIDTH, LENGTH).write(folder.resolve("bundle"));
        try (var server =
                        ServerProcess.start(
                                Main.class,
                                folder.resolve("server"),
                                "512m",
                                "--threads=1",
                                "--max-batch=8");
                var load = new RecommendLoad(server.port(), items, 2)) {
            var repository = new RepositoryClient(server.channel());
            repository.activate(repository.upload(bundle.folder()).getModel().getVersion());
            load.closed(CALLERS, step); // both programs warm up
            Outcome peak = load.closed(CALLERS, step);
            out.printf(
                    Locale.ROOT,
                    "%,d items of width %d, one thread, batches of at most 8; deadline %d ms%n"
                            + "peak %.0f answers/s with %d callers who wait, p99 %.0f ms%n%n"
                            + "%8s %10s %10s %8s %10s %12s %12s %10s %10s%n",
                    items,
                    WIDTH,
                    deadline.toMillis(),
                    peak.answersPerSecond(),
                    CALLERS,
                    peak.answered().millis(0.99),
                    "load",
                    "calls/s",
                    "goodput/s",
                    "of peak",
                    "p99 ms",
                    "refusal p50",
                    "refusal p99",
                    "expired/s",
                    "generator");
            for (double times : TIMES) {
                Outcome outcome = load.open(times * peak.answersPerSecond(), step, deadline);
                long others =
                        outcome.calls() - outcome.answered().count() - outcome.refused().count();
                out.printf(
                        Locale.ROOT,
                        "%7.1fx %10.0f %10.0f %7.0f%% %10.0f %9.2f ms %9.2f ms %10.1f %9.0f%%%n",
                        times,
                        outcome.calls() / outcome.seconds(),
                        outcome.answersPerSecond(),
                        100 * outcome.answersPerSecond() / peak.answersPerSecond(),
                        outcome.answered().millis(0.99),
                        outcome.refused().millis(0.5),
                        outcome.refused().millis(0.99),
                        others / outcome.seconds(),
                        100 * outcome.generatorShare());
            }
            out.println("generator: processor time of the load generator, in per cent of one core");
        }
    }
}
