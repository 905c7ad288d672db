package dev.lea.trainer.agent;

import dev.lea.trainer.net.Value;

/// What a transition learns from actions that the environment expects the user to like although the log
/// does not hold them:
/// ```
/// lambda sum_k u_k ( CE(f(s_t), a_k) + w L_q(s_t, a_k, r_k) )         u_k = 1 / (number of such actions)
/// ```
/// `L_q` bootstraps from the history with a_k appended, which never ends a sequence.
///
/// Source: the augmentation of arXiv:2403.16948. The paper's text is not available to us: the mean over the
/// actions, lambda, and Q's share in it are ours.
///
/// @param lambda weight of the whole
/// @param weight w, as in the loss of the logged action
record PositiveActionLoss(double lambda, double weight) {
    /// The loss of each transition, float [rows].
    ///
    /// @param crossEntropy of the supervised head at the actions, [rows, m]
    /// @param values       `Q_main(s_t, a_k)`, [rows, m]
    /// @param targets      `y_k`, [rows, m]
    /// @param shares       `u_k`, [rows, m]; 0 where there is no action
    Value perTransition(Value crossEntropy, Value values, Value targets, Value shares) {
        Value q = TemporalDifference.loss(values, targets).multiply((float) weight);
        return crossEntropy.add(q).multiply(shares).sum(false, -1).multiply((float) lambda);
    }
}
