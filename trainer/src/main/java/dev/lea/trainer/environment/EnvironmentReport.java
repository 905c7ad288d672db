package dev.lea.trainer.environment;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.function.ToDoubleFunction;

/// How good an LE is on users it never saw, and whether it is good enough to train on (METHOD section 2, end).
///
/// The gate looks at validation users; figures of test users only report.
///
/// @param metrics     by name; `valid.` and `test.` say on whom
/// @param conditions  of the gate, each as `name figure > bound`
/// @param unmet       those that do not hold
/// @param warnings    things to know
/// @param temperature T of the reward, fitted on validation pairs
public record EnvironmentReport(
        Map<String, Double> metrics,
        List<String> conditions,
        List<String> unmet,
        List<String> warnings,
        double temperature) {
    /// Deviation of the rewards of logged actions below which they carry nothing.
    private static final double LEAST_DEVIATION = 0.02;

    private static final int RESAMPLES = 1_000;

    public EnvironmentReport {
        metrics = new TreeMap<>(metrics);
        conditions = List.copyOf(conditions);
        unmet = List.copyOf(unmet);
        warnings = List.copyOf(warnings);
    }

    /// True when every condition holds.
    public boolean passed() {
        return unmet.isEmpty();
    }

    static EnvironmentReport of(
            ItemTokens tokens, List<HeldOut> valid, List<HeldOut> test, long seed) {
        double temperature = temperature(valid);
        Map<String, Double> metrics = new TreeMap<>();
        metrics.put("token.loss.before", tokens.lossBefore());
        metrics.put("token.loss.after", tokens.lossAfter());
        metrics.put("reward.temperature", temperature);
        measure("valid.", valid, temperature, seed, metrics);
        measure("test.", test, temperature, seed, metrics);
        List<String> conditions = new ArrayList<>();
        List<String> unmet = new ArrayList<>();
        require(metrics, "valid.accuracy.popular.low", 0.5, conditions, unmet);
        require(
                metrics,
                "valid.accuracy.uniform",
                metrics.get("valid.popularity.accuracy.uniform"),
                conditions,
                unmet);
        require(
                metrics,
                "valid.ndcg@10",
                metrics.get("valid.popularity.ndcg@10"),
                conditions,
                unmet);
        List<String> warnings = new ArrayList<>();
        double deviation = metrics.get("valid.reward.deviation");
        if (!(deviation >= LEAST_DEVIATION)) {
            warnings.add(
                    String.format(
                            Locale.ROOT,
                            "rewards carry nothing: over logged actions they deviate by %.4f, less than %.2f",
                            deviation,
                            LEAST_DEVIATION));
        }
        return new EnvironmentReport(metrics, conditions, unmet, warnings, temperature);
    }

    /// The same with one more figure.
    public EnvironmentReport with(String name, double figure) {
        Map<String, Double> more = new TreeMap<>(metrics);
        more.put(name, figure);
        return new EnvironmentReport(more, conditions, unmet, warnings, temperature);
    }

    private static void measure(
            String part,
            List<HeldOut> events,
            double temperature,
            long seed,
            Map<String, Double> metrics) {
        metrics.put(part + "events", (double) events.size());
        metrics.put(part + "accuracy.uniform", mean(events, e -> wins(e.chosen(), e.uniform())));
        metrics.put(part + "accuracy.popular", mean(events, e -> wins(e.chosen(), e.popular())));
        metrics.put(
                part + "accuracy.uniform.low",
                lowerBound(events, e -> wins(e.chosen(), e.uniform()), seed));
        metrics.put(
                part + "accuracy.popular.low",
                lowerBound(events, e -> wins(e.chosen(), e.popular()), seed));
        metrics.put(
                part + "popularity.accuracy.uniform",
                mean(events, EnvironmentReport::popularityWins));
        metrics.put(part + "hr@10", mean(events, e -> e.rank() <= 10 ? 1 : 0));
        metrics.put(part + "ndcg@10", mean(events, e -> gain(e.rank())));
        metrics.put(part + "popularity.hr@10", mean(events, e -> e.popularityRank() <= 10 ? 1 : 0));
        metrics.put(part + "popularity.ndcg@10", mean(events, e -> gain(e.popularityRank())));
        ToDoubleFunction<HeldOut> reward =
                e -> 1 / (1 + Math.exp(-(e.chosen() - e.baseline()) / temperature));
        double mean = mean(events, reward);
        metrics.put(part + "reward.mean", mean);
        metrics.put(
                part + "reward.deviation",
                Math.sqrt(mean(events, e -> Math.pow(reward.applyAsDouble(e) - mean, 2))));
    }

    private static void require(
            Map<String, Double> metrics,
            String name,
            double bound,
            List<String> conditions,
            List<String> unmet) {
        double figure = metrics.get(name);
        String condition = String.format(Locale.ROOT, "%s %.4f > %.4f", name, figure, bound);
        conditions.add(condition);
        if (!(figure > bound)) {
            unmet.add(condition);
        }
    }

    /// T that makes `sigmoid((R+ - R-) / T)` the likeliest for pairs of which R+ was chosen.
    private static double temperature(List<HeldOut> events) {
        double best = 1;
        double least = Double.POSITIVE_INFINITY;
        for (double t = 0.05; t < 50; t *= 1.05) {
            double candidate = t;
            double loss = mean(events, e -> loss(e, candidate));
            if (loss < least) {
                least = loss;
                best = t;
            }
        }
        return best;
    }

    private static double loss(HeldOut event, double temperature) {
        double total = 0;
        for (int k = 0; k < HeldOut.NEGATIVES; k++) {
            total += Math.log1p(Math.exp((event.uniform()[k] - event.chosen()) / temperature));
            total += Math.log1p(Math.exp((event.popular()[k] - event.chosen()) / temperature));
        }
        return total / (2 * HeldOut.NEGATIVES);
    }

    /// Share of the others that are below; a tie counts half.
    private static double wins(float chosen, float[] others) {
        double won = 0;
        for (float other : others) {
            won += chosen > other ? 1 : chosen == other ? 0.5 : 0;
        }
        return won / others.length;
    }

    private static double popularityWins(HeldOut event) {
        double won = 0;
        for (int k = 1; k <= HeldOut.NEGATIVES; k++) {
            int difference = event.popularity()[0] - event.popularity()[k];
            won += difference > 0 ? 1 : difference == 0 ? 0.5 : 0;
        }
        return won / HeldOut.NEGATIVES;
    }

    private static double gain(int rank) {
        return rank <= 10 ? Math.log(2) / Math.log(rank + 1.0) : 0;
    }

    private static double mean(List<HeldOut> events, ToDoubleFunction<HeldOut> figure) {
        return events.stream().mapToDouble(figure).average().orElse(Double.NaN);
    }

    /// Lower end of the 95 % interval of a mean over events, users resampled whole.
    private static double lowerBound(
            List<HeldOut> events, ToDoubleFunction<HeldOut> figure, long seed) {
        int users = events.stream().mapToInt(HeldOut::user).max().orElse(-1) + 1;
        double[] sums = new double[users];
        double[] counts = new double[users];
        for (HeldOut event : events) {
            sums[event.user()] += figure.applyAsDouble(event);
            counts[event.user()]++;
        }
        var random = new SplittableRandom(seed);
        double[] means = new double[RESAMPLES];
        for (int r = 0; r < RESAMPLES; r++) {
            double sum = 0;
            double count = 0;
            for (int u = 0; u < users; u++) {
                int drawn = random.nextInt(users);
                sum += sums[drawn];
                count += counts[drawn];
            }
            means[r] = sum / count;
        }
        java.util.Arrays.sort(means);
        return means[(int) (0.025 * RESAMPLES)];
    }
}
