package dev.lea.trainer.evaluation;

import dev.lea.serving.Checks;
import dev.lea.trainer.data.Sequence;
import dev.lea.trainer.data.Transitions;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// The ranks that the items users chose had, with what is computed from them. Immutable.
///
/// HR@k is the share of events with rank at most k; NDCG@k the mean of 1/log2(rank+1), taken as 0 beyond k.
/// Every event weighs the same.
public final class Ranking {
    private static final int[] CUTOFFS = {5, 10, 20};
    private static final double LOG_2 = Math.log(2);

    /// Which events count.
    public enum Group {
        ALL(""),
        /// All but the first of each sequence.
        WITH_HISTORY("with_history."),
        CLICK("click."),
        PURCHASE("purchase.");

        private final String label;

        Group(String label) {
            this.label = label;
        }
    }

    private final Transitions events;
    private final int[] ranks;
    private final int[] exposure;
    private final List<int[]> lists;

    /// @param ranks    one an event, from 1
    /// @param exposure lists of ten that an item is in, one number an item
    /// @param lists    the lists of some events, best first
    public Ranking(Transitions events, int[] ranks, int[] exposure, List<int[]> lists) {
        Checks.require(
                ranks.length == events.size(),
                "ranks must be " + events.size() + " but are " + ranks.length);
        this.events = events;
        this.ranks = ranks.clone();
        this.exposure = exposure.clone();
        this.lists = List.copyOf(lists);
    }

    /// The events that were ranked.
    public Transitions events() {
        return events;
    }

    /// Rank of an event's item, from 1.
    public int rank(int event) {
        return ranks[event];
    }

    /// Events in a group.
    public int count(Group group) {
        int count = 0;
        for (int event = 0; event < ranks.length; event++) {
            count += counts(group, event) ? 1 : 0;
        }
        return count;
    }

    /// Share of a group's events with rank at most k; NaN for a group without events.
    public double hitRate(Group group, int k) {
        int hits = 0;
        for (int event = 0; event < ranks.length; event++) {
            hits += counts(group, event) && ranks[event] <= k ? 1 : 0;
        }
        return (double) hits / count(group);
    }

    /// Mean gain of a group's events; NaN for a group without events.
    public double ndcg(Group group, int k) {
        double sum = 0;
        for (int event = 0; event < ranks.length; event++) {
            sum += counts(group, event) ? gain(event, k) : 0;
        }
        return sum / count(group);
    }

    /// NDCG@10 of all events: what checkpoints are chosen by.
    public double ndcg() {
        return ndcg(Group.ALL, 10);
    }

    /// 1/log2(rank+1) of one event, 0 where its rank is beyond k.
    public double gain(int event, int k) {
        return gainOfRank(ranks[event], k);
    }

    /// 1/log2(rank+1), 0 where the rank is beyond k.
    public static double gainOfRank(int rank, int k) {
        return rank <= k ? LOG_2 / Math.log(rank + 1.0) : 0;
    }

    /// Share of the catalogue that is in at least one list of ten.
    public double coverage() {
        return (double) Arrays.stream(exposure).filter(count -> count > 0).count()
                / exposure.length;
    }

    /// How unevenly the lists of ten spread over the catalogue, see [Gini].
    public double gini() {
        return Gini.of(exposure);
    }

    /// The lists of ten of some events, spread evenly over all: items, best first.
    public List<int[]> lists() {
        return lists;
    }

    /// All figures by name: `valid.ndcg@10`, `valid.with_history.hr@5`, `valid.coverage@10`; clicks and
    /// purchases apart (`valid.purchase.ndcg@10`) where the data tells them apart.
    ///
    /// @param part "valid" or "test"
    public Map<String, Double> metrics(String part) {
        Map<String, Double> metrics = new LinkedHashMap<>();
        boolean types = events.size() > 0 && events.sequences().get(0).hasEvents();
        for (Group group : Group.values()) {
            boolean typed = group == Group.CLICK || group == Group.PURCHASE;
            if ((typed && !types) || count(group) == 0) {
                continue;
            }
            for (int k : CUTOFFS) {
                metrics.put(part + "." + group.label + "hr@" + k, hitRate(group, k));
                metrics.put(part + "." + group.label + "ndcg@" + k, ndcg(group, k));
            }
        }
        metrics.put(part + ".coverage@" + RankingEvaluation.LIST, coverage());
        metrics.put(part + ".gini@" + RankingEvaluation.LIST, gini());
        return metrics;
    }

    private boolean counts(Group group, int event) {
        return switch (group) {
            case ALL -> true;
            case WITH_HISTORY -> events.position(event) > 0;
            case CLICK -> events.event(event) == Sequence.CLICK;
            case PURCHASE -> events.event(event) == Sequence.PURCHASE;
        };
    }
}
