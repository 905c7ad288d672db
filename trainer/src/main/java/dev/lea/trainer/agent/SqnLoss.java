package dev.lea.trainer.agent;

import dev.lea.trainer.net.Value;

/// Self-supervised Q-learning: `mean( CE + w L_q )`.
///
/// Source: Xin et al. 2020, arXiv:2006.05779, equation 7. The weight w is ours; it is 1 there.
///
/// @param weight w
record SqnLoss(double weight) {
    /// The loss of each transition, float [rows].
    ///
    /// @param crossEntropy of the supervised head at the logged action, [rows]
    /// @param value        `Q_main(s_t, a_t)`, [rows]
    /// @param target       `y`, [rows]
    Value perTransition(Value crossEntropy, Value value, Value target) {
        return crossEntropy.add(TemporalDifference.loss(value, target).multiply((float) weight));
    }
}
