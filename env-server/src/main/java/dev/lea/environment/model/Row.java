package dev.lea.environment.model;

import dev.lea.serving.feature.PackedSequence;

/// One packed sequence that is yet to be built, and where its answers go.
///
/// @param offset  index of its first answer among all
/// @param reads   answers that are read from it
/// @param length  places
/// @param packing builds it
record Row(int offset, int reads, int length, Packing packing) {
    @FunctionalInterface
    interface Packing {
        /// @param slots receives where each answer is read
        PackedSequence pack(int[] slots);
    }
}
