package dev.lea.trainer.annotation;

import dev.lea.serving.Failure;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.zip.CRC32C;

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

    /// Big-endian: the width, T, states, rewards; for each item the number of positive actions, their indices,
    /// rewards and states; CRC-32C of all before it.
    byte[] toBytes() {
        int size = 12 + 4 * (states.length + rewards.length);
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
        bytes.putInt(sum(bytes.array(), bytes.position()));
        return bytes.array();
    }

    /// @throws Failure.Corrupt if they are not what [#toBytes] gave
    static AnnotatedSequence of(byte[] data) {
        try {
            int content = data.length - Integer.BYTES;
            ByteBuffer bytes = ByteBuffer.wrap(data);
            if (content < 0 || bytes.getInt(content) != sum(data, content)) {
                throw new Failure.Corrupt(
                        "ANNOTATION_ALTERED",
                        "a kept annotation does not have the checksum it was written with");
            }
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

    private static int sum(byte[] data, int length) {
        var sum = new CRC32C();
        sum.update(data, 0, length);
        return (int) sum.getValue();
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
