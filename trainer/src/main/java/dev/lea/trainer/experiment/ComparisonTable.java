package dev.lea.trainer.experiment;

import dev.lea.trainer.experiment.Comparison.Against;
import dev.lea.trainer.experiment.Comparison.Figure;
import dev.lea.trainer.experiment.Comparison.Row;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;

/// A comparison as lines for a terminal, and as cells for other forms.
final class ComparisonTable {
    static final List<String> HEADER =
            List.of(
                    "agent",
                    "seeds",
                    "validation NDCG@10",
                    "NDCG@10",
                    "HR@10",
                    "against its base",
                    "95 % interval",
                    "p (Holm)",
                    "seconds");

    private static final List<String> FIGURES =
            List.of("valid.ndcg@10", "test.ndcg@10", "test.hr@10");

    /// Further figures by what they are called.
    private static final Map<String, String> MORE = new LinkedHashMap<>();

    static {
        MORE.put("NDCG@5", "test.ndcg@5");
        MORE.put("HR@5", "test.hr@5");
        MORE.put("NDCG@20", "test.ndcg@20");
        MORE.put("HR@20", "test.hr@20");
        MORE.put("NDCG@10 with history", "test.with_history.ndcg@10");
        MORE.put("HR@10 with history", "test.with_history.hr@10");
        MORE.put("coverage@10", "test.coverage@10");
        MORE.put("Gini@10", "test.gini@10");
        MORE.put("distance@10", "test.distance@10");
    }

    private ComparisonTable() {}

    static List<String> lines(Comparison comparison) {
        List<List<String>> rows = new ArrayList<>(List.of(HEADER));
        rows.addAll(rows(comparison));
        int[] widths = new int[HEADER.size()];
        rows.forEach(row -> {
            for (int column = 0; column < widths.length; column++) {
                widths[column] = Math.max(widths[column], row.get(column).length());
            }
        });
        List<String> lines = new ArrayList<>();
        for (List<String> row : rows) {
            var line = new StringBuilder();
            for (int column = 0; column < widths.length; column++) {
                String cell = row.get(column);
                String pad = " ".repeat(widths[column] - cell.length());
                line.append(column == 0 ? cell + pad : "  " + pad + cell);
            }
            lines.add(line.toString().stripTrailing());
            if (lines.size() == 1) {
                lines.add("-".repeat(Arrays.stream(widths).sum() + 2 * (widths.length - 1)));
            }
        }
        return lines;
    }

    /// The floors' rows, then the agents'.
    static List<List<String>> rows(Comparison comparison) {
        List<List<String>> rows = new ArrayList<>();
        comparison.findings().floors().forEach((name, metrics) -> rows.add(floor(name, metrics)));
        comparison.rows().forEach(row -> rows.add(cells(row)));
        return rows;
    }

    /// Names of further figures.
    static List<String> moreHeader() {
        List<String> header = new ArrayList<>(List.of("agent"));
        header.addAll(MORE.keySet());
        return header;
    }

    /// Further figures of the floors and the agents: means over seeds.
    static List<List<String>> moreRows(Comparison comparison) {
        List<List<String>> rows = new ArrayList<>();
        comparison
                .findings()
                .floors()
                .forEach((name, metrics) -> rows.add(more(name, metrics::get)));
        comparison.rows().forEach(row -> rows.add(more(row.label(), m -> row.metric(m).mean())));
        return rows;
    }

    private static List<String> more(String label, Function<String, Double> figures) {
        List<String> cells = new ArrayList<>(List.of(label));
        MORE.values().forEach(name -> cells.add(number(figures.apply(name))));
        return cells;
    }

    private static List<String> floor(String name, Map<String, Double> metrics) {
        List<String> cells = new ArrayList<>(List.of(name, ""));
        FIGURES.forEach(figure -> cells.add(number(metrics.get(figure))));
        cells.addAll(List.of("", "", "", ""));
        return cells;
    }

    private static List<String> cells(Row row) {
        List<String> cells = new ArrayList<>();
        cells.add(row.label());
        cells.add(Integer.toString(row.results().size()));
        for (String metric : FIGURES) {
            cells.add(figure(row.metric(metric)));
        }
        cells.add(row.against().map(ComparisonTable::difference).orElse(""));
        cells.add(row.against().map(ComparisonTable::interval).orElse(""));
        cells.add(row.against().map(a -> p(a.p())).orElse(""));
        cells.add(String.format(Locale.ROOT, "%.0f", row.metric("seconds").mean()));
        return cells;
    }

    static String difference(Against against) {
        return String.format(
                Locale.ROOT, "%+.1f %% on %s", 100 * against.relative(), against.base());
    }

    private static String interval(Against against) {
        return String.format(
                Locale.ROOT, "%+.4f..%+.4f", against.test().lower(), against.test().upper());
    }

    private static String p(double p) {
        return p < 0.001 ? "< 0.001" : String.format(Locale.ROOT, "%.3f", p);
    }

    private static String figure(Figure figure) {
        if (Double.isNaN(figure.mean())) {
            return "";
        }
        return figure.deviation() == 0
                ? number(figure.mean())
                : String.format(Locale.ROOT, "%.4f ± %.4f", figure.mean(), figure.deviation());
    }

    private static String number(Double figure) {
        return figure == null || figure.isNaN() ? "" : String.format(Locale.ROOT, "%.4f", figure);
    }
}
