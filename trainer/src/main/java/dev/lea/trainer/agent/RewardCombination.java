package dev.lea.trainer.agent;

/// How the environment's reward r in (0, 1) meets the logged one.
public enum RewardCombination {
    /// The environment's takes its place.
    REPLACE,
    /// The logged reward times 2r. An indifferent r of 0.5 changes nothing.
    SHAPE,
    /// REPLACE where the data has one event type, SHAPE where it tells clicks from purchases.
    BY_EVENTS;

    /// @param events whether the data tells events apart
    float reward(float logged, float environment, boolean events) {
        return switch (this) {
            case REPLACE -> environment;
            case SHAPE -> logged * 2 * environment;
            case BY_EVENTS -> (events ? SHAPE : REPLACE).reward(logged, environment, events);
        };
    }
}
