package dev.lea.trainer.agent;

import dev.lea.serving.feature.HistoryFeature;
import dev.lea.serving.onnx.ElementType;
import dev.lea.serving.onnx.Tensor;
import dev.lea.trainer.data.CounterRandom;
import dev.lea.trainer.data.Sequence;
import dev.lea.trainer.data.Transitions;
import java.nio.FloatBuffer;
import java.nio.LongBuffer;
import java.util.LinkedHashMap;
import java.util.Map;

/// The inputs of one update, filled anew at every step: B transitions drawn uniformly, with the negatives and
/// dropout masks that go with them. All draws depend on the seed and the step alone.
///
/// With P actions that were or might have been taken (the logged one, then m positive ones) and J negatives:
/// | input | type, shape |
/// |---|---|
/// | `history`, `length` | int64 [B, L], [B]: s_t |
/// | `later_history`, `later_length` | int64 [B P, L], [B P]: s_t with each of the P actions appended |
/// | `actions` | int64 [B, P + J] |
/// | `rewards` | float [B, P] |
/// | `continues` | float [B, P]: 0 where the logged action ends its sequence, else 1 |
/// | `popularity` | float [B, P]: share of the training part's events that have the action, of one event at least |
/// | `shares` | float [B, m]: share of a positive action in their mean, 0 where there is none |
/// | `environment_states`, `later_environment_states` | float [B, W], [B P, W]: the environment's states of these histories |
/// | `dropout.*` | the masks, see [Dropout] |
///
/// Owns its tensors. Not thread-safe.
final class Batch implements AutoCloseable {
    static final String HISTORY = "history";
    static final String LENGTH = "length";
    static final String LATER_HISTORY = "later_history";
    static final String LATER_LENGTH = "later_length";
    static final String ACTIONS = "actions";
    static final String REWARDS = "rewards";
    static final String CONTINUES = "continues";
    static final String POPULARITY = "popularity";
    static final String SHARES = "shares";
    static final String STATES = "environment_states";
    static final String LATER_STATES = "later_environment_states";

    private static final int ABSENT = -1;

    private final AgentSettings settings;
    private final Transitions transitions;
    private final Annotations annotations;
    private final int items;
    private final int rows;
    private final int taken;
    private final int negatives;
    private final int[] ranks;
    private final HistoryFeature feature;
    private final int[] window;
    private final int[] drawn;
    private final float[] popularities;
    private final boolean events;
    private final Map<String, Tensor> masks = new LinkedHashMap<>();
    private final Map<String, Tensor> tensors = new LinkedHashMap<>();
    private final LongBuffer history;
    private final LongBuffer length;
    private final LongBuffer laterHistory;
    private final LongBuffer laterLength;
    private final LongBuffer actions;
    private final FloatBuffer rewards;
    private final FloatBuffer continues;
    private final FloatBuffer popularity;
    private final FloatBuffer shares;
    private final FloatBuffer states;
    private final FloatBuffer laterStates;

    Batch(AgentSettings settings, Update update, AgentData data) {
        this.settings = settings;
        this.transitions = data.transitions();
        this.annotations = data.annotations();
        this.items = data.items();
        this.rows = settings.batchSize();
        this.taken = taken(settings);
        this.negatives = negatives(settings);
        this.ranks = new int[settings.lea().positiveActions()];
        settings.expectCatalogue(items);
        int places = settings.encoder().historyLength();
        this.feature = new HistoryFeature(items, places);
        this.window = new int[places + 1];
        this.drawn = new int[rows];
        this.events = transitions.sequences().getFirst().hasEvents();
        this.popularities = popularities(transitions, items);
        long later = (long) rows * taken;
        long width = data.stateWidth(settings);
        history = longs(HISTORY, rows, places);
        length = longs(LENGTH, rows);
        laterHistory = longs(LATER_HISTORY, later, places);
        laterLength = longs(LATER_LENGTH, later);
        actions = longs(ACTIONS, rows, taken + negatives);
        rewards = floats(REWARDS, rows, taken);
        continues = floats(CONTINUES, rows, taken);
        popularity = floats(POPULARITY, rows, taken);
        shares = floats(SHARES, rows, taken - 1);
        states = floats(STATES, rows, width);
        laterStates = floats(LATER_STATES, later, width);
        update.dropout()
                .masks()
                .forEach((name, mask) ->
                        masks.put(name, Tensor.zeros(ElementType.FLOAT, mask.shape())));
        tensors.putAll(masks);
    }

