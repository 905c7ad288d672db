package dev.lea.environment.model;

/// Asks for positive actions after a history.
///
/// @param history  dense indices, oldest first; never handed out
/// @param excluded further items that are never handed out
public record ActionQuestion(int[] history, int[] excluded) {}
