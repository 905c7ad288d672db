package dev.lea.trainer.agent;

/// What an agent's update minimises.
public enum Algorithm {
    /// Cross entropy alone: the supervised recommender. See [SupervisedUpdate].
    SUPERVISED,
    /// Cross entropy and Q-learning on the logged actions. See [SqnLoss].
    SQN,
    /// SQN, which also learns from actions not taken. See [SnqnLoss].
    SNQN;

    /// Whether there is a Q head, and with it everything that the environment can give.
    public boolean learnsValues() {
        return this != SUPERVISED;
    }
}
