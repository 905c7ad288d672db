package dev.lea.trainer.net;

import dev.lea.serving.onnx.ElementType;

/// Rotary position embedding (Su et al. 2021) in the half-split layout of Llama checkpoints: element i of
/// the first half of a head is rotated with element i of the second by `position * frequency_i`.
///
/// @param cosines float [..., length, d / 2]
/// @param sines   float [..., length, d / 2]
public record Rotary(Value cosines, Value sines) {
    /// The rotations at some positions. They are computed when the graph runs, so that no table bounds them.
    ///
    /// @param position    int64 [..., length]; broadcasts with the heads' dimensions before the last
    /// @param frequencies angle a position, one for each pair of elements: d / 2
    public static Rotary at(Value position, double[] frequencies) {
        float[] rounded = new float[frequencies.length];
        for (int i = 0; i < rounded.length; i++) {
            rounded[i] = (float) frequencies[i];
        }
        Value perPosition =
                position.graph.constant("rotary.frequencies", rounded, frequencies.length);
        Value angles = position.cast(ElementType.FLOAT).unsqueeze(-1).multiply(perPosition);
        return new Rotary(angles.cos(), angles.sin());
    }

    /// Rotates heads.
    ///
    /// @param heads float [..., length, d]
    public Value rotate(Value heads) {
        long half = heads.size(-1) / 2;
        Value first = heads.slice(-1, 0, half);
        Value second = heads.slice(-1, half, 2 * half);
        return heads.graph.concat(
                -1,
                first.multiply(cosines).subtract(second.multiply(sines)),
                second.multiply(cosines).add(first.multiply(sines)));
    }
}
