package dev.lea.trainer.environment;

/// The tokens of the items' texts, before any log is seen.
///
/// @param width      D
/// @param elements   z: [items, D]; centred over the catalogue, each row about `scale` long; 0 for an item
///                   without text
/// @param scale      mean length of the model's word embeddings
/// @param lossBefore mean cross entropy a word of the items' texts, given the starting tokens
/// @param lossAfter  the same, given the fitted ones
public record ItemTokens(
        int width, float[] elements, double scale, double lossBefore, double lossAfter) {}
