package dev.lea.trainer.data;

import java.util.random.RandomGenerator;

/// Random numbers that depend only on a seed, a stream's name, a step and how many were drawn since.
///
/// The n-th number is a hash of (seed, stream, step, n), so nothing has to be saved: whoever resumes at a
/// step makes the same generator and draws the same numbers, bit for bit, on every machine and Java
/// version. Each purpose has a stream of its own ("negatives", "dropout"), so that one more draw here
/// shifts nothing there. Not for secrets, and not for use by two threads at once.
///
/// The hash is the finaliser of MurmurHash3 in its variant 13 (Stafford), applied twice with two keys.
public final class CounterRandom implements RandomGenerator {
    private static final long GOLDEN = 0x9E3779B97F4A7C15L;

    private final long first;
    private final long second;
    private long drawn;
    private double spare = Double.NaN;

    private CounterRandom(long first, long second) {
        this.first = first;
        this.second = second;
    }

    /// The generator of one step of one stream, at its first number.
    public static CounterRandom of(long seed, String stream, long step) {
        long name = 0xCBF29CE484222325L;
        for (int i = 0; i < stream.length(); i++) {
            name = (name ^ stream.charAt(i)) * 0x100000001B3L;
        }
        long key = mix(mix(mix(seed + GOLDEN) + name) + step * GOLDEN);
        return new CounterRandom(key, mix(key ^ GOLDEN));
    }

    @Override
    public long nextLong() {
        drawn++;
        return mix(mix(drawn * GOLDEN + first) ^ second);
    }

    @Override
    public int nextInt() {
        return (int) (nextLong() >>> 32);
    }

    /// Uniform in `[0, bound)`.
    ///
    /// @param bound at least 1
    @Override
    public int nextInt(int bound) {
        if (bound < 1) {
            throw new IllegalArgumentException("bound must be at least 1 but is " + bound);
        }
        return (int) Math.unsignedMultiplyHigh(nextLong(), bound);
    }

    /// Uniform in `[0, 1)`, a multiple of 2^-24.
    @Override
    public float nextFloat() {
        return (nextLong() >>> 40) * 0x1.0p-24f;
    }

    /// Uniform in `[0, 1)`, a multiple of 2^-53.
    @Override
    public double nextDouble() {
        return (nextLong() >>> 11) * 0x1.0p-53;
    }

    /// Normal with mean 0 and deviation 1, by Box and Muller.
    @Override
    public double nextGaussian() {
        if (!Double.isNaN(spare)) {
            double kept = spare;
            spare = Double.NaN;
            return kept;
        }
        double radius = StrictMath.sqrt(-2 * StrictMath.log(1 - nextDouble()));
        double angle = 2 * Math.PI * nextDouble();
        spare = radius * StrictMath.sin(angle);
        return radius * StrictMath.cos(angle);
    }

    /// Puts `elements` into an order drawn uniformly from all orders (Fisher and Yates).
    public void shuffle(int[] elements) {
        for (int i = elements.length - 1; i > 0; i--) {
            int j = nextInt(i + 1);
            int kept = elements[i];
            elements[i] = elements[j];
            elements[j] = kept;
        }
    }

    private static long mix(long bits) {
        long z = bits;
        z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
        z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
        return z ^ (z >>> 31);
    }
}