    /// P: actions a transition looks at that were or might have been taken.
    static int taken(AgentSettings settings) {
        LeaSettings lea = settings.lea();
        return lea.variant().actions() ? 1 + lea.actionsAnUpdate() : 1;
    }

    /// J.
    static int negatives(AgentSettings settings) {
        return settings.algorithm().learnsFromNegatives() ? settings.q().negatives() : 0;
    }

    /// The inputs by name, as last filled.
    Map<String, Tensor> tensors() {
        return tensors;
    }

    /// The transition that was drawn for a row.
    int transition(int row) {
        return drawn[row];
    }

    /// Fills all inputs for a step.
    void fill(long step) {
        var random = CounterRandom.of(settings.seed(), "transitions", step);
        var choice = CounterRandom.of(settings.seed(), "positive actions", step);
        states.clear();
        laterStates.clear();
        for (int row = 0; row < rows; row++) {
            int transition = random.nextInt(transitions.size());
            drawn[row] = transition;
            int kept = history(transition);
            length.put(row, feature.write(window, 0, kept, history, row));
            actions.put(row * (taken + negatives), transitions.action(transition));
            if (settings.algorithm().learnsValues()) {
                logged(row, transition, kept);
                if (taken > 1) {
                    positives(row, transition, kept, choice);
                }
                negatives(row, random);
            }
        }
        masks(step);
    }

    /// Puts the history before a transition's action, as far back as it is looked at, into the window.
    ///
    /// @return items of it; there is room for one more
    private int history(int transition) {
        Sequence sequence = transitions.sequences().get(transitions.sequence(transition));
        int at = transitions.position(transition);
        int kept = Math.min(at, feature.length());
        sequence.copy(at - kept, at, window, 0);
        return kept;
    }

    /// Writes the history in the window with an action appended.
    private void later(int row, int kept, int action) {
        window[kept] = action;
        laterLength.put(row, feature.write(window, 0, kept + 1, laterHistory, row));
    }

    /// The logged action and the state that it led to.
    private void logged(int row, int transition, int kept) {
        Lea variant = settings.lea().variant();
        int at = row * taken;
        boolean ends = transitions.done(transition);
        later(at, kept, transitions.action(transition));
        rewards.put(
                at,
                variant.rewards()
                        ? combined(transition, annotations.reward(transition))
                        : transitions.reward(transition));
        continues.put(at, ends ? 0 : 1);
        popularity.put(at, popularities[transitions.action(transition)]);
        if (settings.lea().readsStates()) {
            annotations.state(transition, next(states));
            FloatBuffer state = next(laterStates);
            if (ends) {
                zero(state);
            } else {
                annotations.nextState(transition, state);
            }
        }
    }

    /// Positive actions of a transition: all, or some that are drawn without replacement.
    private void positives(int row, int transition, int kept, CounterRandom random) {
        int there =
                Math.min(annotations.positiveCount(transition), settings.lea().positiveActions());
        int present = Math.min(there, taken - 1);
        for (int rank = 0; rank < there; rank++) {
            ranks[rank] = rank;
        }
        for (int k = 0; k < taken - 1; k++) {
            if (k < present && present < there) {
                int chosen = k + random.nextInt(there - k);
                int rank = ranks[chosen];
                ranks[chosen] = ranks[k];
                ranks[k] = rank;
            }
            positive(row, transition, kept, k + 1, k < present ? ranks[k] : ABSENT);
            shares.put(row * (taken - 1) + k, k < present ? 1f / present : 0);
        }
    }

