package dev.lea.environment.model;

/// Asks for the state of a history, or of all its prefixes.
///
/// @param history dense indices, oldest first
public record StateQuestion(int[] history, boolean allPrefixes) {}
