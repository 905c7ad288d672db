package dev.lea.trainer.evaluation;

import dev.lea.serving.Checks;
import dev.lea.serving.Failure;
import java.util.Arrays;

/// How often the item that was chosen scores more than one that was not.
///
/// @param value share of pairs in which it strictly does, in `[0, 1]`: a tie counts as wrong
/// @param lower lower 95 % bound (one-sided) of `value` by a bootstrap over users
/// @param tied share of pairs whose scores are equal
/// @param pairs compared
/// @param users they come from
public record PairwiseAccuracy(double value, double lower, double tied, int pairs, int users) {
    private static final double BELOW = 0.05;

    public PairwiseAccuracy {
        Checks.inRange("value", value, 0, 1);
        Checks.inRange("lower", lower, 0, 1);
        Checks.inRange("tied", tied, 0, 1);
    }

    /// @param user number of each pair's user, from 0; a number without pairs is no user
    /// @param chosen score of each pair's chosen item
    /// @param other score of each pair's other item
    /// @throws Failure.Corrupt if a score is not a number
    public static PairwiseAccuracy of(int[] user, float[] chosen, float[] other, long seed) {
        Checks.inRange("pairs", user.length, 1, Integer.MAX_VALUE);
        Checks.require(
                chosen.length == user.length && other.length == user.length,
                "scores must be two for each of "
                        + user.length
                        + " pairs but are "
                        + chosen.length
                        + " and "
                        + other.length);
        int numbers = Arrays.stream(user).max().getAsInt() + 1;
        double[] right = new double[numbers];
        int[] counts = new int[numbers];
        double total = 0;
        double tied = 0;
        for (int pair = 0; pair < user.length; pair++) {
            if (Float.isNaN(chosen[pair]) || Float.isNaN(other[pair])) {
                throw new Failure.Corrupt(
                        "SCORE_NOT_A_NUMBER",
                        "every score must be a number but pair " + pair + " has NaN");
            }
            int hit = chosen[pair] > other[pair] ? 1 : 0;
            right[user[pair]] += hit;
            counts[user[pair]]++;
            total += hit;
            tied += chosen[pair] == other[pair] ? 1 : 0;
        }
        int users = 0;
        for (int number = 0; number < numbers; number++) {
            if (counts[number] > 0) {
                right[users] = right[number];
                counts[users++] = counts[number];
            }
        }
        double[] means =
                UserBootstrap.means(
                        Arrays.copyOf(right, users), Arrays.copyOf(counts, users), seed);
        return new PairwiseAccuracy(
                total / user.length,
                UserBootstrap.quantile(means, BELOW),
                tied / user.length,
                user.length,
                users);
    }

    /// As [#value], with a tie counted as half right: the fair bar to hold others against where the scores
    /// are counts, which often tie.
    public double withTiesAsHalf() {
        return value + tied / 2;
    }
}
