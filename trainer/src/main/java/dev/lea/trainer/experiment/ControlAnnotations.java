package dev.lea.trainer.experiment;

import dev.lea.trainer.agent.Annotations;
import dev.lea.trainer.data.CounterRandom;
import dev.lea.trainer.data.Transitions;
import dev.lea.trainer.evaluation.ItemKnn;
import dev.lea.trainer.evaluation.Popularity;
import dev.lea.trainer.evaluation.Scorer;
import dev.lea.trainer.experiment.Treatment.Kind;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.List;

/// An LE's annotations of which one part is replaced by what needs no LE: as many positive actions as it gave, but
/// others, or the same rewards, but of other transitions. What helps as much as this does not come from the LE.
///
/// @param given   what the LE said
/// @param rewards transition whose reward each transition gets
/// @param actions positive actions of each transition, or null where the LE's stay
record ControlAnnotations(Annotations given, int[] rewards, int[][] actions)
        implements Annotations {
    /// @param items n
    /// @param seed  of what is drawn
    static Annotations of(
            Kind kind, Annotations given, Transitions transitions, int items, long seed) {
        int[] own = new int[transitions.size()];
        Arrays.setAll(own, t -> t);
        return switch (kind) {
            case NONE, VARIED, UNADAPTED_STATES -> given;
            case SHUFFLED_REWARDS -> {
                CounterRandom.of(seed, "shuffled_rewards", 0).shuffle(own);
                yield new ControlAnnotations(given, own, null);
            }
            case RANDOM_ACTIONS ->
                    new ControlAnnotations(given, own, random(given, transitions, items, seed));
            case POPULAR_ACTIONS ->
                    new ControlAnnotations(
                            given,
                            own,
                            best(
                                    Popularity.of(transitions.sequences(), items),
                                    given,
                                    transitions,
                                    items));
            case KNN_ACTIONS ->
                    new ControlAnnotations(
                            given,
                            own,
                            best(
                                    ItemKnn.of(transitions.sequences(), items),
                                    given,
                                    transitions,
                                    items));
        };
    }

    private static int[][] random(
            Annotations given, Transitions transitions, int items, long seed) {
        int[][] actions = new int[transitions.size()][];
        for (int t = 0; t < actions.length; t++) {
            var random = CounterRandom.of(seed, "random_actions", t);
            boolean[] taken = taken(transitions, t, items);
            int free = items;
            for (boolean one : taken) {
                free -= one ? 1 : 0;
            }
            actions[t] = new int[Math.min(given.positiveCount(t), free)];
            for (int k = 0; k < actions[t].length; k++) {
                int item = random.nextInt(items);
                while (taken[item]) {
                    item = random.nextInt(items);
                }
                taken[item] = true;
                actions[t][k] = item;
            }
        }
        return actions;
    }

    private static int[][] best(
            Scorer scorer, Annotations given, Transitions transitions, int items) {
        int[][] actions = new int[transitions.size()][];
        float[] scores = new float[items];
        for (int t = 0; t < actions.length; t++) {
            scorer.score(List.of(transitions.history(t)), scores);
            boolean[] taken = taken(transitions, t, items);
            actions[t] = new int[given.positiveCount(t)];
            int found = 0;
            for (int k = 0; k < actions[t].length; k++) {
                int best = -1;
                for (int item = 0; item < items; item++) {
                    if (!taken[item] && (best < 0 || scores[item] > scores[best])) {
                        best = item;
                    }
                }
                if (best >= 0) {
                    taken[best] = true;
                    actions[t][found++] = best;
                }
            }
            actions[t] = Arrays.copyOf(actions[t], found);
        }
        return actions;
    }

    /// Items of the history and the one that came next.
    private static boolean[] taken(Transitions transitions, int transition, int items) {
        boolean[] taken = new boolean[items];
        for (int item : transitions.history(transition)) {
            taken[item] = true;
        }
        taken[transitions.action(transition)] = true;
        return taken;
    }

    @Override
    public int stateWidth() {
        return given.stateWidth();
    }

    @Override
    public void state(int transition, FloatBuffer out) {
        given.state(transition, out);
    }

    @Override
    public void nextState(int transition, FloatBuffer out) {
        given.nextState(transition, out);
    }

    @Override
    public float reward(int transition) {
        return given.reward(rewards[transition]);
    }

    @Override
    public int positiveCount(int transition) {
        return actions == null ? given.positiveCount(transition) : actions[transition].length;
    }

    @Override
    public int positive(int transition, int rank) {
        return actions == null ? given.positive(transition, rank) : actions[transition][rank];
    }

    /// Known only of the LE's own actions: controls of actions leave rewards and states out.
    @Override
    public float positiveReward(int transition, int rank) {
        return given.positiveReward(transition, rank);
    }

    @Override
    public void positiveState(int transition, int rank, FloatBuffer out) {
        given.positiveState(transition, rank, out);
    }
}
