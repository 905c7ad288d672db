package dev.lea.trainer.agent;

import dev.lea.trainer.net.Value;

/// Supervised advantage actor-critic: SNQN whose cross entropy counts as much as the logged action is better
/// than those not taken.
/// ```
/// L   = mean( A rho CE + w ( L_q(a_t) + sum_j L_q-(a_j) ) )
/// A   = clip( Q(s, a_t) - ( Q(s, a_t) + sum_j Q(s, a_j) ) / (1 + J), 0, limit )
/// rho = clip( softmax(f)[a_t] / pop(a_t), least, greatest )^smooth
/// ```
/// A and rho carry no gradient; pop is an item's share of the training part's events. At first values mean nothing:
/// until then the loss is [SnqnLoss]'s, and the second phase has a fresh Adam with a rate of its own.
///
/// Source: Xin et al. 2022, arXiv:2111.03474, section 3.3; the clipping and rho are of its authors' code. The
/// weight w is ours; it is 1 there.
///
/// @param weight w
record Sa2cLoss(double weight, ActorCriticSettings actor) {
    /// The loss of each transition, float [rows]; see [SnqnLoss#perTransition].
    ///
    /// @param importance `A rho` of the logged action, [rows]
    Value perTransition(
            Value crossEntropy,
            Value importance,
            Value value,
            Value target,
            Value negativeValues,
            Value negativeTarget) {
        return new SnqnLoss(weight)
                .perTransition(
                        crossEntropy.multiply(importance),
                        value,
                        target,
                        negativeValues,
                        negativeTarget);
    }

    /// `A rho` of k actions a row, each beside the same negatives, float [rows, k]. No gradient passes.
    ///
    /// @param values         `Q_main(s, a)`, [rows, k]
    /// @param negativeValues `Q_main(s, a_j)`, [rows, J]
    /// @param crossEntropy   of the supervised head at the actions, [rows, k]; unused where smooth is 0
    /// @param popularity     `pop(a)`, [rows, k]; unused where smooth is 0
    Value importance(Value values, Value negativeValues, Value crossEntropy, Value popularity) {
        float share = 1f / (1 + negativeValues.size(-1));
        Value sum = values.add(negativeValues.sum(true, -1));
        Value advantage =
                values.subtract(sum.multiply(share)).clip(0, (float) actor.advantageLimit());
        if (actor.smooth() == 0) {
            return advantage.stopGradient();
        }
        Value ratio =
                crossEntropy
                        .negate()
                        .exp()
                        .divide(popularity)
                        .clip((float) actor.leastRatio(), (float) actor.greatestRatio());
        Value rho = ratio.log().multiply((float) actor.smooth()).exp();
        return advantage.multiply(rho).stopGradient();
    }
}
