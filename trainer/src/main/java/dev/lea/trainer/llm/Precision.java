package dev.lea.trainer.llm;

/// How a model's matrices are stored. Norms and biases are float32 in all of them, and so is all arithmetic:
/// a matrix is widened where it is used.
public enum Precision {
    /// IEEE 754 float32.
    FP32(32),
    /// IEEE 754 float16.
    FP16(16),
    /// Whole numbers of 8 bits with a scale and a zero point a block.
    INT8(8),
    /// Whole numbers of 4 bits with a scale and a zero point a block; embeddings and output head have 8 bits.
    INT4(4);

    private final int bits;

    Precision(int bits) {
        this.bits = bits;
    }

    /// Of one element of a matrix, scales not counted.
    public int bits() {
        return bits;
    }

    /// Whether matrices are whole numbers in blocks.
    public boolean inBlocks() {
        return bits <= 8;
    }
}
