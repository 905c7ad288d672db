package dev.lea.environment.model;

import dev.lea.serving.feature.PackedSequence;
import java.util.Optional;
import java.util.function.Consumer;

/// One packed sequence that is yet to be built, and where its answers go.
///
/// @param offset   index of its first answer among all
/// @param reads    answers that are read from it
/// @param packing  builds it
/// @param length   places that are run: those behind the ones that are remembered
/// @param recall   its places that are not run
/// @param remember takes what its trunk is remembered by
record Row(
        int offset,
        int reads,
        Packing packing,
        int length,
        Recall recall,
        Optional<Consumer<KeyValues>> remember) {
    @FunctionalInterface
    interface Packing {
        /// @param slots receives where each answer is read
        PackedSequence pack(int[] slots);
    }

    /// The first places of a row's trunk, remembered from an earlier run.
    ///
    /// @param keyValues of these places, or of more
    /// @param places    0 or more, but less than `trunk`: something must be run
    /// @param trunk     places of the whole trunk
    record Recall(KeyValues keyValues, int places, int trunk) {
        Recall {
            if (places < 0 || places >= trunk || places > keyValues.places()) {
                throw new IllegalArgumentException(
                        "%d places of a trunk of %d from %d remembered ones"
                                .formatted(places, trunk, keyValues.places()));
            }
        }
    }

    /// The places that are run.
    ///
    /// @param slots receives where each answer is read among them
    PackedSequence pack(int[] slots) {
        PackedSequence whole = packing.pack(slots);
        for (int i = 0; i < slots.length; i++) {
            slots[i] -= recall.places;
        }
        return whole.from(recall.places);
    }
}
