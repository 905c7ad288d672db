package dev.lea.environment.model;

import static dev.lea.serving.Checks.inRange;

import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.IntStream;

/// How positive actions are chosen among candidates.
///
/// @param actions     chosen, 1..100
/// @param candidates  taken by similarity before the rewards choose, actions..1000
/// @param temperature 0: the best by raw score; above: drawn without replacement, an item's chance proportional to
///                    exp(raw / temperature)
/// @param seed        of the drawing
public record Selection(int actions, int candidates, double temperature, long seed) {
    public static final int DEFAULT_CANDIDATES = 50;
    public static final int MAX_ACTIONS = 100;
    public static final int MAX_CANDIDATES = 1000;

    /// The best one of fifty.
    public static final Selection DEFAULT = new Selection(1, DEFAULT_CANDIDATES, 0, 0);

    private static final long GOLDEN_GAMMA = 0x9E3779B97F4A7C15L;

    public Selection {
        inRange("actions", actions, 1, MAX_ACTIONS);
        inRange("candidates", candidates, actions, MAX_CANDIDATES);
        inRange("temperature", temperature, 0, Float.MAX_VALUE);
    }

    /// What a history contributes to the seed of its drawing, so that each draws for itself.
    static final long EMPTY_HISTORY = GOLDEN_GAMMA;

    /// [#EMPTY_HISTORY] with an item appended, and so on.
    static long appended(long history, int item) {
        return mixed(history * 31 + item + 1);
    }

    static long of(int[] history) {
        long hash = EMPTY_HISTORY;
        for (int item : history) {
            hash = appended(hash, item);
        }
        return hash;
    }

    /// Chooses among candidates: the same ones from the same items, scores, seed and history, in whatever order and
    /// company they are asked for.
    ///
    /// @param history of the candidates, from [#of]
    /// @return places in `items`, the highest score first; fewer than `actions` only where there are fewer
    int[] choose(int[] items, float[] raw, long history) {
        double[] keys = new double[items.length];
        for (int i = 0; i < items.length; i++) {
            keys[i] = temperature == 0 ? raw[i] : raw[i] / temperature + gumbel(history, items[i]);
        }
        int[] chosen = best(IntStream.range(0, items.length), items, keys, actions);
        for (int i = 0; i < items.length; i++) {
            keys[i] = raw[i];
        }
        return best(Arrays.stream(chosen), items, keys, actions);
    }

    private static int[] best(IntStream places, int[] items, double[] keys, int count) {
        return places.boxed()
                .sorted(
                        Comparator.comparingDouble((Integer place) -> -keys[place])
                                .thenComparingInt(place -> items[place]))
                .limit(count)
                .mapToInt(Integer::intValue)
                .toArray();
    }

    /// The largest of raw / T + Gumbel noise is a draw from the softmax of raw / T, the m largest are m draws
    /// without replacement.
    private double gumbel(long history, int item) {
        long bits = mixed(mixed(seed * GOLDEN_GAMMA + history) + item * GOLDEN_GAMMA);
        double uniform = ((bits >>> 11) + 0.5) * 0x1p-53;
        return -Math.log(-Math.log(uniform));
    }

    /// The finaliser of SplitMix64: every bit of the input moves half of the output's.
    private static long mixed(long z) {
        z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
        z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
        return z ^ (z >>> 31);
    }
}
