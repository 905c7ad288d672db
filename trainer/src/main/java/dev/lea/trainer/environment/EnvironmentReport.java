package dev.lea.trainer.environment;

import dev.lea.trainer.evaluation.PairwiseAccuracy;
import dev.lea.trainer.evaluation.Ranking;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
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
            ItemTokens tokens,
            List<HeldOut> valid,
            List<HeldOut> test,
            boolean[] known,
            long seed) {
        double temperature = temperature(valid);
        Map<String, Double> metrics = new TreeMap<>();
        metrics.put("token.loss.before", tokens.lossBefore());
        metrics.put("token.loss.after", tokens.lossAfter());
        metrics.put("reward.temperature", temperature);
        measure("valid.", valid, temperature, seed, metrics);
        measure("test.", test, temperature, seed, metrics);
        measureNew("valid.", valid, known, metrics);
        measureNew("test.", test, known, metrics);
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
        return with(Map.of(name, figure));
    }

    /// The same with more figures.
    public EnvironmentReport with(Map<String, Double> figures) {
        Map<String, Double> more = new TreeMap<>(metrics);
        more.putAll(figures);
        return new EnvironmentReport(more, conditions, unmet, warnings, temperature);
    }

    /// Ranking among all items, apart for targets that the LE was fitted on and for those that it knows by their texts
    /// alone. Nothing where it was fitted on all.
    private static void measureNew(
            String part, List<HeldOut> events, boolean[] known, Map<String, Double> metrics) {
        List<HeldOut> fresh = events.stream().filter(e -> !known[e.next()]).toList();
        if (fresh.isEmpty()) {
            return;
        }
        List<HeldOut> seen = events.stream().filter(e -> known[e.next()]).toList();
        metrics.put(part + "new.events", (double) fresh.size());
        metrics.put(part + "new.hr@10", mean(fresh, e -> e.rank() <= 10 ? 1 : 0));
        metrics.put(part + "new.ndcg@10", mean(fresh, e -> Ranking.gainOfRank(e.rank(), 10)));
        metrics.put(part + "seen.hr@10", mean(seen, e -> e.rank() <= 10 ? 1 : 0));
        metrics.put(part + "seen.ndcg@10", mean(seen, e -> Ranking.gainOfRank(e.rank(), 10)));
        double chance = 0;
        for (int rank = 1; rank <= Math.min(10, known.length); rank++) {
            chance += Ranking.gainOfRank(rank, 10) / known.length;
        }
        metrics.put(part + "random.ndcg@10", chance);
    }

    private static void measure(
            String part,
            List<HeldOut> events,
            double temperature,
            long seed,
            Map<String, Double> metrics) {
        metrics.put(part + "events", (double) events.size());
        PairwiseAccuracy uniform = accuracy(events, HeldOut::uniform, seed);
        PairwiseAccuracy popular = accuracy(events, HeldOut::popular, seed);
        metrics.put(part + "accuracy.uniform", uniform.value());
        metrics.put(part + "accuracy.popular", popular.value());
        metrics.put(part + "accuracy.uniform.low", uniform.lower());
        metrics.put(part + "accuracy.popular.low", popular.lower());
        metrics.put(part + "popularity.accuracy.uniform", popularity(events, seed));
        metrics.put(part + "hr@10", mean(events, e -> e.rank() <= 10 ? 1 : 0));
        metrics.put(part + "ndcg@10", mean(events, e -> Ranking.gainOfRank(e.rank(), 10)));
        metrics.put(part + "popularity.hr@10", mean(events, e -> e.popularityRank() <= 10 ? 1 : 0));
        metrics.put(
                part + "popularity.ndcg@10",
                mean(events, e -> Ranking.gainOfRank(e.popularityRank(), 10)));
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

    /// How often the chosen item's raw reward is above another's.
    private static PairwiseAccuracy accuracy(
            List<HeldOut> events, Function<HeldOut, float[]> others, long seed) {
        int pairs = events.size() * HeldOut.NEGATIVES;
        int[] users = new int[pairs];
        float[] chosen = new float[pairs];
        float[] other = new float[pairs];
        for (int pair = 0; pair < pairs; pair++) {
            HeldOut event = events.get(pair / HeldOut.NEGATIVES);
            users[pair] = event.user();
            chosen[pair] = event.chosen();
            other[pair] = others.apply(event)[pair % HeldOut.NEGATIVES];
        }
        return PairwiseAccuracy.of(users, chosen, other, seed);
    }

    /// The same of the items' popularity against uniform items; a tie, which counts of few events often are,
    /// counts half, so that the bar is not lowered by it.
    private static double popularity(List<HeldOut> events, long seed) {
        int pairs = events.size() * HeldOut.NEGATIVES;
        int[] users = new int[pairs];
        float[] chosen = new float[pairs];
        float[] other = new float[pairs];
        for (int pair = 0; pair < pairs; pair++) {
            HeldOut event = events.get(pair / HeldOut.NEGATIVES);
            users[pair] = event.user();
            chosen[pair] = event.popularity()[0];
            other[pair] = event.popularity()[1 + pair % HeldOut.NEGATIVES];
        }
        return PairwiseAccuracy.of(users, chosen, other, seed).withTiesAsHalf();
    }

    private static double mean(List<HeldOut> events, ToDoubleFunction<HeldOut> figure) {
        return events.stream().mapToDouble(figure).average().orElse(Double.NaN);
    }
}
