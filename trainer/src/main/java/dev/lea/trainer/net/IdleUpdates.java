package dev.lea.trainer.net;

import java.util.Arrays;

/// What [Adam] does to a row in updates in which its gradient is zero, all of them at once.
///
/// With the kept moments m, v as of update s, and a, q the step size and root scale at rate 1, updates s + 1 to t do
/// ```
/// p <- p - rate m sum_k b1^k a(s+k) / (b2^(k/2) q(s+k) sqrt(v) + epsilon)        m <- b1^(t-s) m,  v <- b2^(t-s) v
/// ```
/// The sum is taken as `A / (C sqrt(v) + epsilon)`, which is exact where epsilon is nothing beside the root, and
/// where the root is nothing beside epsilon. It ends where nothing of the mean is left.
///
/// Not thread-safe.
final class IdleUpdates {
    private static final double NEGLIGIBLE = 1e-10;
    private static final int LONGEST_SPAN = 1 << 12;
    private static final int LONGEST_DECAY = 1 << 17;

    /// A and C of the updates after one.
    private record Sum(float size, float root) {}

    private final Adam adam;
    private final int span;
    private final double[] firstPowers; // b1^k
    private final double[] ratioPowers; // (b1 / sqrt(b2))^k
    private final double[] secondPowers; // b2^k
    private final Sum[] recent; // by t - s, where t is `now` and that is less than the span
    private Sum[] ended = new Sum[0]; // by s, where the span is over
    private double[] sizes = new double[0]; // a, by update
    private double[] relativeSizes = new double[0]; // a / q, by update
    private long now = -1;

    IdleUpdates(Adam adam) {
        this.adam = adam;
        double steps = Math.log(NEGLIGIBLE) / Math.log(Math.max(1e-3, adam.firstDecay()));
        this.span = (int) Math.clamp(Math.ceil(steps), 1, LONGEST_SPAN);
        this.firstPowers = powers(adam.firstDecay(), span + 1);
        this.ratioPowers =
                powers(adam.firstDecay() / Math.sqrt((double) adam.secondDecay()), span + 1);
        this.secondPowers = powers(adam.secondDecay(), LONGEST_DECAY);
        this.recent = new Sum[span];
    }

    /// Brings elements `first` to `last`, excluded, of three arrays from update `from` to update `to`.
    void apply(
            float[] parameters,
            float[] means,
            float[] squares,
            int first,
            int last,
            long from,
            long to,
            float rate) {
        int idle = Math.toIntExact(to - from);
        if (idle == 0) {
            return;
        }
        Sum sum = idle < span ? recent(from, to) : ended(from);
        float size = rate * sum.size();
        float root = sum.root();
        float meanDecay = idle < span ? (float) firstPowers[idle] : 0;
        float squareDecay = (float) secondPowers[Math.min(idle, LONGEST_DECAY - 1)];
        float epsilon = adam.epsilon();
        for (int i = first; i < last; i++) {
            parameters[i] -= size * means[i] / (root * (float) Math.sqrt(squares[i]) + epsilon);
            means[i] *= meanDecay;
            squares[i] *= squareDecay;
        }
    }

    private Sum recent(long from, long to) {
        if (now != to) {
            Arrays.fill(recent, null);
            now = to;
        }
        int idle = (int) (to - from);
        if (recent[idle] == null) {
            recent[idle] = sum((int) from, idle);
        }
        return recent[idle];
    }

    private Sum ended(long from) {
        int at = (int) from;
        if (at >= ended.length) {
            ended = Arrays.copyOf(ended, 2 * at + 1024);
        }
        if (ended[at] == null) {
            ended[at] = sum(at, span);
        }
        return ended[at];
    }

    private Sum sum(int from, int count) {
        expectSizes(from + count);
        double size = 0;
        double relative = 0;
        for (int k = 1; k <= count; k++) {
            size += firstPowers[k] * sizes[from + k];
            relative += ratioPowers[k] * relativeSizes[from + k];
        }
        return new Sum((float) size, (float) (size / relative));
    }

    private void expectSizes(int last) {
        int known = sizes.length;
        if (last < known) {
            return;
        }
        sizes = Arrays.copyOf(sizes, 2 * last + 1024);
        relativeSizes = Arrays.copyOf(relativeSizes, sizes.length);
        for (int t = Math.max(1, known); t < sizes.length; t++) {
            sizes[t] = adam.stepSize(1, t);
            relativeSizes[t] = sizes[t] / adam.rootScale(t);
        }
    }

    private static double[] powers(double base, int count) {
        double[] powers = new double[count];
        powers[0] = 1;
        for (int k = 1; k < count; k++) {
            powers[k] = powers[k - 1] * base;
        }
        return powers;
    }
}
