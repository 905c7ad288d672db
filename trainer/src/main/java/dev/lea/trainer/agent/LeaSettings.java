package dev.lea.trainer.agent;

import static dev.lea.serving.Checks.inRange;
import static java.util.Objects.requireNonNull;

/// How the environment's answers are used.
///
/// @param variant         which of them
/// @param stateUse        how its states enter
/// @param stateWeight     mu, weight of [StateUse#ALIGN], 0..100
/// @param combination     how its reward of a logged action meets the log's own
/// @param positiveActions m, positive actions a transition, 1..32
/// @param drawnActions    of these, drawn anew for each update, 0..m; their mean stands for the mean of all. 0: all
/// @param actionWeight    lambda, weight of what is learned from them, 0..10
public record LeaSettings(
        Lea variant,
        StateUse stateUse,
        double stateWeight,
        RewardCombination combination,
        int positiveActions,
        int drawnActions,
        double actionWeight) {
    public static final LeaSettings NONE =
            new LeaSettings(Lea.NONE, StateUse.JOIN, 1, RewardCombination.BY_EVENTS, 1, 0, 1);

    public LeaSettings {
        requireNonNull(variant, "variant");
        requireNonNull(stateUse, "stateUse");
        inRange("stateWeight", stateWeight, 0, 100);
        requireNonNull(combination, "combination");
        inRange("positiveActions", positiveActions, 1, 32);
        inRange("drawnActions", drawnActions, 0, positiveActions);
        inRange("actionWeight", actionWeight, 0, 10);
    }

    /// Positive actions that an update looks at, a transition.
    int actionsAnUpdate() {
        return drawnActions == 0 ? positiveActions : drawnActions;
    }

    /// Whether the environment's states are used, and used so.
    boolean uses(StateUse use) {
        return variant.states() && stateUse == use;
    }

    /// Whether updates read the environment's states.
    boolean readsStates() {
        return variant.states() && stateUse != StateUse.INITIALISE;
    }

    public LeaSettings withVariant(Lea variant) {
        return new LeaSettings(
                variant,
                stateUse,
                stateWeight,
                combination,
                positiveActions,
                drawnActions,
                actionWeight);
    }

    public LeaSettings withStateUse(StateUse stateUse) {
        return new LeaSettings(
                variant,
                stateUse,
                stateWeight,
                combination,
                positiveActions,
                drawnActions,
                actionWeight);
    }

    public LeaSettings withStateWeight(double stateWeight) {
        return new LeaSettings(
                variant,
                stateUse,
                stateWeight,
                combination,
                positiveActions,
                drawnActions,
                actionWeight);
    }

    public LeaSettings withCombination(RewardCombination combination) {
        return new LeaSettings(
                variant,
                stateUse,
                stateWeight,
                combination,
                positiveActions,
                drawnActions,
                actionWeight);
    }

    public LeaSettings withPositiveActions(int positiveActions) {
        return new LeaSettings(
                variant,
                stateUse,
                stateWeight,
                combination,
                positiveActions,
                drawnActions,
                actionWeight);
    }

    public LeaSettings withDrawnActions(int drawnActions) {
        return new LeaSettings(
                variant,
                stateUse,
                stateWeight,
                combination,
                positiveActions,
                drawnActions,
                actionWeight);
    }

    public LeaSettings withActionWeight(double actionWeight) {
        return new LeaSettings(
                variant,
                stateUse,
                stateWeight,
                combination,
                positiveActions,
                drawnActions,
                actionWeight);
    }
}
