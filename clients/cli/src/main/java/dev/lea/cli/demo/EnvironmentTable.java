package dev.lea.cli.demo;

import static dev.lea.cli.terminal.Format.metric;

import dev.lea.cli.terminal.Style;
import dev.lea.cli.terminal.Table;
import dev.lea.proto.trainer.v1.EnvironmentReport;
import java.util.LinkedHashMap;
import java.util.Map;

/// How good the LE is: first what the gate asks, with its bounds, then what is only reported.
final class EnvironmentTable {
    private static final String TRUTH = "truth.spearman";
    private static final double TRUTH_BOUND = 0.5;

    /// Names that a newcomer understands; a figure without one is shown by its own name.
    private static final Map<String, String> MEANING = new LinkedHashMap<>();

    static {
        MEANING.put("accuracy.uniform.low", "  lower 95 % bound of it");
        MEANING.put("accuracy.popular.low", "  lower 95 % bound of it");
        MEANING.put("accuracy.uniform", "next item above a uniform one");
        MEANING.put("accuracy.popular", "next item above a popular one");
        MEANING.put("hr@10", "HR@10 of ranking all items by state");
        MEANING.put("ndcg@10", "NDCG@10 of ranking all items by state");
        MEANING.put("reward.mean", "reward of what users did, mean");
        MEANING.put("reward.deviation", "reward of what users did, deviation");
    }

    private final Style style;

    EnvironmentTable(Style style) {
        this.style = style;
    }

    Table of(EnvironmentReport environment) {
        var table = new Table(style, "figure", "name", "value", "bound", "");
        var rest = new java.util.TreeMap<>(environment.getMetricsMap());
        for (String text : environment.getConditionsList()) {
            Condition.parse(text)
                    .ifPresent(condition -> {
                        rest.remove(condition.name());
                        row(table, condition);
                    });
        }
        Double truth = rest.remove(TRUTH);
        rest.forEach((name, value) -> {
            if (name.startsWith("test.")) {
                table.row(meaning(name), style.dim(name), metric(value));
            }
        });
        if (truth != null) {
            row(table, new Condition(TRUTH, truth, ">=", TRUTH_BOUND));
        }
        return table;
    }

    private void row(Table table, Condition condition) {
        table.row(
                meaning(condition.name()),
                style.dim(condition.name()),
                metric(condition.figure()),
                condition.comparison().replace(">=", "≥") + " " + metric(condition.bound()),
                condition.isMet() ? style.good("✓") : style.bad("✗"));
    }

    private static String meaning(String name) {
        if (name.equals(TRUTH)) {
            return "rank correlation with the true reward";
        }
        String bare = name.replaceFirst("^(valid|test)\\.", "");
        return MEANING.getOrDefault(bare, bare);
    }
}
