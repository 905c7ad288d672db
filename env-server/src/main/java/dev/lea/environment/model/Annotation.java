package dev.lea.environment.model;

import java.util.List;

/// Everything the environment says of one sequence of T items.
///
/// @param states  [T + 1, D]: row t after the first t items
/// @param rewards T: of item t after the t before it
/// @param actions T, or none when none were asked for: what follows the first t items
public record Annotation(float[] states, List<ScoredItem> rewards, List<Actions> actions) {
    /// Positive actions after one prefix.
    ///
    /// @param best       the highest reward first
    /// @param nextStates [actions, D]: the state of the prefix with that action appended
    public record Actions(List<PositiveAction> best, float[] nextStates) {}
}
