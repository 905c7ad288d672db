package dev.lea.trainer.net;

/// Rotary position embedding (Su et al. 2021) in the half-split layout of Llama checkpoints: element i of
/// the first half of a head is rotated with element i of the second by `position * theta^(-2i/d)`.
///
/// @param cosines [positions, d / 2]
/// @param sines   [positions, d / 2]
public record Rotary(Value cosines, Value sines) {
    /// The unscaled form.
    ///
    /// @param headDimension d, even
    /// @param theta         base of the frequencies
    /// @param positions     positions that may occur, from 0
    public static Rotary plain(Graph graph, int headDimension, double theta, int positions) {
        int half = headDimension / 2;
        float[] cosines = new float[positions * half];
        float[] sines = new float[positions * half];
        for (int p = 0; p < positions; p++) {
            for (int i = 0; i < half; i++) {
                double angle = p * Math.pow(theta, -2.0 * i / headDimension);
                cosines[p * half + i] = (float) Math.cos(angle);
                sines[p * half + i] = (float) Math.sin(angle);
            }
        }
        return new Rotary(
                graph.constant("rotary.cosines", cosines, positions, half),
                graph.constant("rotary.sines", sines, positions, half));
    }

    /// Rotates heads.
    ///
    /// @param heads    float [..., length, d]
    /// @param position int64 [length], or [batch, 1, length] where rows differ
    public Value rotate(Value heads, Value position) {
        long half = heads.size(-1) / 2;
        Value cosine = cosines.gather(position);
        Value sine = sines.gather(position);
        Value first = heads.slice(-1, 0, half);
        Value second = heads.slice(-1, half, 2 * half);
        return heads.graph.concat(
                -1,
                first.multiply(cosine).subtract(second.multiply(sine)),
                second.multiply(cosine).add(first.multiply(sine)));
    }
}
