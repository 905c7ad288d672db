package dev.lea.trainer.llm;

/// A tensor where it comes from, read a stretch at a time.
public interface TensorSource {
    /// Its dimensions.
    long[] shape();

    /// Reads elements in row-major order.
    ///
    /// @param from index of the first
    /// @param into first `count` places are filled
    /// @throws dev.lea.serving.Failure.Corrupt if one is not finite
    void read(long from, float[] into, int count);
}
