package dev.lea.trainer.agent;

/// What an agent's update minimises.
public enum Algorithm {
    /// Cross entropy alone: the supervised recommender. See [SupervisedUpdate].
    SUPERVISED,
    /// Cross entropy and Q-learning on the logged actions. See [SqnLoss].
    SQN,
    /// SQN first, then its cross entropy is weighted by the value of the logged action. See [SacLoss].
    SAC,
    /// SQN, which also learns from actions not taken. See [SnqnLoss].
    SNQN,
    /// SNQN first, then its cross entropy is weighted by the advantage of the logged action. See [Sa2cLoss].
    SA2C;

    /// Whether there is a Q head.
    public boolean learnsValues() {
        return this != SUPERVISED;
    }

    /// Whether actions that were not taken are sampled, and with them everything that the environment can give.
    public boolean learnsFromNegatives() {
        return this == SNQN || this == SA2C;
    }

    /// What is minimised until the values can be trusted as weights; the same where nothing is weighted.
    public Algorithm warmUp() {
        return switch (this) {
            case SUPERVISED, SQN, SNQN -> this;
            case SAC -> SQN;
            case SA2C -> SNQN;
        };
    }

    /// Whether it has two phases, see [ActorCriticSettings].
    public boolean weighsByValue() {
        return warmUp() != this;
    }
}
