package dev.lea.trainer.agent;

/// How the environment's reward r in (0, 1) meets the logged one.
public enum RewardCombination {
    /// The environment's takes its place: for data with one event type.
    REPLACE {
        @Override
        float reward(float logged, float environment) {
            return environment;
        }
    },
    /// The logged reward times 2r: for data with several event types. An indifferent r of 0.5 changes nothing.
    SHAPE {
        @Override
        float reward(float logged, float environment) {
            return logged * 2 * environment;
        }
    };

    abstract float reward(float logged, float environment);
}
