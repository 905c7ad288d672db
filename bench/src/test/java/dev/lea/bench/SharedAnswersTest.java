package dev.lea.bench;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lea.environment.model.Answers;
import dev.lea.environment.model.Caller;
import dev.lea.environment.model.EnvironmentLoader;
import dev.lea.environment.model.LanguageEnvironment;
import dev.lea.environment.model.PassLimits;
import dev.lea.environment.model.PassStatistics;
import dev.lea.environment.model.RewardQuestion;
import dev.lea.environment.model.ScoredItem;
import dev.lea.environment.model.StateQuestion;
import dev.lea.serving.bundle.Bundle;
import dev.lea.serving.swap.Version;
import dev.lea.trainer.llm.Adapted;
import dev.lea.trainer.llm.LlamaConfig;
import dev.lea.trainer.llm.RopeScaling;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// The published bound: however the LE is asked, its answers are those of plain full sequences within 1e-4, relative
/// to the value where that is above 1. With a network of every part that the families of models have.
@Timeout(120)
class SharedAnswersTest {
    private static final double BOUND = 1e-4;
    private static final SyntheticEnvironment SHAPE =
            new SyntheticEnvironment(
                    new LlamaConfig(
                            512,
                            48,
                            3,
                            6,
                            2,
                            16,
                            96,
                            10_000,
                            1e-6,
                            512,
                            RopeScaling.NONE,
                            new LlamaConfig.Parts(true, true, true, true, true)),
                    Adapted.LoraConfig.DEFAULT);

    @TempDir static Path folder;

    private static Bundle bundle;
    private static RawSession raw;
    private static LanguageEnvironment forgetting;

    @BeforeAll
    static void write() throws IOException {
        bundle = SHAPE.write(folder, 7);
        raw = RawSession.open(bundle);
        forgetting = load(new Answers(0, 0));
    }

    @AfterAll
    static void close() {
        forgetting.close();
        raw.close();
    }

    @RepeatedTest(5)
    void score_shared_isThatOfTheFullSequence(RepetitionInfo repetition) throws Exception {
        var random = new Random(repetition.getCurrentRepetition());
        int[] history = history(random, 80);
        int[] candidates = random.ints(60, 0, SyntheticEnvironment.ITEMS).distinct().toArray();
        List<ScoredItem> shared = score(forgetting, history, candidates);
        assertClose(repetition, raws(shared), raw.scores(history, candidates));
    }

    @RepeatedTest(5)
    void states_ofAllPrefixes_areThoseOfEachAlone(RepetitionInfo repetition) throws Exception {
        var random = new Random(repetition.getCurrentRepetition());
        int[] history = history(random, 40);
        float[] states = states(forgetting, history, true);
        for (int t = 0; t <= history.length; t++) {
            float[] row = Arrays.copyOfRange(states, t * width(), (t + 1) * width());
            assertClose(repetition, row, fresh(Arrays.copyOf(history, t)));
        }
    }

    @RepeatedTest(5)
    void answers_keptOrGoneOnFrom_areTheFreshOnes(RepetitionInfo repetition) throws Exception {
        var random = new Random(repetition.getCurrentRepetition());
        int[] items = history(random, 40);
        int[] candidates = random.ints(8, 0, SyntheticEnvironment.ITEMS).distinct().toArray();
        try (var environment = load(new Answers(1 << 20, 8 << 20))) {
            for (int t = 0; t <= items.length; t += 1 + random.nextInt(4)) {
                int[] history = Arrays.copyOf(items, t);
                float[] first = states(environment, history, false);
                assertClose(repetition, first, fresh(history));
                assertThat(states(environment, history, false)).isEqualTo(first);
                assertClose(
                        repetition,
                        raws(score(environment, history, candidates)),
                        raw.scores(history, candidates));
            }
        }
    }

    @RepeatedTest(3)
    void answers_inAnyCompanyAndOrder_areThoseOfEachAlone(RepetitionInfo repetition)
            throws Exception {
        var random = new Random(repetition.getCurrentRepetition());
        List<int[]> histories = new ArrayList<>();
        for (int i = 0; i < 12; i++) {
            histories.add(history(random, 60));
        }
        List<Integer> order = new ArrayList<>();
        for (int i = 0; i < 36; i++) {
            order.add(i % histories.size());
        }
        Collections.shuffle(order, random);
        try (var environment = load(new Answers(0, random.nextInt(1 << 20)));
                var callers = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<float[]>> answers = new ArrayList<>();
            for (int i : order) {
                answers.add(
                        callers.submit(
                                (Callable<float[]>)
                                        () -> states(environment, histories.get(i), false)));
            }
            for (int i = 0; i < answers.size(); i++) {
                assertClose(repetition, answers.get(i).get(), fresh(histories.get(order.get(i))));
            }
        }
    }

    private static void assertClose(RepetitionInfo seed, float[] actual, float[] expected) {
        assertThat(actual).hasSameSizeAs(expected);
        for (int i = 0; i < actual.length; i++) {
            double allowed = BOUND * Math.max(1, Math.abs(expected[i]));
            assertThat(Math.abs((double) actual[i] - expected[i]))
                    .as("seed %d, element %d", seed.getCurrentRepetition(), i)
                    .isLessThanOrEqualTo(allowed);
        }
    }

    /// The state of a history by a plain sequence.
    private static float[] fresh(int[] history) {
        float[] all = raw.states(List.of(history));
        return Arrays.copyOfRange(all, all.length - width(), all.length);
    }

    private static LanguageEnvironment load(Answers answers) {
        return new EnvironmentLoader(2, 1_000, PassLimits.DEFAULT, answers, new PassStatistics())
                .load(bundle, new Version("environment", 1, bundle.digest()));
    }

    private static List<ScoredItem> score(
            LanguageEnvironment environment, int[] history, int[] candidates)
            throws InterruptedException {
        return environment
                .score(List.of(new RewardQuestion(history, candidates)), caller())
                .getFirst();
    }

    private static float[] states(LanguageEnvironment environment, int[] history, boolean all)
            throws InterruptedException {
        return environment.states(List.of(new StateQuestion(history, all)), caller()).getFirst();
    }

    private static float[] raws(List<ScoredItem> scored) {
        float[] raws = new float[scored.size()];
        for (int i = 0; i < raws.length; i++) {
            raws[i] = scored.get(i).raw();
        }
        return raws;
    }

    private static int[] history(Random random, int longest) {
        return random.ints(random.nextInt(longest + 1), 0, SyntheticEnvironment.ITEMS).toArray();
    }

    private static int width() {
        return SHAPE.model().width();
    }

    private static Caller caller() {
        return new Caller(
                Caller.Lane.CALL, System.nanoTime() + Duration.ofMinutes(1).toNanos(), () -> false);
    }
}
