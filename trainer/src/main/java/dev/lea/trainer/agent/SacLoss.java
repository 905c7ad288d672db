package dev.lea.trainer.agent;

import dev.lea.trainer.net.Value;

/// Self-supervised actor-critic: SQN whose cross entropy counts as much as the logged action is worth.
/// ```
/// L = mean( Q_main(s_t, a_t) CE + w L_q )
/// ```
/// The value that weighs carries no gradient. At first values mean nothing: until then the loss is [SqnLoss]'s.
///
/// Source: Xin et al. 2020, arXiv:2006.05779, equation 9. The weight w is ours; it is 1 there.
///
/// @param weight w
record SacLoss(double weight) {
    /// The loss of each transition, float [rows].
    ///
    /// @param crossEntropy of the supervised head at the logged action, [rows]
    /// @param value        `Q_main(s_t, a_t)`, [rows]
    /// @param target       `y`, [rows]
    Value perTransition(Value crossEntropy, Value value, Value target) {
        Value weighted = crossEntropy.multiply(value.stopGradient());
        return new SqnLoss(weight).perTransition(weighted, value, target);
    }
}
