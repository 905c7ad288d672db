package dev.lea.trainer.evaluation;

import dev.lea.serving.Checks;
import dev.lea.trainer.data.Transitions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntToDoubleFunction;

/// How the rewards of logged actions differ, among users who did about equally much.
///
/// @param fewest    events of the least active user of the group
/// @param most      events of the most active one
/// @param events    transitions of the group
/// @param mean      of their rewards
/// @param deviation standard, of their rewards
/// @param quantiles at 5, 25, 50, 75 and 95 %
public record RewardSpread(
        int fewest, int most, int events, double mean, double deviation, List<Double> quantiles) {
    private static final double[] SHARES = {0.05, 0.25, 0.5, 0.75, 0.95};

    public RewardSpread {
        quantiles = List.copyOf(quantiles);
    }

    /// Groups of about equally many users, from the least active on.
    ///
    /// @param reward of a transition, by its number
    public static List<RewardSpread> of(
            Transitions transitions, IntToDoubleFunction reward, int groups) {
        Checks.inRange("groups", groups, 1, 100);
        int[] lengths =
                transitions.sequences().stream().mapToInt(s -> s.length()).sorted().toArray();
        List<RewardSpread> spreads = new ArrayList<>();
        int least = 0;
        for (int group = 1; group <= groups; group++) {
            int most = lengths[(int) ((long) lengths.length * group / groups) - 1];
            if (most > least) {
                spreads.add(spread(transitions, reward, least + 1, most));
                least = most;
            }
        }
        return spreads;
    }

    private static RewardSpread spread(
            Transitions transitions, IntToDoubleFunction reward, int from, int to) {
        double[] rewards = new double[transitions.size()];
        int count = 0;
        int fewest = Integer.MAX_VALUE;
        for (int transition = 0; transition < rewards.length; transition++) {
            int length = transitions.sequences().get(transitions.sequence(transition)).length();
            if (length >= from && length <= to) {
                rewards[count++] = reward.applyAsDouble(transition);
                fewest = Math.min(fewest, length);
            }
        }
        double[] ascending = Arrays.copyOf(rewards, count);
        Arrays.sort(ascending);
        double mean = Arrays.stream(ascending).average().orElse(Double.NaN);
        double variance =
                Arrays.stream(ascending).map(r -> (r - mean) * (r - mean)).average().orElse(0);
        List<Double> quantiles = new ArrayList<>();
        for (double share : SHARES) {
            quantiles.add(ascending[(int) Math.min(count - 1, Math.floor(share * count))]);
        }
        return new RewardSpread(fewest, to, count, mean, Math.sqrt(variance), quantiles);
    }
}
