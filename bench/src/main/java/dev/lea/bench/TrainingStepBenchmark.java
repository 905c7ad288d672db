package dev.lea.bench;

import static dev.lea.trainer.agent.Algorithm.SA2C;
import static dev.lea.trainer.agent.Algorithm.SNQN;
import static dev.lea.trainer.agent.Algorithm.SUPERVISED;
import static dev.lea.trainer.agent.Architecture.GRU4REC;
import static dev.lea.trainer.agent.Architecture.SASREC;

import com.fasterxml.jackson.databind.JsonNode;
import com.sun.management.OperatingSystemMXBean;
import dev.lea.trainer.agent.AgentData;
import dev.lea.trainer.agent.AgentSettings;
import dev.lea.trainer.agent.AgentStep;
import dev.lea.trainer.agent.Algorithm;
import dev.lea.trainer.agent.Architecture;
import dev.lea.trainer.agent.ServedPolicy;
import dev.lea.trainer.data.CounterRandom;
import dev.lea.trainer.data.Sequence;
import dev.lea.trainer.data.Transitions;
import dev.lea.trainer.evaluation.RankingEvaluation;
import java.io.IOException;
import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/// CPU time of one update of SASRec and GRU4Rec by CE, SNQN and SA2C beside PyTorch's, on one thread each, in turns.
///
/// Before anything is timed, both sides make the same updates from the same parameters and batches with
/// dropout off, and their losses are compared: what is raced is the same mathematics. Ours includes the drawing
/// of batches, negatives and masks; PyTorch gets its batches ready-made. Beside each of our steps stands what ranking
/// as many events for validation costs, in process, all items scored.
///
/// `./lea bench TrainingStepBenchmark [updates a turn] [turns] [items ...]`; it skips, with the reason, where there is
/// no PyTorch.
public final class TrainingStepBenchmark {
    private static final List<Integer> ITEMS = List.of(4_344);
    private static final int USERS = 2_000;
    private static final int RANKED_USERS = 1_000;
    private static final int CHECKED_UPDATES = 3;
    private static final double SLOW_GIGAFLOPS = 20;
    private static final double LOSS_TOLERANCE = 1e-3;

    /// @param encoder on both sides
    /// @param ours    algorithm on our side
    /// @param rival   name of PyTorch's step
    /// @param what    how PyTorch's step is written
    private record Race(Architecture encoder, Algorithm ours, String rival, String what) {}

    private static final List<Race> RACES =
            List.of(
                    new Race(SASREC, SUPERVISED, "ce", "attention over all places"),
                    new Race(SASREC, SUPERVISED, "ce_last", "last place only"),
                    new Race(SASREC, SNQN, "snqn", "a forward for each term"),
                    new Race(SASREC, SNQN, "snqn_shared", "shared forwards, last place only"),
                    new Race(GRU4REC, SUPERVISED, "ce", "torch.nn.GRU"),
                    new Race(GRU4REC, SA2C, "sa2c", "a forward for each term"),
                    new Race(GRU4REC, SA2C, "sa2c_shared", "shared forwards"));

    private final PrintStream out;
    private final int updates;
    private final int turns;
    private final List<Integer> catalogues;

    private TrainingStepBenchmark(
            PrintStream out, int updates, int turns, List<Integer> catalogues) {
        this.out = out;
        this.updates = updates;
        this.turns = turns;
        this.catalogues = catalogues;
    }

    public static void main(String[] arguments) throws IOException {
        int updates = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 30;
        int turns = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 7;
        List<Integer> items = Arrays.stream(arguments).skip(2).map(Integer::valueOf).toList();
        new TrainingStepBenchmark(System.out, updates, turns, items.isEmpty() ? ITEMS : items)
                .run();
    }

    private void run() throws IOException {
        Optional<String> python = PythonRival.interpreterWith("torch, numpy");
        if (python.isEmpty()) {
            out.println(
                    "skipped: neither python3 nor /usr/bin/python3 here can import torch and numpy");
            return;
        }
        try (var rival = PythonRival.start(python.get(), "/training_step.py")) {
            introduce(rival.greeting());
            for (int items : catalogues) {
                for (Race race : RACES) {
                    run(race, items, rival);
                }
            }
        }
    }

    private void introduce(JsonNode greeting) {
        double gigaflops = greeting.get("gigaflops").asDouble();
        out.printf(
                Locale.ROOT,
                "CPU ms an update, median of %d turns of %d updates, one thread; batch 256, history 10, "
                        + "width 64%n"
                        + "PyTorch %s, whose matrix products run at %.0f GFLOP/s here%n",
                turns,
                updates,
                greeting.get("torch").asText(),
                gigaflops);
        if (gigaflops < SLOW_GIGAFLOPS) {
            out.println(
                    "WARNING: that is a slow BLAS, which makes our ratios look better than they are; "
                            + "install one that is fast (Debian: libopenblas0-pthread)");
        }
        out.printf(
                "%8s %-12s %-34s %8s %8s %8s %8s%n",
                "items", "step", "PyTorch written with", "ours", "PyTorch", "ratio", "ranking");
    }

