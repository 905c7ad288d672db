package dev.lea.trainer.llm;

/// Rounds rows of floats to whole numbers of few bits, `w = scale (q - zero)`, with a scale and a zero point for each
/// block of neighbours.
///
/// The range of a block, widened to hold 0, is cut into equal steps, so that 0 itself stays exact.
final class BlockQuantizer {
    private final int bits;
    private final int blockSize;
    private final int largest;
    private double squares;
    private double errors;

    BlockQuantizer(int bits, int blockSize) {
        this.bits = bits;
        this.blockSize = blockSize;
        this.largest = (1 << bits) - 1;
    }

    int blockBytes() {
        return blockSize * bits / Byte.SIZE;
    }

    int zeroBytes(int blocks) {
        return Math.ceilDiv(blocks * bits, Byte.SIZE);
    }

    /// Rounds one row.
    ///
    /// @param row     its first `size` elements count
    /// @param numbers a block after the other
    /// @param scales  one a block
    /// @param zeros   one a block, packed
    void round(float[] row, int size, byte[] numbers, float[] scales, byte[] zeros) {
        java.util.Arrays.fill(numbers, (byte) 0);
        java.util.Arrays.fill(zeros, (byte) 0);
        for (int block = 0; block * blockSize < size; block++) {
            int from = block * blockSize;
            int to = Math.min(size, from + blockSize);
            float low = 0;
            float high = 0;
            for (int i = from; i < to; i++) {
                low = Math.min(low, row[i]);
                high = Math.max(high, row[i]);
            }
            float scale = (high - low) / largest;
            int zero = scale == 0 ? 0 : Math.clamp(Math.round(-low / scale), 0, largest);
            scales[block] = scale;
            put(zeros, block, zero);
            for (int i = from; i < to; i++) {
                int q =
                        scale == 0
                                ? zero
                                : Math.clamp(Math.round(row[i] / scale) + zero, 0, largest);
                put(numbers, i, q);
                double error = row[i] - (double) scale * (q - zero);
                errors += error * error;
                squares += (double) row[i] * row[i];
            }
        }
    }

    private void put(byte[] packed, int index, int number) {
        if (bits == 8) {
            packed[index] = (byte) number;
        } else {
            packed[index / 2] |= (byte) (index % 2 == 0 ? number : number << 4);
        }
    }

    /// Root of the squared errors over the squared elements of all rows so far.
    double relativeError() {
        return squares == 0 ? 0 : Math.sqrt(errors / squares);
    }
}
