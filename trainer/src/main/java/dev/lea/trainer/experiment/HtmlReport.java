package dev.lea.trainer.experiment;

import dev.lea.trainer.agent.EpochReport;
import dev.lea.trainer.agent.Lea;
import dev.lea.trainer.evaluation.RewardSpread;
import dev.lea.trainer.experiment.Chart.Bar;
import dev.lea.trainer.experiment.Chart.Line;
import dev.lea.trainer.experiment.Chart.Point;
import dev.lea.trainer.experiment.Comparison.Figure;
import dev.lea.trainer.experiment.Comparison.Row;
import dev.lea.trainer.experiment.Treatment.Kind;
import dev.lea.trainer.run.EnvironmentCost;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/// One page that holds everything: no script, no font and no picture from elsewhere.
final class HtmlReport {
    private static final String NDCG = "test.ndcg@10";

    private static final String STYLE =
            """
            :root { color-scheme: light dark; }
            body { font: 15px/1.5 system-ui, sans-serif; max-width: 72rem; margin: 2rem auto; padding: 0 1rem; }
            h2 { margin-top: 3rem; border-bottom: 1px solid #8886; }
            h3 { margin-top: 2rem; }
            .wide { overflow-x: auto; }
            table { border-collapse: collapse; font-variant-numeric: tabular-nums; font-size: 13px; }
            th, td { padding: .25rem .6rem; text-align: right; white-space: nowrap; border-bottom: 1px solid #8883; }
            th:first-child, td:first-child { text-align: left; }
            .grid { display: flex; flex-wrap: wrap; gap: 1.5rem; }
            figure { margin: 0; } figcaption { font-weight: 600; font-size: 13px; }
            svg { max-width: 100%; height: auto; } svg text { font: 12px system-ui, sans-serif; fill: currentColor; }
            .note { opacity: .75; max-width: 46rem; }
            """;

    private final StringBuilder page = new StringBuilder();

    private HtmlReport() {}

