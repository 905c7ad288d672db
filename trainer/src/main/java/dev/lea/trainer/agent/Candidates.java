package dev.lea.trainer.agent;

import static dev.lea.serving.Checks.inRange;
import static dev.lea.serving.Checks.require;

import dev.lea.trainer.data.CounterRandom;
import java.util.function.IntConsumer;
import java.util.stream.IntStream;

/// Draws the items that an update looks at instead of all, each with a known probability.
///
/// Item i is to come with probability `p_i = min(1, c w_i)`, where the weight w is partly even, partly the item's
/// popularity, and c is such that the p_i sum up to K. Laid end to end in a random order that stays, the p_i fill K
/// strata of length 1, and one point is drawn in each; so K points hit about K different items, never fewer than lie
/// in a stratum of their own, and all of them where K is n. An item across a border may be hit from both sides: its
/// probability is a little less than its length, and known too. Immutable.
///
/// Why: with S the items that came and a the logged one, `e^f(a) + sum_{i in S, i != a} e^f(i) / p_i` is an unbiased
/// estimate of what softmax divides by, so `f(i) - log p_i` takes the place of `f(i)`. The logged item is there in any
/// case and takes no correction.
final class Candidates {
    private static final double NEARLY = 1 - 1e-9;

    private final int[] order; // items, those that always come first
    private final double[] ends; // where the length of each ends, in that order
    private final int[] firsts; // place in it of the first item of each stratum
    private final float[] corrections; // -log p_i, by item

    private Candidates(int[] order, double[] ends, int[] firsts, float[] corrections) {
        this.order = order;
        this.ends = ends;
        this.firsts = firsts;
        this.corrections = corrections;
    }

    /// @param weights of the items, at least 0; an item of weight 0 never comes
    /// @param count   K; fewer where fewer items can come
    static Candidates of(double[] weights, int count, long seed) {
        inRange("count", count, 1, Integer.MAX_VALUE);
        int[] order =
                IntStream.range(0, weights.length).filter(item -> weights[item] > 0).toArray();
        require(order.length > 0, "no item has a weight");
        int strata = Math.min(count, order.length);
        CounterRandom.of(seed, "candidate_order", 0).shuffle(order);
        double[] ends = lengths(order, weights, strata);
        int[] firsts = new int[strata];
        float[] corrections = new float[weights.length];
        double from = 0;
        for (int i = 0; i < order.length; i++) {
            double end = from + ends[i];
            for (int stratum = (int) Math.ceil(from); stratum < Math.min(end, strata); stratum++) {
                firsts[stratum] = i;
            }
            corrections[order[i]] = (float) -Math.log(probability(from, end));
            ends[i] = end;
            from = end;
        }
        return new Candidates(order, ends, firsts, corrections);
    }

    /// What the items are weighed by.
    ///
    /// @param counts  events of each in the training part
    /// @param drawn   whether an item can come; null where all can
    /// @param popular share of the weight that goes by the counts
    static double[] weights(int[] counts, boolean[] drawn, double popular) {
        double events = 0;
        int items = 0;
        for (int item = 0; item < counts.length; item++) {
            if (drawn == null || drawn[item]) {
                events += counts[item];
                items++;
            }
        }
        double share = events == 0 ? 0 : popular;
        double[] weights = new double[counts.length];
        for (int item = 0; item < counts.length; item++) {
            if (drawn == null || drawn[item]) {
                weights[item] =
                        (1 - share) / items + (share == 0 ? 0 : share * counts[item] / events);
            }
        }
        return weights;
    }

    /// The p_i in the order of `order`, where those that are 1 are brought to the front.
    private static double[] lengths(int[] order, double[] weights, int strata) {
        double left = 0;
        for (int item : order) {
            left += weights[item];
        }
        int certain = order.length == strata ? strata : 0;
        int before = -1;
        while (certain > before && certain < strata) {
            before = certain;
            double scale = (strata - certain) / left;
            for (int i = certain; i < order.length && certain < strata; i++) {
                int item = order[i];
                if (weights[item] * scale >= NEARLY) {
                    order[i] = order[certain];
                    order[certain++] = item;
                    left -= weights[item];
                }
            }
        }
        double[] lengths = new double[order.length];
        for (int i = 0; i < lengths.length; i++) {
            lengths[i] = i < certain ? 1 : weights[order[i]] * (strata - certain) / left;
        }
        return lengths;
    }

    /// That a point of any stratum falls between `from` and `end`, which are at most 1 apart.
    private static double probability(double from, double end) {
        double border = Math.floor(from) + 1;
        return end <= border ? end - from : 1 - (1 - (border - from)) * (1 - (end - border));
    }

    /// K: items that come at most.
    int count() {
        return firsts.length;
    }

    /// Names the items that come in a step, each once.
    void draw(CounterRandom random, IntConsumer items) {
        int last = -1;
        for (int stratum = 0; stratum < firsts.length; stratum++) {
            int place = place(stratum, random.nextDouble());
            if (place != last) {
                items.accept(order[place]);
            }
            last = place;
        }
    }

    /// The item at a point of a stratum: the first that ends behind it.
    private int place(int stratum, double within) {
        int low = Math.max(0, firsts[stratum] - 1); // may reach in from the stratum before
        int high = stratum + 1 < firsts.length ? firsts[stratum + 1] : order.length - 1;
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (ends[middle] > stratum + within) {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        return low;
    }

    /// `-log p_i`.
    float correction(int item) {
        return corrections[item];
    }
}
