package dev.lea.environment.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.lea.environment.model.Caller.Lane;
import dev.lea.environment.toy.ToyBundle;
import dev.lea.environment.toy.ToyEnvironment;
import dev.lea.serving.swap.Version;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// What goes on from remembered prefixes, held against [ToyEnvironment], which remembers nothing.
@Timeout(60)
class RememberingTest {
    private static final ToyEnvironment TOY = ToyEnvironment.SMALL;
    private static final Offset<Double> CLOSE = within(2e-5);
    private static final PassLimits LIMITS = new PassLimits(64, 128, 256);
    private static final int PROMPT = 2;
    private static final int BLOCK = 2;
    private static final int REFERENCES = 3;

    @TempDir Path folder;

    private final PassStatistics statistics = new PassStatistics();

    @Test
    void states_ofAGrowingHistory_runOnePlaceEach() throws Exception {
        try (var environment = load(TOY, 1 << 20)) {
            int[] items = {3, 1, 4, 1, 5, 9};
            for (int t = 1; t <= items.length; t++) {
                assertState(environment, Arrays.copyOf(items, t));
            }
        }
        // the prompt is read once, when the version is loaded
        assertThat(statistics.places()).isEqualTo(6);
        assertThat(statistics.recalled()).isEqualTo(6 * PROMPT + (1 + 2 + 3 + 4 + 5));
    }

    @Test
    void states_beyondTheContext_goOnWithinAWindow() throws Exception {
        try (var environment = load(TOY, 1 << 20)) {
            int[] items = {3, 1, 4, 1, 5, 9, 2, 6, 5};
            for (int t = 1; t <= 7; t++) {
                assertState(environment, Arrays.copyOf(items, t));
            }
            // 7 items are seen from item 3 on, and so are 8 and 9
            assertThat(statistics.places()).isEqualTo(6 + 4);
            assertState(environment, Arrays.copyOf(items, 8));
            assertState(environment, items);
            assertThat(statistics.places()).isEqualTo(6 + 4 + 1 + 1);
        }
    }

    @Test
    void score_afterTheState_runsTheLastPlaceAndTheBlocks() throws Exception {
        try (var environment = load(TOY, 1 << 20)) {
            int[] history = {3, 1, 4, 1, 5};
            assertState(environment, history);
            long before = statistics.places();
            assertScores(environment, history, 7, 8);
            assertThat(statistics.places() - before).isEqualTo(1 + (2 + REFERENCES) * BLOCK);
            before = statistics.places();
            assertScores(environment, history, 9);
            assertThat(statistics.places() - before).isEqualTo(1 + (1 + REFERENCES) * BLOCK);
        }
    }

    @Test
    void score_whereNothingIsKept_runsTheWholeTrunk() throws Exception {
        try (var environment = load(TOY, 0)) {
            int[] history = {3, 1, 4, 1, 5};
            assertState(environment, history);
            assertState(environment, history);
            assertThat(statistics.places()).isEqualTo(2 * 5);
        }
    }

    @Test
    void answers_ofAGraphThatRemembersNothing_areTheSame() throws Exception {
        try (var environment = load(TOY.forgetful(), 1 << 20)) {
            int[] history = {3, 1, 4};
            assertState(environment, history);
            assertScores(environment, history, 7, 8);
            assertState(environment, new int[] {3, 1, 4, 1});
            assertThat(statistics.recalled()).isZero();
        }
    }

    /// Callers ask side by side about histories that branch off one another, while little can be kept.
    @RepeatedTest(10)
    void answers_toManyAtOnce_areThoseOfUnpackedSequences(RepetitionInfo repetition)
            throws Exception {
        long seed = repetition.getCurrentRepetition();
        var random = new Random(seed);
        List<int[]> histories = new ArrayList<>(List.of(new int[0]));
        for (int i = 0; i < 60; i++) {
            int[] base = histories.get(random.nextInt(histories.size()));
            int[] longer = Arrays.copyOf(base, base.length + 1 + random.nextInt(3));
            for (int t = base.length; t < longer.length; t++) {
                longer[t] = random.nextInt(TOY.items());
            }
            histories.add(longer);
        }
        long bytes = random.nextInt(20_000);
        try (var environment = load(TOY, bytes);
                var callers = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<Void>> all = new ArrayList<>();
            for (int i = 0; i < 150; i++) {
                int[] history = histories.get(random.nextInt(histories.size()));
                int item = random.nextInt(TOY.items());
                boolean state = random.nextBoolean();
                all.add(
                        callers.submit(
                                (Callable<Void>)
                                        () -> {
                                            if (state) {
                                                assertState(environment, history);
                                            } else {
                                                assertScores(environment, history, item);
                                            }
                                            return null;
                                        }));
            }
            for (Future<Void> one : all) {
                assertThat(one)
                        .as("seed %d, %d bytes", seed, bytes)
                        .succeedsWithin(Duration.ofSeconds(30));
            }
        }
    }

    private LanguageEnvironment load(ToyEnvironment toy, long bytes) {
        var bundle = ToyBundle.write(folder.resolve("bundle-" + System.nanoTime()), toy);
        // states and scores are not kept, so that every question is computed
        return new EnvironmentLoader(2, 1000, LIMITS, new Answers(0, bytes), statistics)
                .load(bundle, new Version("environment", 1, bundle.digest()));
    }

    private static void assertState(LanguageEnvironment environment, int[] history)
            throws InterruptedException {
        float[] state =
                environment.states(List.of(new StateQuestion(history, false)), caller()).getFirst();
        double[] expected = TOY.state(history);
        for (int d = 0; d < TOY.width(); d++) {
            assertThat((double) state[d])
                    .as("state of %s", Arrays.toString(history))
                    .isCloseTo(expected[d], CLOSE);
        }
    }

    private static void assertScores(
            LanguageEnvironment environment, int[] history, int... candidates)
            throws InterruptedException {
        List<ScoredItem> scored =
                environment
                        .score(List.of(new RewardQuestion(history, candidates)), caller())
                        .getFirst();
        for (int i = 0; i < candidates.length; i++) {
            assertThat((double) scored.get(i).raw())
                    .as("R(%s, %d)", Arrays.toString(history), candidates[i])
                    .isCloseTo(TOY.raw(history, candidates[i]), CLOSE);
            assertThat((double) scored.get(i).reward())
                    .isCloseTo(TOY.reward(history, candidates[i]), CLOSE);
        }
    }

    private static Caller caller() {
        return new Caller(
                Lane.CALL, System.nanoTime() + Duration.ofSeconds(30).toNanos(), () -> false);
    }
}
