package dev.lea.environment.model;

/// Asks for the states of the prefixes of `first..last` items of a sequence, all seen from item `start`.
record Trunk(int[] items, int start, int first, int last) {
    int states() {
        return last - first + 1;
    }
}
