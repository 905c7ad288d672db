package dev.lea.trainer.agent;

import dev.lea.trainer.data.CounterRandom;
import dev.lea.trainer.data.Sequence;
import dev.lea.trainer.data.Transitions;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;

/// A small world with a rule: after item i comes item 3 i + 1 (modulo n), four times out of five; else some
/// item, the low ones more often.
final class Tiny {
    static final int ITEMS = 40;
    static final int STATE_WIDTH = 6;
    static final int COLUMNS = 9;

    static final AgentSettings SETTINGS =
            AgentSettings.DEFAULT
                    .withBatchSize(32)
                    .withLearningRate(0.01)
                    .withEncoder(
                            EncoderSettings.DEFAULT
                                    .withHidden(16)
                                    .withHistoryLength(5)
                                    .withDropout(0.1));

    private Tiny() {}

    static List<Sequence> sequences(long seed, int users) {
        List<Sequence> sequences = new ArrayList<>();
        for (int user = 0; user < users; user++) {
            var random = CounterRandom.of(seed, "tiny", user);
            int[] items = new int[4 + random.nextInt(6)];
            for (int t = 0; t < items.length; t++) {
                double any = random.nextDouble();
                items[t] =
                        t > 0 && random.nextInt(5) > 0
                                ? (3 * items[t - 1] + 1) % ITEMS
                                : (int) (any * any * ITEMS);
            }
            sequences.add(new Sequence("user" + user, items, null));
        }
        return sequences;
    }

    static AgentData data(int users) {
        return new AgentData(ITEMS, Transitions.of(sequences(1, users)), null, "tiny");
    }

    /// Data with an environment that knows the rule, and has nothing to add for every fifth transition.
    static AgentData annotated(int users) {
        return annotated(users, 1);
    }

    /// @param scale of the environment's rewards
    static AgentData annotated(int users, float scale) {
        var transitions = Transitions.of(sequences(1, users));
        float[][] tokens = new float[ITEMS][STATE_WIDTH];
        for (int item = 0; item < ITEMS; item++) {
            for (int i = 0; i < STATE_WIDTH; i++) {
                tokens[item][i] = (float) Math.sin(item * (i + 1.0));
            }
        }
        return new AgentData(
                ITEMS,
                transitions,
                new Rule(transitions, scale),
                tokens,
                PolicyItems.of(rows()),
                "tiny, annotated");
    }

    /// Rows by which the rule can be told: two angles an item.
    static ItemRows rows() {
        float[] elements = new float[ITEMS * COLUMNS];
        for (int item = 0; item < ITEMS; item++) {
            for (int c = 0; c < COLUMNS; c++) {
                double angle = 2 * Math.PI * item * (1 + c / 2) / ITEMS;
                elements[item * COLUMNS + c] =
                        (float) (c % 2 == 0 ? Math.sin(angle) : Math.cos(angle));
            }
        }
        return new ItemRows(ITEMS, COLUMNS, elements);
    }

    private record Rule(Transitions transitions, float scale) implements Annotations {
        @Override
        public int stateWidth() {
            return STATE_WIDTH;
        }

        @Override
        public void state(int transition, FloatBuffer out) {
            write(transition, out);
        }

        @Override
        public void nextState(int transition, FloatBuffer out) {
            write(transitions.action(transition), out);
        }

        @Override
        public float reward(int transition) {
            return scale * (0.25f + transition % 3 * 0.25f);
        }

        @Override
        public int positiveCount(int transition) {
            return transition % 5 == 0 ? 0 : 1 + transition % 2;
        }

        @Override
        public int positive(int transition, int rank) {
            return (transitions.action(transition) + 1 + rank) % ITEMS;
        }

        @Override
        public float positiveReward(int transition, int rank) {
            return 0.5f;
        }

        @Override
        public void positiveState(int transition, int rank, FloatBuffer out) {
            write(positive(transition, rank), out);
        }

        private static void write(int from, FloatBuffer out) {
            for (int i = 0; i < STATE_WIDTH; i++) {
                out.put((float) Math.sin(from * (i + 1.0)));
            }
        }
    }
}
