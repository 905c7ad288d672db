package dev.lea.trainer.agent;

/// By what a policy knows an item, when it reads one and when it scores one.
public enum ItemHead {
    /// A vector an item, learned from the log: for the items of the training data alone.
    FIXED,
    /// A learned map of the item's row in the environment's table, which stays as it is: for whatever item gets such
    /// a row, so also for one that is registered by its text after training.
    TOKENS
}