    /// The k-th action after the logged one and the state that it would lead to; where there is none, something that
    /// counts for nothing.
    ///
    /// @param rank among the transition's positive actions, or [#ABSENT]
    private void positive(int row, int transition, int kept, int k, int rank) {
        Lea variant = settings.lea().variant();
        int at = row * taken + k;
        boolean present = rank != ABSENT;
        int action =
                present ? annotations.positive(transition, rank) : transitions.action(transition);
        later(at, kept, action);
        actions.put(row * (taken + negatives) + k, action);
        rewards.put(
                at,
                present && variant.rewards()
                        ? combined(transition, annotations.positiveReward(transition, rank))
                        : transitions.reward(transition));
        continues.put(at, 1);
        popularity.put(at, popularities[action]);
        if (settings.lea().readsStates()) {
            FloatBuffer state = next(laterStates);
            if (present) {
                annotations.positiveState(transition, rank, state);
            } else {
                zero(state);
            }
        }
    }

    /// Uniform among the items that are none of the row's other actions.
    private void negatives(int row, CounterRandom random) {
        int first = row * (taken + negatives);
        for (int j = 0; j < negatives; j++) {
            int item;
            do {
                item = random.nextInt(items);
            } while (isTaken(first, item));
            actions.put(first + taken + j, item);
        }
    }

    private boolean isTaken(int first, int item) {
        for (int k = 0; k < taken; k++) {
            if (actions.get(first + k) == item) {
                return true;
            }
        }
        return false;
    }

    private float combined(int transition, float environment) {
        return settings.lea()
                .combination()
                .reward(transitions.reward(transition), environment, events);
    }

    /// The next row of a buffer of states, whose position moves on.
    private FloatBuffer next(FloatBuffer all) {
        int width = annotations.stateWidth();
        FloatBuffer row = all.slice(all.position(), width);
        all.position(all.position() + width);
        return row;
    }

    private static void zero(FloatBuffer state) {
        while (state.hasRemaining()) {
            state.put(0);
        }
    }

    private static float[] popularities(Transitions transitions, int items) {
        int[] counts = new int[items];
        for (int transition = 0; transition < transitions.size(); transition++) {
            counts[transitions.action(transition)]++;
        }
        float[] shares = new float[items];
        for (int item = 0; item < items; item++) {
            shares[item] = (float) Math.max(counts[item], 1) / transitions.size();
        }
        return shares;
    }

    /// Four elements a draw: sixteen bits decide one.
    private void masks(long step) {
        double rate = settings.encoder().dropout();
        int threshold = (int) Math.round(rate * 65_536);
        float kept = (float) (1 / (1 - rate));
        var random = CounterRandom.of(settings.seed(), "dropout", step);
        masks.values()
                .forEach(tensor -> {
                    FloatBuffer mask = tensor.floats();
                    int size = mask.capacity();
                    for (int i = 0; i < size; i += 4) {
                        long bits = random.nextLong();
                        for (int j = i; j < Math.min(i + 4, size); j++) {
                            mask.put(j, (bits & 0xFFFF) < threshold ? 0 : kept);
                            bits >>>= 16;
                        }
                    }
                });
    }

    private LongBuffer longs(String name, long... shape) {
        Tensor tensor = Tensor.zeros(ElementType.INT64, shape);
        tensors.put(name, tensor);
        return tensor.longs();
    }

    private FloatBuffer floats(String name, long... shape) {
        Tensor tensor = Tensor.zeros(ElementType.FLOAT, shape);
        tensors.put(name, tensor);
        return tensor.floats();
    }

    @Override
    public void close() {
        tensors.values().forEach(Tensor::close);
    }
}
