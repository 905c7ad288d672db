package dev.lea.trainer.agent;

final class Batch {
    static final String HISTORY = "history";
    static final String LENGTH = "length";
    static final String LATER_HISTORY = "later_history";
    static final String LATER_LENGTH = "later_length";
    static final String ACTIONS = "actions";
    static final String REWARDS = "rewards";
    static final String CONTINUES = "continues";
    static final String SHARES = "shares";
    static final String STATES = "environment_states";
    static final String LATER_STATES = "later_environment_states";

    private Batch() {}

    static int taken(AgentSettings settings) {
        return 1 + (settings.lea().variant().actions() ? settings.lea().positiveActions() : 0);
    }

    static int negatives(AgentSettings settings) {
        return settings.algorithm() == Algorithm.SNQN ? settings.q().negatives() : 0;
    }
}
