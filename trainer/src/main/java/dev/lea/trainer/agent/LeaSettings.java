package dev.lea.trainer.agent;

import static dev.lea.serving.Checks.inRange;
import static java.util.Objects.requireNonNull;

/// How the environment's answers are used.
///
/// @param variant         which of them
/// @param combination     how its reward of a logged action meets the log's own
/// @param positiveActions m, positive actions a transition, 1..32
/// @param actionWeight    lambda, weight of what is learned from them, 0..10
public record LeaSettings(
        Lea variant, RewardCombination combination, int positiveActions, double actionWeight) {
    public static final LeaSettings NONE =
            new LeaSettings(Lea.NONE, RewardCombination.REPLACE, 1, 1);

    public LeaSettings {
        requireNonNull(variant, "variant");
        requireNonNull(combination, "combination");
        inRange("positiveActions", positiveActions, 1, 32);
        inRange("actionWeight", actionWeight, 0, 10);
    }

    public LeaSettings withVariant(Lea variant) {
        return new LeaSettings(variant, combination, positiveActions, actionWeight);
    }

    public LeaSettings withCombination(RewardCombination combination) {
        return new LeaSettings(variant, combination, positiveActions, actionWeight);
    }

    public LeaSettings withPositiveActions(int positiveActions) {
        return new LeaSettings(variant, combination, positiveActions, actionWeight);
    }

    public LeaSettings withActionWeight(double actionWeight) {
        return new LeaSettings(variant, combination, positiveActions, actionWeight);
    }
}
