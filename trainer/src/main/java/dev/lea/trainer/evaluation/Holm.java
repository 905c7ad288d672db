package dev.lea.trainer.evaluation;

import dev.lea.serving.Checks;
import java.util.stream.IntStream;

/// Holm's correction for comparing several pairs at once.
public final class Holm {
    private Holm() {}

    /// Corrected p-values, in the order given: the i-th smallest of m times m - i + 1, never below a
    /// smaller one's, at most 1.
    ///
    /// @param p each in `[0, 1]`
    public static double[] adjust(double... p) {
        int[] order =
                IntStream.range(0, p.length)
                        .boxed()
                        .sorted((i, j) -> Double.compare(p[i], p[j]))
                        .mapToInt(Integer::intValue)
                        .toArray();
        double[] adjusted = new double[p.length];
        double running = 0;
        for (int place = 0; place < p.length; place++) {
            double value = Checks.inRange("p", p[order[place]], 0, 1);
            running = Math.max(running, Math.min(1, value * (p.length - place)));
            adjusted[order[place]] = running;
        }
        return adjusted;
    }
}
