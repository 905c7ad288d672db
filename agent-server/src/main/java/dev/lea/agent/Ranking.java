package dev.lea.agent;

/// What a policy recommends: parallel arrays, best first or in the order drawn, without empty places.
///
/// @param items        dense indices
/// @param scores       logits
/// @param propensities chance of each at its place, given those before it; 1 where nothing was drawn
record Ranking(int[] items, float[] scores, float[] propensities) {}
