package dev.lea.trainer.experiment;

import dev.lea.trainer.agent.AgentSettings;
import dev.lea.trainer.agent.Algorithm;
import dev.lea.trainer.agent.Lea;
import dev.lea.trainer.agent.LeaSettings;
import dev.lea.trainer.evaluation.Holm;
import dev.lea.trainer.evaluation.PairedComparison;
import dev.lea.trainer.evaluation.Ranking;
import dev.lea.trainer.experiment.Experiment.Findings;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/// The results of one data set drawn together: a row an agent, over its seeds, each held against its base.
///
/// The base of a variant is the same encoder and algorithm without the LE; of an agent without the LE the supervised
/// recommender; of a control or a varied setting the agent that it was made from. Differences are tested by
/// [PairedComparison] on the test users, corrected by [Holm] over all pairs of the data set.
///
/// @param findings what they are drawn from
/// @param rows     in the grid's order
record Comparison(Findings findings, List<Row> rows) {
    private static final long SEED = 1;

    /// One agent.
    ///
    /// @param label   as tables show it
    /// @param cell    its first seed's
    /// @param results one a seed
    /// @param metrics mean and deviation of each figure
    /// @param against its base; empty where there is none
    record Row(
            String label,
            Cell cell,
            List<CellResult> results,
            Map<String, Figure> metrics,
            Optional<Against> against) {
        Figure metric(String name) {
            return metrics.getOrDefault(name, Figure.NONE);
        }
    }

    /// @param deviation between seeds (of a sample); 0 for one seed
    record Figure(double mean, double deviation) {
        static final Figure NONE = new Figure(Double.NaN, 0);

        static Figure of(List<Double> values) {
            double mean =
                    values.stream().mapToDouble(Double::doubleValue).average().orElse(Double.NaN);
            double squares = values.stream().mapToDouble(v -> (v - mean) * (v - mean)).sum();
            return new Figure(
                    mean, values.size() < 2 ? 0 : Math.sqrt(squares / (values.size() - 1)));
        }
    }

    /// @param base     its label
    /// @param relative difference in NDCG@10 as a share of the base's
    /// @param test     of the difference
    /// @param p        corrected
    record Against(String base, double relative, PairedComparison test, double p) {}

    static Comparison of(Findings findings) {
        Map<String, List<Cell>> byLabel = new LinkedHashMap<>();
        findings.results()
                .keySet()
                .forEach(cell ->
                        byLabel.computeIfAbsent(cell.label(), _ -> new ArrayList<>()).add(cell));
        Map<String, String> bases = new LinkedHashMap<>();
        byLabel.forEach((label, cells) -> {
            String base = base(cells.getFirst());
            if (!base.equals(label) && byLabel.containsKey(base)) {
                bases.put(label, base);
            }
        });
        Map<String, PairedComparison> tests = new LinkedHashMap<>();
        bases.forEach((label, base) ->
                tests.put(
                        label,
                        PairedComparison.of(
                                rankings(findings, byLabel.get(base)),
                                rankings(findings, byLabel.get(label)),
                                SEED)));
        double[] corrected =
                Holm.adjust(tests.values().stream().mapToDouble(PairedComparison::p).toArray());
        Map<String, Double> p = new LinkedHashMap<>();
        tests.keySet().forEach(label -> p.put(label, corrected[p.size()]));
        List<Row> rows = new ArrayList<>();
        byLabel.forEach((label, cells) -> {
            List<CellResult> results = cells.stream().map(findings.results()::get).toList();
            Optional<Against> against =
                    Optional.ofNullable(bases.get(label))
                            .map(base ->
                                    against(
                                            findings,
                                            base,
                                            byLabel.get(base),
                                            tests.get(label),
                                            p.get(label)));
            rows.add(new Row(label, cells.getFirst(), results, metrics(results), against));
        });
        return new Comparison(findings, List.copyOf(rows));
    }

    /// The row of a label.
    Optional<Row> row(String label) {
        return rows.stream().filter(row -> row.label().equals(label)).findFirst();
    }

    /// Label of what a cell is held against; its own where there is nothing.
    static String base(Cell cell) {
        AgentSettings settings = cell.settings();
        if (cell.treatment().kind() != Treatment.Kind.NONE) {
            return settings.label();
        }
        if (settings.lea().variant().asksEnvironment()) {
            LeaSettings without = settings.lea().withVariant(Lea.NONE);
            return settings.withLea(without).label();
        }
        return settings.withAlgorithm(Algorithm.SUPERVISED).label();
    }

    private static List<Ranking> rankings(Findings findings, List<Cell> cells) {
        return cells.stream().map(findings.ranks()::get).toList();
    }

    private static Against against(
            Findings findings,
            String base,
            List<Cell> cells,
            PairedComparison test,
            double corrected) {
        double mean =
                Figure.of(rankings(findings, cells).stream().map(Ranking::ndcg).toList()).mean();
        return new Against(base, test.difference() / mean, test, corrected);
    }

    private static Map<String, Figure> metrics(List<CellResult> results) {
        Map<String, List<Double>> values = new TreeMap<>();
        results.forEach(result ->
                result.metrics()
                        .forEach((name, value) ->
                                values.computeIfAbsent(name, _ -> new ArrayList<>()).add(value)));
        Map<String, Figure> figures = new TreeMap<>();
        values.forEach((name, all) -> figures.put(name, Figure.of(all)));
        figures.put("seconds", Figure.of(results.stream().map(CellResult::seconds).toList()));
        return figures;
    }
}
