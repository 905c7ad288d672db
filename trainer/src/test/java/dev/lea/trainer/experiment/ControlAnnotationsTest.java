package dev.lea.trainer.experiment;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lea.trainer.agent.Annotations;
import dev.lea.trainer.data.CounterRandom;
import dev.lea.trainer.data.Sequence;
import dev.lea.trainer.data.Transitions;
import dev.lea.trainer.experiment.Treatment.Kind;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ControlAnnotationsTest {
    private static final int ITEMS = 12;
    private static final Transitions TRANSITIONS = transitions();

    /// Two positive actions a transition, rewards that name it.
    private static final Annotations GIVEN =
            new Annotations() {
                @Override
                public int stateWidth() {
                    return 2;
                }

                @Override
                public void state(int transition, FloatBuffer out) {
                    out.put(transition).put(0);
                }

                @Override
                public void nextState(int transition, FloatBuffer out) {
                    out.put(transition).put(1);
                }

                @Override
                public float reward(int transition) {
                    return transition;
                }

                @Override
                public int positiveCount(int transition) {
                    return 2;
                }

                @Override
                public int positive(int transition, int rank) {
                    return rank;
                }

                @Override
                public float positiveReward(int transition, int rank) {
                    return 0.5f;
                }

                @Override
                public void positiveState(int transition, int rank, FloatBuffer out) {
                    out.put(transition).put(2);
                }
            };

    private static Transitions transitions() {
        List<Sequence> sequences = new ArrayList<>();
        for (int user = 0; user < 20; user++) {
            var random = CounterRandom.of(5, "controls", user);
            int[] items = new int[3 + random.nextInt(5)];
            Arrays.setAll(items, _ -> (int) (ITEMS * random.nextDouble() * random.nextDouble()));
            sequences.add(new Sequence("user" + user, items, null));
        }
        return Transitions.of(sequences);
    }

    private static Annotations control(Kind kind) {
        return ControlAnnotations.of(kind, GIVEN, TRANSITIONS, ITEMS, 1);
    }

    @ParameterizedTest
    @EnumSource(names = {"RANDOM_ACTIONS", "POPULAR_ACTIONS", "KNN_ACTIONS"})
    void actions_areAsManyOthers_neitherOfTheHistoryNorTheNext(Kind kind) {
        Annotations control = control(kind);
        for (int t = 0; t < TRANSITIONS.size(); t++) {
            assertThat(control.positiveCount(t)).isEqualTo(2);
            int first = control.positive(t, 0);
            int second = control.positive(t, 1);
            assertThat(first).isNotEqualTo(second).isBetween(0, ITEMS - 1);
            assertThat(new int[] {TRANSITIONS.action(t)}).doesNotContain(first, second);
            assertThat(TRANSITIONS.history(t)).doesNotContain(first, second);
            assertThat(control.reward(t)).isEqualTo(t);
        }
    }

    @Test
    void popularActions_ofAnEmptyHistory_areTheMostChosenOthers() {
        int[] counts = new int[ITEMS];
        IntStream.range(0, TRANSITIONS.size()).forEach(t -> counts[TRANSITIONS.action(t)]++);
        int best = TRANSITIONS.action(0) == 0 ? 1 : 0;
        for (int item = 0; item < ITEMS; item++) {
            best = item != TRANSITIONS.action(0) && counts[item] > counts[best] ? item : best;
        }
        assertThat(control(Kind.POPULAR_ACTIONS).positive(0, 0)).isEqualTo(best);
    }

    @Test
    void shuffledRewards_areTheSameOnesElsewhere() {
        Annotations control = control(Kind.SHUFFLED_REWARDS);
        List<Float> rewards = new ArrayList<>();
        int moved = 0;
        for (int t = 0; t < TRANSITIONS.size(); t++) {
            rewards.add(control.reward(t));
            moved += control.reward(t) == t ? 0 : 1;
            assertThat(control.positive(t, 1)).isEqualTo(1);
        }
        assertThat(rewards.stream().sorted().map(Float::intValue).toList())
                .isEqualTo(IntStream.range(0, TRANSITIONS.size()).boxed().toList());
        assertThat(moved).isGreaterThan(TRANSITIONS.size() / 2);
    }
}
