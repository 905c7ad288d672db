package dev.lea.environment.model;

/// Asks for the rewards of candidates after a history.
///
/// @param history    dense indices, oldest first
/// @param candidates different items
public record RewardQuestion(int[] history, int[] candidates) {}
