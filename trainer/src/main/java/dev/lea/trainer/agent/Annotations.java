package dev.lea.trainer.agent;

import java.nio.FloatBuffer;

/// What the environment said about each transition `(s_t, a_t)` of the training part, by the transition's
/// index. Depends on the data and the environment's version alone. Read from one thread at a time.
public interface Annotations {
    /// Elements of a state.
    int stateWidth();

    /// Writes the environment's state of the history before the action: `stateWidth` floats from the
    /// buffer's position on.
    void state(int transition, FloatBuffer out);

    /// Writes the environment's state of the history with the action appended. Never asked for where the
    /// transition ends its sequence.
    void nextState(int transition, FloatBuffer out);

    /// Reward of the logged action, in (0, 1).
    float reward(int transition);

    /// Positive actions there are, best first.
    int positiveCount(int transition);

    /// Dense index of a positive action: neither the logged action nor an item of the history.
    int positive(int transition, int rank);

    /// Reward of a positive action, in (0, 1).
    float positiveReward(int transition, int rank);

    /// Writes the environment's state of the history with a positive action appended.
    void positiveState(int transition, int rank, FloatBuffer out);
}
