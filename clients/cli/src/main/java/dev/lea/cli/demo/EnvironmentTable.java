package dev.lea.cli.demo;

import static dev.lea.cli.terminal.Format.metric;

import dev.lea.cli.terminal.Style;
import dev.lea.cli.terminal.Table;
import dev.lea.proto.trainer.v1.EnvironmentReport;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// How good the LE is: a row a figure, on validation users (where the gate stands), on test users, and what
/// popularity alone reaches there.
final class EnvironmentTable {
    private static final String TRUTH = "truth.spearman";
    private static final double TRUTH_BOUND = 0.5;

    /// The trainer's names, in the order of the table, with what they mean to a newcomer.
    private static final Map<String, String> MEANING = new LinkedHashMap<>();

    static {
        MEANING.put("accuracy.uniform", "prefers the next item to a uniform one");
        MEANING.put("accuracy.uniform.low", "  lower 95 % bound of it");
        MEANING.put("accuracy.popular", "prefers the next item to a popular one");
        MEANING.put("accuracy.popular.low", "  lower 95 % bound of it");
        MEANING.put("hr@10", "HR@10, all items ranked by the state");
        MEANING.put("ndcg@10", "NDCG@10, all items ranked by the state");
        MEANING.put("reward.mean", "reward of what users did, mean");
        MEANING.put("reward.deviation", "reward of what users did, deviation");
    }

    private static final String RAW = "raw.";

    /// Rankings that stand below the one that they are like.
    private static final Map<String, String> BESIDE = new LinkedHashMap<>();

    static {
        BESIDE.put(RAW, "  by the language model as it is");
        BESIDE.put("seen.", "  of items that it was fitted on");
        BESIDE.put("new.", "  of items that it knows by their texts");
    }

    private final Style style;

    EnvironmentTable(Style style) {
        this.style = style;
    }

    Table of(EnvironmentReport environment) {
        Map<String, Double> metrics = environment.getMetricsMap();
        Map<String, Condition> gate = gate(environment.getConditionsList());
        var table = new Table(style, "figure", "validation", "test", "popularity", "bound", "");
        MEANING.forEach((name, meaning) -> {
            if (metrics.containsKey("valid." + name) || metrics.containsKey("test." + name)) {
                row(
                        table,
                        meaning,
                        List.of(
                                figure(metrics, "valid." + name),
                                figure(metrics, "test." + name),
                                figure(metrics, "test.popularity." + name)),
                        Optional.ofNullable(gate.remove("valid." + name)));
            }
            BESIDE.forEach((prefix, meaningOfIt) -> {
                if (name.endsWith("@10") && metrics.containsKey(at(prefix, "valid.", name))) {
                    row(
                            table,
                            meaningOfIt,
                            List.of(
                                    figure(metrics, at(prefix, "valid.", name)),
                                    figure(metrics, at(prefix, "test.", name)),
                                    ""),
                            Optional.empty());
                }
            });
        });
        gate.forEach((name, condition) ->
                row(
                        table,
                        name,
                        List.of(metric(condition.figure()), "", ""),
                        Optional.of(condition)));
        if (metrics.containsKey(TRUTH)) {
            double truth = metrics.get(TRUTH);
            row(
                    table,
                    "rank correlation with the true reward",
                    List.of("", metric(truth), ""),
                    Optional.of(new Condition(TRUTH, truth, ">=", TRUTH_BOUND)));
        }
        return table;
    }

    private static String at(String prefix, String part, String name) {
        return prefix.equals(RAW) ? prefix + part + name : part + prefix + name;
    }

    private void row(
            Table table, String meaning, List<String> figures, Optional<Condition> condition) {
        String bound =
                condition
                        .map(c -> c.comparison().replace(">=", "≥") + " " + metric(c.bound()))
                        .orElse("");
        String mark = condition.map(c -> c.isMet() ? style.good("✓") : style.bad("✗")).orElse("");
        table.row(meaning, figures.get(0), figures.get(1), figures.get(2), bound, mark);
    }

    private static String figure(Map<String, Double> metrics, String name) {
        return metrics.containsKey(name) ? metric(metrics.get(name)) : "";
    }

    private static Map<String, Condition> gate(List<String> conditions) {
        var gate = new LinkedHashMap<String, Condition>();
        for (String text : conditions) {
            Condition.parse(text).ifPresent(condition -> gate.put(condition.name(), condition));
        }
        return gate;
    }
}
