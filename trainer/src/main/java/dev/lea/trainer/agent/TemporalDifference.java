package dev.lea.trainer.agent;

import static dev.lea.serving.Checks.inRange;

import dev.lea.trainer.net.Value;

/// One-step Q-learning towards double Q targets.
/// ```
/// y = r + gamma (1 - done) Q_target(s', argmax_a Q_main(s', a))        L_q = 0.5 (y - Q_main(s, a))^2
/// ```
/// Source: van Hasselt et al. 2016, arXiv:1509.06461, in the form of Xin et al. 2020, arXiv:2006.05779: two full
/// networks, of which each step trains one and reads the other as the target.
///
/// @param gamma discount, 0..1
record TemporalDifference(double gamma) {
    TemporalDifference {
        inRange("gamma", gamma, 0, 1);
    }

    /// `y`, through which no gradient passes. All arguments have the shape of the result.
    ///
    /// @param continues 0 where s' ends the sequence, else 1
    /// @param bootstrap `Q_target(s', argmax_a Q_main(s', a))`
    Value target(Value reward, Value continues, Value bootstrap) {
        return reward.add(continues.multiply(bootstrap).multiply((float) gamma)).stopGradient();
    }

    /// `y` of an action that was not taken: no reward, the state stays, never the end.
    Value targetOfNegatives(Value bootstrap) {
        return bootstrap.multiply((float) gamma).stopGradient();
    }

    /// `L_q`, element by element; shapes broadcast.
    static Value loss(Value value, Value target) {
        Value error = target.subtract(value);
        return error.multiply(error).multiply(0.5f);
    }
}
