package dev.lea.trainer.annotation;

import dev.lea.serving.Failure;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;

/// What the LE said of one sequence of T items.
///
/// @param width         floats of a state, D
/// @param states        [T + 1, D]: row t is the state after t items
/// @param rewards       [T]: of item t after the t items before it
/// @param positives     [T][m]: items that the LE expects after t items, best first; fewer than m where there
///                      are no more
/// @param positiveRewards  [T][m]
/// @param positiveStates   [T][m * D]: states of the prefix with that item appended
public record AnnotatedSequence(
        int width,
        float[] states,
        float[] rewards,
        int[][] positives,
        float[][] positiveRewards,
        float[][] positiveStates) {
    /// T.
    public int length() {
        return rewards.length;
    }

    byte[] toBytes() {
        int size = 8 + 4 * (states.length + rewards.length);
        for (int t = 0; t < length(); t++) {
            size += 4 + 4 * (2 * positives[t].length + positiveStates[t].length);
        }
        ByteBuffer bytes = ByteBuffer.allocate(size);
        bytes.putInt(width).putInt(length());
        put(bytes, states);
        put(bytes, rewards);
        for (int t = 0; t < length(); t++) {
            bytes.putInt(positives[t].length);
            for (int item : positives[t]) {
                bytes.putInt(item);
            }
            put(bytes, positiveRewards[t]);
            put(bytes, positiveStates[t]);
        }
        return bytes.array();
    }

    static AnnotatedSequence of(byte[] data) {
        try {
            ByteBuffer bytes = ByteBuffer.wrap(data);
            int width = bytes.getInt();
            int length = bytes.getInt();
            float[] states = floats(bytes, (length + 1) * width);
            float[] rewards = floats(bytes, length);
            int[][] positives = new int[length][];
            float[][] positiveRewards = new float[length][];
            float[][] positiveStates = new float[length][];
            for (int t = 0; t < length; t++) {
                positives[t] = new int[bytes.getInt()];
                for (int k = 0; k < positives[t].length; k++) {
                    positives[t][k] = bytes.getInt();
                }
                positiveRewards[t] = floats(bytes, positives[t].length);
                positiveStates[t] = floats(bytes, positives[t].length * width);
            }
            return new AnnotatedSequence(
                    width, states, rewards, positives, positiveRewards, positiveStates);
        } catch (BufferUnderflowException | NegativeArraySizeException e) {
            throw new Failure.Corrupt("ANNOTATION_UNREADABLE", "a kept annotation is not whole", e);
        }
    }

    private static void put(ByteBuffer bytes, float[] floats) {
        for (float f : floats) {
            bytes.putFloat(f);
        }
    }

    private static float[] floats(ByteBuffer bytes, int count) {
        float[] floats = new float[count];
        for (int i = 0; i < count; i++) {
            floats[i] = bytes.getFloat();
        }
        return floats;
    }
}
