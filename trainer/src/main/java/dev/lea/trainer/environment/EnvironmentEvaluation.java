package dev.lea.trainer.environment;

import dev.lea.trainer.net.Progress;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/// Draws up the [EnvironmentReport] of a fitted LE.
///
/// @param tokens    of the items, for their losses
/// @param counts    of every item in the training part
/// @param reference dense indices of the reference items
/// @param known     items that the LE was fitted on; the others are known by their texts alone
/// @param mostUsers held-out users of a part that are looked at
public record EnvironmentEvaluation(
        ItemTokens tokens,
        int[] counts,
        List<Integer> reference,
        boolean[] known,
        int mostUsers,
        long seed) {
    public EnvironmentEvaluation {
        reference = List.copyOf(reference);
    }

    /// Of an LE that was fitted on all items.
    public EnvironmentEvaluation(
            ItemTokens tokens, int[] counts, List<Integer> reference, int mostUsers, long seed) {
        this(tokens, counts, reference, all(counts.length), mostUsers, seed);
    }

    private static boolean[] all(int items) {
        boolean[] all = new boolean[items];
        Arrays.fill(all, true);
        return all;
    }

    /// The fixed reference set of a catalogue: different items, drawn uniformly.
    public static List<Integer> reference(int items, int size, long seed) {
        List<Integer> drawn =
                new ArrayList<>(
                        new SplittableRandom(seed)
                                .ints(0, items)
                                .distinct()
                                .limit(Math.min(size, items))
                                .boxed()
                                .toList());
        java.util.Collections.sort(drawn);
        return drawn;
    }

    /// @param valid item indices of each validation user, oldest first
    /// @param test  item indices of each test user, oldest first
    public EnvironmentReport run(
            FittedEnvironment environment, List<int[]> valid, List<int[]> test, Progress progress) {
        List<int[]> first = valid.subList(0, Math.min(mostUsers, valid.size()));
        List<int[]> second = test.subList(0, Math.min(mostUsers, test.size()));
        int all = first.size() + second.size();
        List<HeldOut> validEvents =
                HeldOut.of(
                        environment,
                        first,
                        reference,
                        counts,
                        seed,
                        (done, _, note) -> progress.at(done, all, note));
        List<HeldOut> testEvents =
                HeldOut.of(
                        environment,
                        second,
                        reference,
                        counts,
                        seed + 1,
                        (done, _, note) -> progress.at(first.size() + done, all, note));
        return EnvironmentReport.of(tokens, validEvents, testEvents, known, seed);
    }
}
