package dev.lea.agent;

import java.util.Optional;

/// One request in dense item indices, checked against the catalogue of the version that answers it.
///
/// @param history      oldest first; may be empty and longer than the policy reads
/// @param excluded     items that get no score
/// @param allowed      the allow-list
/// @param unrestricted whether the allow-list does not count
/// @param k            items wanted, 1..n
/// @param sampling     how to draw; empty for the k best
record Query(
        int[] history,
        int[] excluded,
        int[] allowed,
        boolean unrestricted,
        int k,
        Optional<Sampling> sampling) {}