    private void run(Race race, int items, PythonRival rival) throws IOException {
        AgentSettings settings = settings(race);
        AgentData data = data(items);
        checkSameMathematics(race, settings, data, rival);
        try (AgentStep step = AgentStep.compile(settings, data)) {
            time(step, 0);
            rivalTime(race, rival);
            double[] ours = new double[turns];
            double[] theirs = new double[turns];
            for (int turn = 0; turn < turns; turn++) {
                ours[turn] = time(step, turn + 1);
                theirs[turn] = rivalTime(race, rival);
            }
            double mine = median(ours);
            double other = median(theirs);
            out.printf(
                    Locale.ROOT,
                    "%,8d %-12s %-34s %8.2f %8.2f %7.2fx %8.2f%n",
                    items,
                    settings.label(),
                    race.what(),
                    mine,
                    other,
                    mine / other,
                    rankingTime(step, settings, data));
        }
    }

    /// SA2C in its second phase from the start, at the rate that the rival has; every update sees all items.
    private static AgentSettings settings(Race race) {
        AgentSettings settings = AgentSettings.DEFAULT;
        return settings.withEncoder(settings.encoder().withArchitecture(race.encoder()))
                .withActor(
                        settings.actor()
                                .withWarmUpEpochs(0)
                                .withLearningRate(settings.learningRate()))
                .withSampling(settings.sampling().withAbove(Integer.MAX_VALUE - 1))
                .withAlgorithm(race.ours());
    }

    /// CPU ms to rank as many events as an update learns from.
    private static double rankingTime(AgentStep step, AgentSettings settings, AgentData data) {
        var evaluation = new RankingEvaluation(data.items());
        Transitions events =
                Transitions.of(data.transitions().sequences().subList(0, RANKED_USERS));
        try (var policy = ServedPolicy.load(settings.encoder(), data.items(), step.parameters(0))) {
            evaluation.rank(policy, events);
            long start = cpu();
            evaluation.rank(policy, events);
            return (cpu() - start) / 1e6 * settings.batchSize() / events.size();
        }
    }

    /// Both sides' losses of the first updates, from the same parameters and batches, without dropout.
    private static void checkSameMathematics(
            Race race, AgentSettings settings, AgentData data, PythonRival rival)
            throws IOException {
        AgentSettings still = settings.withEncoder(settings.encoder().withDropout(0));
        Path folder = Files.createTempDirectory("training-step");
        List<Float> losses = new ArrayList<>();
        try (AgentStep step = AgentStep.compile(still, data);
                var handover = new Handover(folder)) {
            handover.networks(step, settings);
            for (long number = 0; number < CHECKED_UPDATES; number++) {
                losses.add(step.update(number));
                handover.batch(step.mainNetwork(number), step.inputs());
            }
            handover.write(settings);
            rival.ask(Map.of("do", "load", "folder", folder.toString()));
        }
        JsonNode theirs = rival.ask(Map.of("do", "losses", "step", race.rival())).get("losses");
        for (int i = 0; i < CHECKED_UPDATES; i++) {
            double difference = Math.abs(losses.get(i) - theirs.get(i).asDouble());
            if (!(difference <= LOSS_TOLERANCE)) {
                throw new IllegalStateException(
                        race.rival() + " is other mathematics: " + losses + " against " + theirs);
            }
        }
    }

    private double time(AgentStep step, int turn) {
        long start = cpu();
        for (int i = 0; i < updates; i++) {
            step.update((long) turn * updates + i);
        }
        return (cpu() - start) / 1e6 / updates;
    }

    private static long cpu() {
        return ((OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean())
                .getProcessCpuTime();
    }

    private double rivalTime(Race race, PythonRival rival) throws IOException {
        JsonNode answer = rival.ask(Map.of("do", "time", "step", race.rival(), "updates", updates));
        return answer.get("cpu_seconds").asDouble() * 1000 / updates;
    }

    private static double median(double[] values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        return sorted[sorted.length / 2];
    }

    /// Users of five to twelve events, items drawn uniformly: only the sizes matter here.
    private static AgentData data(int items) {
        List<Sequence> sequences = new ArrayList<>();
        for (int user = 0; user < USERS; user++) {
            var random = CounterRandom.of(1, "bench", user);
            int[] chosen = new int[5 + random.nextInt(8)];
            Arrays.setAll(chosen, _ -> random.nextInt(items));
            sequences.add(new Sequence("user" + user, chosen, null));
        }
        return new AgentData(items, Transitions.of(sequences), null, "bench");
    }
}
