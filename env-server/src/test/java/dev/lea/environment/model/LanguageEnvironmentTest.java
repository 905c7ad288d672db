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
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Everything is held against [ToyEnvironment], which computes one unpacked sequence at a time.
@Timeout(60)
class LanguageEnvironmentTest {
    private static final ToyEnvironment TOY = ToyEnvironment.SMALL;
    private static final Offset<Double> CLOSE = within(2e-5);
    private static final Selection THREE_OF_EIGHT = new Selection(3, 8, 0, 0);

    @TempDir Path folder;

    private LanguageEnvironment environment;

    @BeforeEach
    void load() {
        environment = load(new PassLimits(16, 40, 8), new Answers(1 << 20, 1 << 20));
    }

    @AfterEach
    void close() {
        environment.close();
    }

    @RepeatedTest(10)
    void states_ofAnyHistories_areThoseOfUnpackedSequences(RepetitionInfo repetition)
            throws Exception {
        var random = new Random(repetition.getCurrentRepetition());
        List<StateQuestion> questions = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            questions.add(new StateQuestion(history(random, 20), random.nextBoolean()));
        }
        List<float[]> states = environment.states(questions, caller());
        for (int q = 0; q < questions.size(); q++) {
            int[] history = questions.get(q).history();
            int first = questions.get(q).allPrefixes() ? 0 : history.length;
            assertThat(states.get(q)).hasSize((history.length - first + 1) * TOY.width());
            for (int t = first; t <= history.length; t++) {
                assertState(states.get(q), t - first, Arrays.copyOf(history, t));
            }
        }
    }

    @RepeatedTest(10)
    void score_ofAnyCandidates_isThatOfEachAlone(RepetitionInfo repetition) throws Exception {
        var random = new Random(repetition.getCurrentRepetition());
        List<RewardQuestion> questions = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            questions.add(
                    new RewardQuestion(history(random, 15), some(random, random.nextInt(20))));
        }
        List<List<ScoredItem>> scored = environment.score(questions, caller());
        for (int q = 0; q < questions.size(); q++) {
            int[] candidates = questions.get(q).candidates();
            assertThat(scored.get(q).stream().mapToInt(ScoredItem::item))
                    .containsExactly(IntStream.of(candidates).boxed().toArray(Integer[]::new));
            for (ScoredItem item : scored.get(q)) {
                assertScore(item, questions.get(q).history());
            }
        }
    }

    @Test
    void score_inAnyCompanyAndOrder_staysTheSame() throws Exception {
        int[] history = {3, 1, 4};
        var alone = new ArrayList<Float>();
        for (int item = 0; item < TOY.items(); item++) {
            try (var fresh = load(PassLimits.DEFAULT, new Answers(0, 0))) {
                alone.add(score(fresh, history, item).getFirst().raw());
            }
        }
        List<Integer> order = new ArrayList<>(IntStream.range(0, TOY.items()).boxed().toList());
        Collections.shuffle(order, new Random(1));
        int[] shuffled = order.stream().mapToInt(Integer::intValue).toArray();
        for (ScoredItem item : score(environment, history, shuffled)) {
            assertThat((double) item.raw()).isCloseTo(alone.get(item.item()), CLOSE);
        }
    }

    @Test
    void score_askedAgain_isKept_andTheSame() throws Exception {
        int[] history = {3, 1, 4};
        List<ScoredItem> first = score(environment, history, 5, 6);
        List<ScoredItem> again = score(environment, history, 6, 7, 5);
        assertThat(first).noneMatch(ScoredItem::kept);
        assertThat(again.stream().map(ScoredItem::kept)).containsExactly(true, false, true);
        assertThat(again.get(0).raw()).isEqualTo(first.get(1).raw());
        assertThat(again.get(0).reward()).isEqualTo(first.get(1).reward());
        assertThat(score(environment, new int[] {3, 1}, 5)).noneMatch(ScoredItem::kept);
        // of a history beyond the context the window is all that counts
        score(environment, new int[] {0, 0, 0, 1, 2, 3, 4, 5, 6}, 5);
        assertThat(score(environment, new int[] {9, 9, 9, 1, 2, 3, 4, 5, 6}, 5))
                .allMatch(ScoredItem::kept);
    }

    @Test
    void score_sameItemTwiceInABatch_isComputedOnce() throws Exception {
        var question = new RewardQuestion(new int[] {1}, new int[] {2});
        List<List<ScoredItem>> scored = environment.score(List.of(question, question), caller());
        assertThat(scored.get(0)).isEqualTo(scored.get(1));
    }

    @RepeatedTest(5)
    void augment_byReward_isTheBestOfTheNearest(RepetitionInfo repetition) throws Exception {
        var random = new Random(repetition.getCurrentRepetition());
        List<ActionQuestion> questions = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            questions.add(new ActionQuestion(history(random, 9), some(random, 4)));
        }
        List<List<PositiveAction>> actions =
                environment.augment(questions, THREE_OF_EIGHT, caller());
        for (int q = 0; q < questions.size(); q++) {
            assertActions(
                    actions.get(q),
                    questions.get(q).history(),
                    excluded(questions.get(q).history(), questions.get(q).excluded()));
        }
    }

    @Test
    void augment_whereExclusionsLeaveFewer_handsOutFewer() throws Exception {
        int[] almostAll = IntStream.range(2, TOY.items()).toArray();
        int[] all = IntStream.range(0, TOY.items()).toArray();
        List<List<PositiveAction>> actions =
                environment.augment(
                        List.of(
                                new ActionQuestion(new int[] {1}, almostAll),
                                new ActionQuestion(new int[] {}, all)),
                        new Selection(5, 50, 0, 0),
                        caller());
        assertThat(actions.get(0)).extracting(a -> a.scored().item()).containsExactly(0);
        assertThat(actions.get(1)).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 6, 7, 9, 16, 70})
    void annotate_anySequence_isWhatTheSingleQuestionsGive(int length) throws Exception {
        int[] items = new Random(length).ints(length, 0, 8).toArray();
        Annotation annotation = environment.annotate(items, Optional.of(THREE_OF_EIGHT), caller());
        assertThat(annotation.states()).hasSize((length + 1) * TOY.width());
        assertThat(annotation.rewards()).hasSize(length);
        assertThat(annotation.actions()).hasSize(length);
        for (int t = 0; t <= length; t++) {
            assertState(annotation.states(), t, Arrays.copyOf(items, t));
        }
        for (int t = 0; t < length; t++) {
            int[] history = Arrays.copyOf(items, t);
            assertThat(annotation.rewards().get(t).item()).isEqualTo(items[t]);
            assertScore(annotation.rewards().get(t), history);
            Annotation.Actions actions = annotation.actions().get(t);
            assertActions(actions.best(), history, excluded(history, items[t]));
            for (int i = 0; i < actions.best().size(); i++) {
                int[] next = Arrays.copyOf(items, t + 1);
                next[t] = actions.best().get(i).scored().item();
                assertState(actions.nextStates(), i, next);
            }
            List<PositiveAction> asked =
                    environment
                            .augment(
                                    List.of(new ActionQuestion(history, new int[] {items[t]})),
                                    THREE_OF_EIGHT,
                                    caller())
                            .getFirst();
            assertThat(asked)
                    .extracting(action -> action.scored().item())
                    .isEqualTo(actions.best().stream().map(a -> a.scored().item()).toList());
        }
    }

    @Test
    void annotate_drawing_drawsAsTheSingleQuestionDoes() throws Exception {
        int[] items = {1, 2, 3, 4, 5, 6, 7, 8, 1, 2};
        var drawn = new Selection(2, 10, 0.7, 42);
        Annotation annotation = environment.annotate(items, Optional.of(drawn), caller());
        Set<List<Integer>> different = new HashSet<>();
        for (int t = 0; t < items.length; t++) {
            var question = new ActionQuestion(Arrays.copyOf(items, t), new int[] {items[t]});
            List<Integer> asked =
                    environment.augment(List.of(question), drawn, caller()).getFirst().stream()
                            .map(action -> action.scored().item())
                            .toList();
            assertThat(annotation.actions().get(t).best())
                    .extracting(action -> action.scored().item())
                    .isEqualTo(asked);
            different.add(asked);
        }
        assertThat(different).hasSizeGreaterThan(3);
    }

    @Test
    void annotate_withoutSelection_givesNoActions() throws Exception {
        Annotation annotation = environment.annotate(new int[] {1, 2}, Optional.empty(), caller());
        assertThat(annotation.actions()).isEmpty();
        assertThat(annotation.rewards()).hasSize(2);
    }

    @Test
    void annotate_amongOthersAndAfterCalls_givesTheSameBits() throws Exception {
        int[] items = new Random(5).ints(23, 0, TOY.items()).toArray();
        Annotation alone;
        try (var fresh = load(new PassLimits(16, 40, 8), new Answers(1 << 20, 1 << 20))) {
            alone = fresh.annotate(items, Optional.of(THREE_OF_EIGHT), caller());
        }
        score(environment, items, 1, 2, 3);
        try (var others = java.util.concurrent.Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < 8; i++) {
                int[] more = new Random(i).ints(3 + i, 0, TOY.items()).toArray();
                var _ =
                        others.submit(() ->
                                environment.annotate(more, Optional.of(THREE_OF_EIGHT), caller()));
            }
            Annotation amongOthers =
                    environment.annotate(items, Optional.of(THREE_OF_EIGHT), caller());
            assertThat(amongOthers.states()).isEqualTo(alone.states());
            assertThat(amongOthers.rewards()).isEqualTo(alone.rewards());
            for (int t = 0; t < items.length; t++) {
                assertThat(amongOthers.actions().get(t).best())
                        .isEqualTo(alone.actions().get(t).best());
                assertThat(amongOthers.actions().get(t).nextStates())
                        .isEqualTo(alone.actions().get(t).nextStates());
            }
        }
    }

    private LanguageEnvironment load(PassLimits limits, Answers answers) {
        var bundle = ToyBundle.write(folder.resolve("bundle-" + System.nanoTime()), TOY);
        return new EnvironmentLoader(2, 1000, limits, answers, new PassStatistics())
                .load(bundle, new Version("environment", 1, bundle.digest()));
    }

    private static List<ScoredItem> score(
            LanguageEnvironment environment, int[] history, int... candidates)
            throws InterruptedException {
        return environment
                .score(List.of(new RewardQuestion(history, candidates)), caller())
                .getFirst();
    }

    private static void assertState(float[] states, int row, int[] history) {
        double[] expected = TOY.state(history);
        for (int d = 0; d < TOY.width(); d++) {
            assertThat((double) states[row * TOY.width() + d])
                    .as("state of %s", Arrays.toString(history))
                    .isCloseTo(expected[d], CLOSE);
        }
    }

    private static void assertScore(ScoredItem item, int[] history) {
        assertThat((double) item.raw())
                .as("R(%s, %d)", Arrays.toString(history), item.item())
                .isCloseTo(TOY.raw(history, item.item()), CLOSE);
        assertThat((double) item.reward()).isCloseTo(TOY.reward(history, item.item()), CLOSE);
    }

    private static void assertActions(
            List<PositiveAction> actions, int[] history, Set<Integer> excluded) {
        List<Integer> best =
                TOY.nearest(history, excluded, THREE_OF_EIGHT.candidates()).stream()
                        .sorted(
                                java.util.Comparator.comparingDouble(
                                        item -> -TOY.raw(history, item)))
                        .limit(THREE_OF_EIGHT.actions())
                        .toList();
        assertThat(actions)
                .as("after %s without %s", Arrays.toString(history), excluded)
                .extracting(action -> action.scored().item())
                .isEqualTo(best);
        for (PositiveAction action : actions) {
            assertScore(action.scored(), history);
            assertThat((double) action.similarity())
                    .isCloseTo(TOY.similarity(history, action.scored().item()), CLOSE);
        }
    }

    private static Set<Integer> excluded(int[] history, int... more) {
        Set<Integer> excluded = new HashSet<>();
        IntStream.concat(IntStream.of(history), IntStream.of(more)).forEach(excluded::add);
        return excluded;
    }

    private static int[] history(Random random, int longest) {
        return random.ints(random.nextInt(longest + 1), 0, TOY.items()).toArray();
    }

    private static int[] some(Random random, int count) {
        return random.ints(0, TOY.items()).distinct().limit(count).toArray();
    }

    private static Caller caller() {
        return new Caller(
                Lane.CALL, System.nanoTime() + Duration.ofSeconds(30).toNanos(), () -> false);
    }
}
