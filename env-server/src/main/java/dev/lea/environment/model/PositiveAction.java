package dev.lea.environment.model;

/// An item that the environment expects to follow a history.
///
/// @param similarity cosine between the state and the item's key
public record PositiveAction(ScoredItem scored, float similarity) {}
