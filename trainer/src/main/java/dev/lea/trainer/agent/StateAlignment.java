package dev.lea.trainer.agent;

import dev.lea.trainer.net.Value;

/// Draws the encoder's states towards the environment's: `mu (1 - cos(W' s_t, s^e_t))`, W' learned.
///
/// A choice of ours beside the joining of states. Where the environment gave no state (a row of zeros) there is
/// nothing to be drawn to: no gradient.
///
/// @param weight mu
record StateAlignment(double weight) {
    /// The loss of each transition, float [rows].
    ///
    /// @param projected   `W' s_t`, [rows, width]
    /// @param environment `s^e_t`, [rows, width]
    Value perTransition(Value projected, Value environment) {
        Value cosine = projected.unitLength().multiply(environment.unitLength()).sum(false, -1);
        return cosine.negate().add(1).multiply((float) weight);
    }
}
