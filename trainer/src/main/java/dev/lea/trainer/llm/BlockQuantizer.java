package dev.lea.trainer.llm;

/// Rounds rows of floats to whole numbers of few bits, `w = scale (q - zero)`, with a scale and a zero point for each
/// block of neighbours.
///
/// The range of a block, widened to hold 0, is cut into equal steps, so that 0 itself stays exact. Of 4 bits, steps a
/// little longer and shorter are tried too, and the one with the least squared error is kept: cutting off the largest
/// weight often costs less than coarse steps for all others.
final class BlockQuantizer {
    private static final double[] WHOLE_RANGE = {1};
    private static final double[] TRIED = {1, 1.04, 0.96, 0.92, 0.88, 0.84, 0.8, 0.76};

    private final int bits;
    private final int blockSize;
    private final int largest;
    private final double[] shares;
    private double squares;
    private double errors;

    BlockQuantizer(int bits, int blockSize) {
        this.bits = bits;
        this.blockSize = blockSize;
        this.largest = (1 << bits) - 1;
        this.shares = bits == 4 ? TRIED : WHOLE_RANGE;
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
            Steps steps = steps(row, from, to);
            scales[block] = steps.scale();
            put(zeros, block, steps.zero());
            for (int i = from; i < to; i++) {
                put(numbers, i, steps.number(row[i], largest));
                squares += (double) row[i] * row[i];
            }
            errors += steps.error(row, from, to, largest);
        }
    }

    /// How a block is cut; a scale of 0 is for blocks of nothing but zeros.
    private record Steps(float scale, int zero) {
        int number(float element, int largest) {
            if (scale == 0) {
                return zero;
            }
            float place = element * (1 / scale) + zero;
            return (int) (Math.clamp(place, 0f, largest) + 0.5f);
        }

        /// Sum of squared errors.
        double error(float[] row, int from, int to, int largest) {
            float steps = scale == 0 ? 0 : 1 / scale;
            double sum = 0;
            for (int i = from; i < to; i++) {
                float place = Math.max(0f, Math.min(largest, row[i] * steps + zero));
                double error = row[i] - scale * (float) ((int) (place + 0.5f) - zero);
                sum += error * error;
            }
            return sum;
        }
    }

    private Steps steps(float[] row, int from, int to) {
        float low = 0;
        float high = 0;
        for (int i = from; i < to; i++) {
            low = Math.min(low, row[i]);
            high = Math.max(high, row[i]);
        }
        float whole = (float) (((double) high - low) / largest);
        if (whole * TRIED[TRIED.length - 1] < Float.MIN_NORMAL) {
            return new Steps(0, 0);
        }
        Steps best = null;
        double least = Double.POSITIVE_INFINITY;
        for (double share : shares) {
            float scale = (float) (whole * share);
            int middle = Math.round(-low / scale);
            for (int zero = middle - 1; zero <= middle + 1; zero++) {
                var tried = new Steps(scale, Math.clamp(zero, 0, largest));
                double error = tried.error(row, from, to, largest);
                if (best == null || error < least) {
                    best = tried;
                    least = error;
                }
            }
        }
        return best;
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
