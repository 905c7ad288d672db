package dev.lea.trainer.agent;

import dev.lea.trainer.net.Value;

/// Self-supervised negative Q-learning: SQN, which also learns that actions not taken earn nothing.
/// ```
/// L = mean( CE + w ( L_q(a_t) + sum_j L_q-(a_j) ) )
/// y- = 0 + gamma Q_target(s_t, argmax_a Q_main(s_t, a))               L_q-(a_j) = 0.5 (y- - Q_main(s_t, a_j))^2
/// ```
/// The negatives a_j are drawn uniformly from the items other than a_t. The state does not change when an
/// action is not taken, so `y-` bootstraps from s_t and is never masked by the end of the sequence.
///
/// Source: Xin et al. 2022, arXiv:2111.03474, section 3.2. The weight w is ours; it is 1 there.
///
/// @param weight w
record SnqnLoss(double weight) {
    /// The loss of each transition, float [rows].
    ///
    /// @param crossEntropy    of the supervised head at the logged action, [rows]
    /// @param value           `Q_main(s_t, a_t)`, [rows]
    /// @param target          `y`, [rows]
    /// @param negativeValues  `Q_main(s_t, a_j)`, [rows, negatives]
    /// @param negativeTarget  `y-`, [rows]
    Value perTransition(
            Value crossEntropy,
            Value value,
            Value target,
            Value negativeValues,
            Value negativeTarget) {
        Value negatives =
                TemporalDifference.loss(negativeValues, negativeTarget.reshape(-1, 1))
                        .sum(false, -1)
                        .multiply((float) weight);
        return new SqnLoss(weight).perTransition(crossEntropy, value, target).add(negatives);
    }
}
