package dev.lea.trainer.evaluation;

import dev.lea.serving.Checks;
import dev.lea.trainer.data.Transitions;
import java.util.List;

/// Whether a variant ranks the same users' events better than the base: a paired bootstrap over users on
/// NDCG@10 averaged over seeds.
///
/// @param difference mean of variant minus base over events
/// @param lower lower end of its 95 % interval
/// @param upper upper end
/// @param p two-sided: how rarely chance alone would put the difference on the other side of 0; to be
///     corrected by [Holm] where several pairs are compared
public record PairedComparison(double difference, double lower, double upper, double p) {
    private static final int CUTOFF = 10;
    private static final double TAIL = 0.025;

    /// @param base one ranking a seed, at least one, all of the same events
    /// @param variant one ranking a seed, at least one, of the same events as the base's
    public static PairedComparison of(List<Ranking> base, List<Ranking> variant, long seed) {
        Checks.inRange("rankings of the base", base.size(), 1, Integer.MAX_VALUE);
        Checks.inRange("rankings of the variant", variant.size(), 1, Integer.MAX_VALUE);
        Transitions events = base.get(0).events();
        requireSameEvents(events, base);
        requireSameEvents(events, variant);
        int users = events.sequences().size();
        double[] sums = new double[users];
        int[] counts = new int[users];
        double total = 0;
        for (int event = 0; event < events.size(); event++) {
            double gained = meanGain(variant, event) - meanGain(base, event);
            sums[events.sequence(event)] += gained;
            counts[events.sequence(event)]++;
            total += gained;
        }
        double[] means = UserBootstrap.means(sums, counts, seed);
        return new PairedComparison(
                total / events.size(),
                UserBootstrap.quantile(means, TAIL),
                UserBootstrap.quantile(means, 1 - TAIL),
                pValue(means));
    }

    private static double meanGain(List<Ranking> rankings, int event) {
        double sum = 0;
        for (Ranking ranking : rankings) {
            sum += ranking.gain(event, CUTOFF);
        }
        return sum / rankings.size();
    }

    /// Twice the smaller tail; the added 1 keeps it from claiming more than the resamples can show.
    private static double pValue(double[] means) {
        int notAbove = 0;
        int notBelow = 0;
        for (double mean : means) {
            notAbove += mean <= 0 ? 1 : 0;
            notBelow += mean >= 0 ? 1 : 0;
        }
        return Math.min(1, 2.0 * (1 + Math.min(notAbove, notBelow)) / (1 + means.length));
    }

    private static void requireSameEvents(Transitions events, List<Ranking> rankings) {
        for (Ranking ranking : rankings) {
            Checks.require(
                    ranking.events().size() == events.size()
                            && ranking.events().sequences().equals(events.sequences()),
                    "all rankings must be of the same "
                            + events.size()
                            + " events but one is of "
                            + ranking.events().size());
        }
    }
}
