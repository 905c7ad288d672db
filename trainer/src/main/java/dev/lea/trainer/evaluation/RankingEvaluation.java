package dev.lea.trainer.evaluation;

import dev.lea.serving.Checks;
import dev.lea.serving.Failure;
import dev.lea.trainer.data.Sequence;
import dev.lea.trainer.data.Transitions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// Ranks all n items for every event of held-out sequences, the first event (empty history) too.
///
/// `rank = 1 + #{j other than the target: score_j >= score_target}`, so that a tie never favours the target.
///
/// @param items n, the items of the catalogue
/// @param excludeHistory whether the items of the history are scored as minus infinity first; not the
///     default, since people buy again
public record RankingEvaluation(int items, boolean excludeHistory) {
    /// The list whose spread over the catalogue is reported.
    static final int LIST = 10;

    /// Lists that are kept.
    private static final int LISTS = 1_000;

    private static final int MAX_ROWS = 256;
    private static final int MAX_SCORES = 1 << 24;

    public RankingEvaluation {
        Checks.inRange("items", items, 1, Integer.MAX_VALUE);
    }

    /// With history items left in.
    public RankingEvaluation(int items) {
        this(items, false);
    }

    /// Ranks every event of the sequences; calls the scorer on this thread, in batches.
    ///
    /// @throws Failure.Corrupt if a score is not a number
    public Ranking rank(Scorer scorer, List<Sequence> sequences) {
        return rank(scorer, Transitions.of(sequences));
    }

    /// Ranks every transition.
    ///
    /// @throws Failure.Corrupt if a score is not a number
    public Ranking rank(Scorer scorer, Transitions events) {
        int rows = Math.clamp(MAX_SCORES / items, 1, MAX_ROWS);
        float[] scores = new float[rows * items];
        int[] ranks = new int[events.size()];
        int[] exposure = new int[items];
        int[] list = new int[Math.min(LIST, items)];
        List<int[]> lists = new ArrayList<>();
        int every = Math.ceilDiv(events.size(), LISTS);
        for (int from = 0; from < events.size(); from += rows) {
            int to = Math.min(from + rows, events.size());
            List<int[]> histories = new ArrayList<>(to - from);
            for (int event = from; event < to; event++) {
                histories.add(events.history(event));
            }
            // A scorer that leaves an element out is found, not scored by what the last batch left.
            Arrays.fill(scores, Float.NaN);
            scorer.score(histories, scores);
            for (int event = from; event < to; event++) {
                int row = (event - from) * items;
                if (excludeHistory) {
                    exclude(scores, row, histories.get(event - from));
                }
                ranks[event] = rank(scores, row, items, events.action(event));
                best(scores, row, items, list);
                for (int item : list) {
                    exposure[item]++;
                }
                if (event % every == 0) {
                    lists.add(list.clone());
                }
            }
        }
        return new Ranking(events, ranks, exposure, lists);
    }

    /// Rank of a target among the scores `[from, from + items)`.
    ///
    /// @throws Failure.Corrupt if a score is not a number
    public static int rank(float[] scores, int from, int items, int target) {
        float own = scores[from + target];
        int rank = 0; // counts the target itself, which is the 1 of the formula
        int below = 0;
        for (int i = from; i < from + items; i++) {
            rank += scores[i] >= own ? 1 : 0;
            below += scores[i] < own ? 1 : 0;
        }
        if (rank + below != items) {
            throw notANumber(scores, from);
        }
        return rank;
    }

    private static Failure notANumber(float[] scores, int from) {
        int item = 0;
        while (!Float.isNaN(scores[from + item])) {
            item++;
        }
        return new Failure.Corrupt(
                "SCORE_NOT_A_NUMBER", "every score must be a number but item " + item + " has NaN");
    }

    private static void exclude(float[] scores, int row, int[] history) {
        for (int item : history) {
            scores[row + item] = Float.NEGATIVE_INFINITY;
        }
    }

    /// Fills the best list; of equal scores the lower index goes first.
    private static void best(float[] scores, int row, int items, int[] best) {
        int filled = 0;
        float least = Float.NEGATIVE_INFINITY;
        for (int item = 0; item < items; item++) {
            float score = scores[row + item];
            if (filled == best.length && !(score > least)) {
                continue;
            }
            int place = filled < best.length ? filled++ : filled - 1;
            while (place > 0 && score > scores[row + best[place - 1]]) {
                best[place] = best[place - 1];
                place--;
            }
            best[place] = item;
            least = scores[row + best[filled - 1]];
        }
    }
}