    /// Writes the page.
    ///
    /// @param settings what was compared, a line each
    static void write(Path file, List<Comparison> comparisons, List<String> settings) {
        var report = new HtmlReport();
        report.whole(comparisons, settings);
        try {
            Files.writeString(file, report.page, StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot write the report " + file, e);
        }
    }

    private void whole(List<Comparison> comparisons, List<String> settings) {
        page.append("<!DOCTYPE html><html lang=\"en\"><head><meta charset=\"utf-8\"/>")
                .append("<meta name=\"viewport\" content=\"width=device-width\"/>")
                .append("<title>Lea: comparison of recommenders</title><style>")
                .append(STYLE)
                .append("</style></head><body><h1>Comparison of recommenders</h1>");
        paragraph(
                "Every event of the test part is predicted by ranking all items that occur in the interactions; "
                        + "items of the history stay in, a tie never favours the target. Figures are means over seeds, "
                        + "± their standard deviation. Checkpoints were chosen by validation NDCG@10. Differences are "
                        + "tested by a paired bootstrap over test users on NDCG@10 averaged over seeds, corrected by "
                        + "Holm over the pairs of a data set.");
        comparisons.forEach(this::dataSet);
        page.append("<h2>What was asked for</h2><pre>");
        settings.forEach(line -> page.append(escape(line)).append('\n'));
        page.append("</pre></body></html>\n");
    }

    private void dataSet(Comparison comparison) {
        Subject subject = comparison.findings().subject();
        heading(2, subject.name());
        paragraph(
                "%,d users, %,d items, %,d events; %,d to learn from, %,d for validation, %,d to report on."
                        .formatted(
                                subject.data().users(),
                                subject.items(),
                                subject.data().interactions(),
                                subject.transitions().size(),
                                subject.parts().valid().size(),
                                subject.parts().test().size()));
        table(ComparisonTable.HEADER, ComparisonTable.rows(comparison));
        heading(3, "Other lengths of the list, and how recommendations spread");
        table(ComparisonTable.moreHeader(), ComparisonTable.moreRows(comparison));
        events(comparison);
        ablation(comparison);
        curves(comparison);
        sensitivity(comparison);
        controls(comparison);
        environment(comparison);
        cost(comparison);
        states(comparison);
    }

    /// Clicks and purchases apart, where the data has both.
    private void events(Comparison comparison) {
        List<List<String>> rows = new ArrayList<>();
        for (Row row : comparison.rows()) {
            if (row.metrics().containsKey("test.purchase.ndcg@10")) {
                rows.add(
                        List.of(
                                row.label(),
                                mean(row.metric("test.click.ndcg@10")),
                                mean(row.metric("test.click.hr@10")),
                                mean(row.metric("test.purchase.ndcg@10")),
                                mean(row.metric("test.purchase.hr@10"))));
            }
        }
        if (!rows.isEmpty()) {
            heading(3, "Clicks and purchases");
            table(
                    List.of(
                            "agent",
                            "click NDCG@10",
                            "click HR@10",
                            "purchase NDCG@10",
                            "purchase HR@10"),
                    rows);
        }
    }

    private void ablation(Comparison comparison) {
        Map<String, List<Row>> groups = groups(comparison, Kind.NONE::equals);
        if (groups.values().stream().noneMatch(rows -> rows.size() > 1)) {
            return;
        }
        heading(3, "What each part of the LE brings");
        page.append("<div class=\"grid\">");
        groups.forEach((name, rows) -> {
            List<Bar> bars = new ArrayList<>();
            comparison.row(supervised(rows.getFirst())).ifPresent(row -> bars.add(bar(row, false)));
            rows.forEach(row -> bars.add(bar(row, asks(row))));
            figure(name + ": NDCG@10", Chart.bars(name, bars));
        });
        page.append("</div>");
    }

    private void curves(Comparison comparison) {
        heading(3, "Learning curves");
        paragraph("Validation NDCG@10 after each epoch, mean over the seeds that got so far.");
        page.append("<div class=\"grid\">");
        Map<String, List<Row>> groups = new LinkedHashMap<>();
        for (Row row : comparison.rows()) {
            if (row.cell().treatment().kind() == Kind.NONE) {
                String name =
                        row.cell().settings().algorithm().learnsFromNegatives()
                                ? base(row)
                                : row.cell().settings().encoder().architecture().label()
                                        + " without negatives";
                groups.computeIfAbsent(name, _ -> new ArrayList<>()).add(row);
            }
        }
        groups.forEach((name, rows) ->
                figure(
                        name,
                        Chart.lines(name, "epoch", rows.stream().map(HtmlReport::curve).toList())));
        page.append("</div>");
    }

    private static Line curve(Row row) {
        Map<Integer, List<Double>> byEpoch = new java.util.TreeMap<>();
        for (CellResult result : row.results()) {
            for (EpochReport epoch : result.epochs()) {
                byEpoch.computeIfAbsent(epoch.epoch(), _ -> new ArrayList<>())
                        .add(epoch.validation());
            }
        }
        List<Point> points = new ArrayList<>();
        byEpoch.forEach(
                (epoch, values) -> points.add(new Point(epoch, Figure.of(values).mean(), 0)));
        return new Line(row.label(), points);
    }

    private void sensitivity(Comparison comparison) {
        Map<String, List<Row>> bySetting =
                comparison.rows().stream()
                        .filter(row -> row.cell().treatment().kind() == Kind.VARIED)
                        .collect(
                                Collectors.groupingBy(
                                        row -> varied(row)[0],
                                        LinkedHashMap::new,
                                        Collectors.toList()));
        if (bySetting.isEmpty()) {
            return;
        }
        heading(3, "Sensitivity");
        page.append("<div class=\"grid\">");
        bySetting.forEach((setting, rows) -> {
            Map<String, List<Row>> byAgent =
                    rows.stream()
                            .collect(
                                    Collectors.groupingBy(
                                            row -> row.cell().settings().label(),
                                            LinkedHashMap::new,
                                            Collectors.toList()));
            if (rows.stream().allMatch(row -> isNumber(varied(row)[1]))) {
                List<Line> lines = new ArrayList<>();
                byAgent.forEach((agent, own) -> lines.add(new Line(agent, points(own))));
                figure("NDCG@10 by " + setting, Chart.lines(setting, setting, lines));
            } else {
                figure(
                        "NDCG@10 by " + setting,
                        Chart.bars(setting, rows.stream().map(row -> bar(row, true)).toList()));
            }
        });
        page.append("</div>");
    }

    private static List<Point> points(List<Row> rows) {
        return rows.stream()
                .map(row ->
                        new Point(
                                Double.parseDouble(varied(row)[1]),
                                row.metric(NDCG).mean(),
                                row.metric(NDCG).deviation()))
                .sorted(java.util.Comparator.comparingDouble(Point::x))
                .toList();
    }

    private void controls(Comparison comparison) {
        List<Row> treated =
                comparison.rows().stream()
                        .filter(row -> row.cell().treatment().isControl())
                        .toList();
        if (treated.isEmpty()) {
            return;
        }
        heading(3, "Controls");
        paragraph(
                "What the LE gave, replaced by what needs no LE. Where a control does as well, the LE itself is not "
                        + "what helps.");
        page.append("<div class=\"grid\">");
        Map<String, List<Row>> byBase =
                treated.stream()
                        .collect(
                                Collectors.groupingBy(
                                        row -> row.cell().settings().label(),
                                        LinkedHashMap::new,
                                        Collectors.toList()));
        byBase.forEach((agent, rows) -> {
            List<Bar> bars = new ArrayList<>();
            comparison
                    .row(agent)
                    .ifPresent(row -> {
                        comparison.row(base(row)).ifPresent(b -> bars.add(bar(b, false)));
                        bars.add(bar(row, true));
                    });
            rows.forEach(row -> bars.add(bar(row, false)));
            figure(agent + ": NDCG@10", Chart.bars(agent, bars));
        });
        page.append("</div>");
    }

    private void environment(Comparison comparison) {
        if (comparison.findings().spreads().isEmpty()) {
            return;
        }
        heading(3, "Rewards of the LE, by how much users did");
        List<List<String>> rows = new ArrayList<>();
        for (RewardSpread spread : comparison.findings().spreads()) {
            List<String> cells = new ArrayList<>();
            cells.add(
                    spread.fewest() == spread.most()
                            ? spread.most() + " events"
                            : spread.fewest() + " to " + spread.most() + " events");
            cells.add("%,d".formatted(spread.events()));
            cells.add(number(spread.mean()));
            cells.add(number(spread.deviation()));
            spread.quantiles().forEach(quantile -> cells.add(number(quantile)));
            rows.add(cells);
        }
        table(
                List.of(
                        "users",
                        "transitions",
                        "mean",
                        "deviation",
                        "5 %",
                        "25 %",
                        "50 %",
                        "75 %",
                        "95 %"),
                rows);
        heading(3, "How good the LE is");
        List<List<String>> figures = new ArrayList<>();
        comparison
                .findings()
                .le()
                .forEach((name, value) -> figures.add(List.of(name, number(value))));
        table(List.of("figure", "value"), figures);
    }

    /// What the LE cost, what it brought for that, and what it would cost for a million users.
    private void cost(Comparison comparison) {
        EnvironmentCost cost = comparison.findings().cost();
        if (cost.cpuHours() == 0) {
            return;
        }
        long users = comparison.findings().subject().parts().train().size();
        double factor = 1e6 / users;
        heading(3, "What the LE cost");
        paragraph(
                "Asking costs as much for every event, so the last column is that of this data set times %.0f, for %,d users more like these; it was not measured. Fitting is bounded by the setting environment.most_steps, so it is not multiplied. No LLM is asked when a recommender serves."
                        .formatted(factor, 1_000_000 - users));
        table(
                List.of(
                        "",
                        "here: %,d users, %,d events".formatted(users, cost.events()),
                        "a million users, extrapolated"),
                List.of(
                        List.of(
                                "fitting, CPU minutes",
                                minutes(cost.fitCpuSeconds()),
                                minutes(cost.fitCpuSeconds()) + " at the same steps"),
                        List.of(
                                "asking, CPU minutes",
                                minutes(cost.askCpuSeconds()),
                                minutes(cost.askCpuSeconds() * factor)),
                        List.of(
                                "answers on disk, MiB",
                                mebibytes(cost.answerBytes(), 1),
                                mebibytes(cost.answerBytes(), factor)),
                        List.of(
                                "the LE on disk, MiB",
                                mebibytes(cost.modelBytes(), 1),
                                mebibytes(cost.modelBytes(), 1)),
                        List.of(
                                "most memory of the experiment, MiB",
                                mebibytes(cost.trainerBytes(), 1),
                                ""),
                        List.of(
                                "most memory of env-server, MiB",
                                cost.serverBytes() == 0 ? "" : mebibytes(cost.serverBytes(), 1),
                                "")));
        List<List<String>> gains = new ArrayList<>();
        for (Row row : comparison.rows()) {
            if (asks(row) && row.cell().treatment().kind() == Kind.NONE) {
                comparison
                        .row(base(row))
                        .ifPresent(base -> {
                            double gain = row.metric(NDCG).mean() - base.metric(NDCG).mean();
                            gains.add(
                                    List.of(
                                            row.label(),
                                            "%+.4f".formatted(gain),
                                            "%+.4f".formatted(gain / cost.cpuHours())));
                        });
            }
        }
        if (!gains.isEmpty()) {
            table(List.of("agent", "NDCG@10 gained", "a CPU-hour of the LE"), gains);
        }
    }

    private static String minutes(double seconds) {
        return String.format(Locale.ROOT, "%,.1f", seconds / 60);
    }

    private static String mebibytes(long bytes, double factor) {
        return String.format(Locale.ROOT, "%,.0f", (double) bytes * factor / (1 << 20));
    }

    private void states(Comparison comparison) {
        List<Row> pictured =
                comparison.rows().stream()
                        .filter(row -> row.cell().treatment().kind() == Kind.NONE)
                        .filter(row -> row.results().getFirst().picture() != null)
                        .toList();
        if (pictured.isEmpty()) {
            return;
        }
        heading(3, "States");
        paragraph(
                "The encoder's states of some test events along the two directions in which they differ most; the "
                        + "darker, the longer the history.");
        page.append("<div class=\"grid\">");
        for (Row row : pictured) {
            CellResult.Picture picture = row.results().getFirst().picture();
            figure(
                    row.label()
                            + String.format(
                                    Locale.ROOT,
                                    " (%.0f %% of the variance)",
                                    100 * picture.explained()),
                    Chart.scatter(row.label(), picture.points(), picture.shades()));
        }
        page.append("</div>");
    }

    /// Rows of the agents that can learn from the LE, by encoder and algorithm.
    private static Map<String, List<Row>> groups(Comparison comparison, Predicate<Kind> kinds) {
        return comparison.rows().stream()
                .filter(row -> kinds.test(row.cell().treatment().kind()))
                .filter(row -> row.cell().settings().algorithm().learnsFromNegatives())
                .collect(
                        Collectors.groupingBy(
                                HtmlReport::base, LinkedHashMap::new, Collectors.toList()));
    }

    /// The same agent without the LE.
    private static String base(Row row) {
        var settings = row.cell().settings();
        return settings.withLea(settings.lea().withVariant(Lea.NONE)).label();
    }

    private static String supervised(Row row) {
        return row.cell().settings().encoder().architecture().label();
    }

    private static boolean asks(Row row) {
        return row.cell().settings().lea().variant().asksEnvironment();
    }

    private static Bar bar(Row row, boolean strong) {
        Figure figure = row.metric(NDCG);
        return new Bar(row.label(), figure.mean(), figure.deviation(), strong);
    }

    private static String[] varied(Row row) {
        return row.cell().treatment().text().split("=", 2);
    }

    private static boolean isNumber(String text) {
        return text.matches("[0-9]*\\.?[0-9]+([eE]-?[0-9]+)?");
    }

    private static String mean(Figure figure) {
        return number(figure.mean());
    }

    private static String number(double figure) {
        return Double.isNaN(figure) ? "" : String.format(Locale.ROOT, "%.4f", figure);
    }

    private void heading(int level, String text) {
        page.append("<h%d>%s</h%d>".formatted(level, escape(text), level));
    }

    private void paragraph(String text) {
        page.append("<p class=\"note\">").append(escape(text)).append("</p>");
    }

    private void figure(String caption, String svg) {
        page.append("<figure><figcaption>")
                .append(escape(caption))
                .append("</figcaption>")
                .append(svg)
                .append("</figure>");
    }

    private void table(List<String> header, List<List<String>> rows) {
        page.append("<div class=\"wide\"><table><thead><tr>");
        header.forEach(cell -> page.append("<th>").append(escape(cell)).append("</th>"));
        page.append("</tr></thead><tbody>");
        for (List<String> row : rows) {
            page.append("<tr>");
            row.forEach(cell -> page.append("<td>").append(escape(cell)).append("</td>"));
            page.append("</tr>");
        }
        page.append("</tbody></table></div>");
    }

    static String escape(String text) {
        return text.replace("&", "&amp;")
                .replace("<", "&lt;")
                .replace(">", "&gt;")
                .replace("\"", "&quot;");
    }
}
