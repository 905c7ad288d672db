package dev.lea.trainer.environment;

import dev.lea.serving.feature.PackedSequence;
import dev.lea.trainer.evaluation.RankingEvaluation;
import dev.lea.trainer.net.Progress;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/// What an LE says about the events of users it never saw, one row an event.
///
/// @param user          number of the event's user
/// @param next          the item that came next
/// @param chosen        raw reward of the item that came next
/// @param uniform       raw rewards of items the user never met, drawn uniformly
/// @param popular       raw rewards of items the user never met, drawn by their popularity
/// @param baseline      mean raw reward of the reference items
/// @param rank          of the next item among all, by cosine of the state
/// @param popularity    counts of the next item, of `uniform` and of `popular` in the training part
record HeldOut(
        int user,
        int next,
        float chosen,
        float[] uniform,
        float[] popular,
        double baseline,
        int rank,
        int popularityRank,
        int[] popularity) {
    /// Negatives of each kind an event.
    static final int NEGATIVES = 5;

    /// Blocks of one pass; more would only make its attention matrix large.
    private static final int BLOCKS = 320;

    /// Walks over users' sequences.
    ///
    /// @param reference items of the baseline
    /// @param counts    of every item in the training part
    static List<HeldOut> of(
            FittedEnvironment environment,
            List<int[]> users,
            List<Integer> reference,
            int[] counts,
            long seed,
            Progress progress) {
        var walk = new Walk(environment, reference, counts, new SplittableRandom(seed));
        List<HeldOut> events = new ArrayList<>();
        progress.at(0, users.size(), "");
        for (int user = 0; user < users.size(); user++) {
            walk.add(user, users.get(user), events);
            progress.at(user + 1L, users.size(), "");
        }
        return events;
    }

    private static final class Walk {
        private final FittedEnvironment environment;
        private final List<Integer> reference;
        private final int[] counts;
        private final int[] byPopularity;
        private final float[] popularity;
        private final SplittableRandom random;

        Walk(
                FittedEnvironment environment,
                List<Integer> reference,
                int[] counts,
                SplittableRandom random) {
            this.environment = environment;
            this.reference = reference;
            this.counts = counts;
            this.random = random;
            this.byPopularity = occurrences(counts);
            this.popularity = new float[counts.length];
            for (int item = 0; item < counts.length; item++) {
                popularity[item] = counts[item];
            }
        }

        void add(int user, int[] items, List<HeldOut> events) {
            int each = 1 + 2 * NEGATIVES + reference.size();
            for (var segment : environment.layout().window().segments(items.length - 1)) {
                int group = Math.max(1, BLOCKS / each);
                for (int from = segment.first(); from <= segment.last(); from += group) {
                    int to = Math.min(segment.last(), from + group - 1);
                    add(user, items, segment.start(), from, to, events);
                }
            }
        }

        private void add(int user, int[] items, int start, int from, int to, List<HeldOut> events) {
            var sequence =
                    PackedSequence.of(environment.layout(), Arrays.copyOfRange(items, start, to));
            List<int[]> asked = new ArrayList<>();
            List<int[]> slots = new ArrayList<>();
            for (int t = from; t <= to; t++) {
                int[] candidates = candidates(items, items[t]);
                int prefix = t - start;
                asked.add(candidates);
                slots.add(
                        Arrays.stream(candidates)
                                .map(item -> sequence.candidate(prefix, item))
                                .toArray());
            }
            var answer = environment.run(List.of(sequence));
            for (int t = from; t <= to; t++) {
                float[] scores = new float[slots.get(t - from).length];
                for (int i = 0; i < scores.length; i++) {
                    scores[i] = answer.score(0, slots.get(t - from)[i]);
                }
                float[] state = answer.state(0, sequence.stateSlot(t - start));
                int[] candidates = asked.get(t - from);
                double baseline = 0;
                for (int i = 1 + 2 * NEGATIVES; i < scores.length; i++) {
                    baseline += scores[i] / (double) reference.size();
                }
                events.add(
                        new HeldOut(
                                user,
                                items[t],
                                scores[0],
                                Arrays.copyOfRange(scores, 1, 1 + NEGATIVES),
                                Arrays.copyOfRange(scores, 1 + NEGATIVES, 1 + 2 * NEGATIVES),
                                baseline,
                                environment.rank(state, items[t]),
                                RankingEvaluation.rank(popularity, 0, popularity.length, items[t]),
                                Arrays.stream(candidates)
                                        .limit(1 + 2 * NEGATIVES)
                                        .map(i -> counts[i])
                                        .toArray()));
            }
        }

        private int[] candidates(int[] items, int next) {
            int[] candidates = new int[1 + 2 * NEGATIVES + reference.size()];
            candidates[0] = next;
            for (int k = 1; k <= NEGATIVES; k++) {
                candidates[k] = notIn(items, false);
                candidates[NEGATIVES + k] = notIn(items, true);
            }
            for (int k = 0; k < reference.size(); k++) {
                candidates[1 + 2 * NEGATIVES + k] = reference.get(k);
            }
            return candidates;
        }

        private int notIn(int[] items, boolean popular) {
            int item = 0;
            for (int attempt = 0; attempt < 50; attempt++) {
                item =
                        popular
                                ? byPopularity[random.nextInt(byPopularity.length)]
                                : random.nextInt(counts.length);
                int drawn = item;
                if (Arrays.stream(items).noneMatch(i -> i == drawn)) {
                    return item;
                }
            }
            return item;
        }

        private static int[] occurrences(int[] counts) {
            int[] all = new int[Arrays.stream(counts).sum()];
            int at = 0;
            for (int item = 0; item < counts.length; item++) {
                Arrays.fill(all, at, at + counts[item], item);
                at += counts[item];
            }
            return all;
        }
    }
}
