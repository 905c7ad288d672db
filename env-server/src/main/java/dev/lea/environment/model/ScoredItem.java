package dev.lea.environment.model;

/// An item with its reward after a history.
///
/// @param reward in (0, 1)
/// @param raw    the score head's output R
/// @param kept   true if the score was computed for an earlier question
public record ScoredItem(int item, float reward, float raw, boolean kept) {}
