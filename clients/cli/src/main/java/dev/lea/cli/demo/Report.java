package dev.lea.cli.demo;

import static dev.lea.cli.terminal.Format.count;
import static dev.lea.cli.terminal.Format.fit;
import static dev.lea.cli.terminal.Format.left;
import static dev.lea.cli.terminal.Format.mebibytes;
import static dev.lea.cli.terminal.Format.metric;
import static dev.lea.cli.terminal.Format.millis;
import static dev.lea.cli.terminal.Format.seconds;

import dev.lea.cli.terminal.Style;
import dev.lea.cli.terminal.Table;
import dev.lea.cli.terminal.Terminal;
import dev.lea.proto.trainer.v1.DataSummary;
import dev.lea.proto.trainer.v1.EnvironmentReport;
import dev.lea.proto.trainer.v1.PublishedVersion;
import dev.lea.proto.trainer.v1.RecommenderReport;
import dev.lea.proto.trainer.v1.Run;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/// The tables at the end.
final class Report {
    private static final List<String> RANKING =
            List.of("hr@5", "ndcg@5", "hr@10", "ndcg@10", "hr@20", "ndcg@20");
    private static final int HISTORY_SHOWN = 4;
    private static final long MEMORY_BOUND_BYTES = 2L << 30;

    private final Terminal terminal;
    private final Style style;

    Report(Terminal terminal) {
        this.terminal = terminal;
        this.style = terminal.style();
    }

    /// Everything there is to say about a run and what happened around it.
    void print(Story.Outcome outcome, DataFolder data) {
        Run run = outcome.run();
        if (run.hasData()) {
            data(run.getData());
        }
        if (run.hasEnvironment()) {
            environment(run.getEnvironment());
        }
        if (run.getRecommendersCount() > 0) {
            recommenders(run);
        }
        outcome.load().ifPresent(load -> swap(run, load));
        if (outcome.before().isPresent() && outcome.after().isPresent()) {
            people(outcome, data);
        }
    }

    /// What it cost.
    ///
    /// @param peaks most memory that each program held; 0 where that is not known
    void cost(Map<String, Long> peaks, Duration total) {
        terminal.heading("What it took");
        var table = new Table(style, "program", "peak memory", "bound", "");
        peaks.forEach((program, bytes) ->
                table.row(
                        program,
                        bytes > 0 ? mebibytes(bytes) : "-",
                        "< " + mebibytes(MEMORY_BOUND_BYTES),
                        bytes > 0 ? mark(bytes < MEMORY_BOUND_BYTES) : ""));
        terminal.print(table.lines());
        terminal.print();
        terminal.print("  " + style.bold("total time " + seconds(total)));
    }

    private void data(DataSummary data) {
        terminal.heading("Data");
        terminal.print(
                "  %s users (%s train, %s validation, %s test), %s items, %s interactions"
                        .formatted(
                                count(data.getUsers()),
                                count(data.getTrainUsers()),
                                count(data.getValidUsers()),
                                count(data.getTestUsers()),
                                count(data.getItems()),
                                count(data.getInteractions())));
        if (data.getItemsWithoutText() > 0) {
            terminal.print("  items without text: " + count(data.getItemsWithoutText()));
        }
        if (data.getBadRows() > 0) {
            terminal.print(
                    style.warning("  " + count(data.getBadRows()) + " rows could not be read:"));
            data.getBadRowExamplesList()
                    .forEach(row -> terminal.print("    " + fit(row, terminal.width() - 4)));
        }
    }

    private void environment(EnvironmentReport environment) {
        terminal.heading("The LLM environment (LE), on users it never saw");
        terminal.print(new EnvironmentTable(style).of(environment).lines());
        for (String condition : environment.getConditionsList()) {
            if (Condition.parse(condition).isEmpty()) {
                terminal.print("    " + condition);
            }
        }
        for (String warning : environment.getWarningsList()) {
            terminal.print(style.warning("  ! " + warning));
        }
        terminal.print(
                environment.getPassed()
                        ? style.good("  ✓ good enough to learn from")
                        : style.bad("  ✗ not good enough to learn from: the run stops here"));
    }

    private void recommenders(Run run) {
        terminal.heading("Recommenders, test users, every item ranked");
        var header = new ArrayList<>(List.of("recommender"));
        RANKING.forEach(name -> header.add(name.replace("hr", "HR").replace("ndcg", "NDCG")));
        header.add("");
        var table = new Table(style, header.toArray(String[]::new));
        for (RecommenderReport recommender : run.getRecommendersList()) {
            var row = new ArrayList<>(List.of(recommender.getName()));
            RANKING.forEach(name -> row.add(figure(run, recommender, "test." + name)));
            row.add(recommender.getWinner() ? style.good("● live") : "");
            table.row(row);
        }
        terminal.print(table.lines());
        terminal.print(
                style.dim(
                        "  bold: best of the column. The policy that went live is chosen on validation users."));
    }

    /// The figure, in bold when no other recommender has a higher one.
    private String figure(Run run, RecommenderReport recommender, String name) {
        double value = recommender.getMetricsMap().getOrDefault(name, Double.NaN);
        boolean best =
                run.getRecommendersList().stream()
                        .map(other -> other.getMetricsMap().get(name))
                        .filter(Objects::nonNull)
                        .noneMatch(other -> other > value);
        return best && Double.isFinite(value) ? style.bold(metric(value)) : metric(value);
    }

    private void swap(Run run, LoadReport load) {
        terminal.heading("The swap, under load");
        var published =
                new Table(
                        style,
                        "version",
                        "recommender",
                        "answers",
                        "largest difference, trained vs served");
        for (PublishedVersion version : run.getPublishedList()) {
            long number = version.getModel().getVersion();
            published.row(
                    Long.toString(number),
                    version.getRecommender(),
                    count(load.versions().getOrDefault(number, 0L)),
                    "%.1e".formatted(version.getParity()));
        }
        terminal.print(published.lines());
        terminal.print();
        var table = new Table(style, "calls", "count", "p50", "p99");
        table.row(latency("far from a swap", load.quiet()));
        if (load.swaps() > 0) {
            table.row(
                    latency(
                            "within %d ms of a swap".formatted(LoadReport.NEAR.toMillis()),
                            load.swapping()));
        }
        terminal.print(table.lines());
        terminal.print();
        String line =
                "  failed calls: %s of %s".formatted(count(load.failed()), count(load.calls()));
        terminal.print(load.failed() == 0 ? style.good(line) : style.bad(line));
        load.failures()
                .forEach(failure -> terminal.print("    " + fit(failure, terminal.width() - 4)));
        if (load.swaps() == 0) {
            terminal.print(
                    style.dim("  the first policy stayed the better one, so nothing was swapped"));
        }
    }

    private static List<String> latency(String name, Latency latency) {
        if (latency.calls() == 0) {
            return List.of(name, "0", "-", "-");
        }
        return List.of(
                name,
                count(latency.calls()),
                millis(latency.p50Millis()),
                millis(latency.p99Millis()));
    }

    private void people(Story.Outcome outcome, DataFolder data) {
        var before = outcome.before().orElseThrow();
        var after = outcome.after().orElseThrow();
        terminal.heading("What a few users are recommended, before and after");
        int half = (terminal.width() - 8) / 2;
        for (int u = 0; u < outcome.users().size(); u++) {
            var user = outcome.users().get(u);
            terminal.print("  " + style.bold("user " + user.id()));
            history(user)
                    .forEach(item ->
                            terminal.print("    " + style.dim("did  ") + title(item, data)));
            if (!user.next().isEmpty()) {
                terminal.print("    " + style.dim("then ") + title(user.next(), data));
            }
            terminal.print(
                    "  "
                            + left(style.dim(policy(outcome.run(), before.version())), half + 2)
                            + style.dim(policy(outcome.run(), after.version())));
            var old = before.recommendations().get(u);
            var now = after.recommendations().get(u);
            for (int rank = 0; rank < Math.max(old.size(), now.size()); rank++) {
                terminal.print(
                        "  "
                                + left(place(old, rank, user, data, half), half + 2)
                                + place(now, rank, user, data, half));
            }
        }
    }

    /// The newest few items, oldest first.
    private static List<String> history(Comparison.User user) {
        int from = Math.max(0, user.history().size() - HISTORY_SHOWN);
        return user.history().subList(from, user.history().size());
    }

    private String title(String item, DataFolder data) {
        return fit(data.title(item), terminal.width() - 11);
    }

    private String place(
            List<String> items, int rank, Comparison.User user, DataFolder data, int width) {
        if (rank >= items.size()) {
            return "";
        }
        String item = items.get(rank);
        String line = (rank + 1) + "  " + fit(data.title(item), width - 6);
        return item.equals(user.next()) ? style.good(line + " ●") : line;
    }

    private static String policy(Run run, long version) {
        return "version "
                + version
                + run.getPublishedList().stream()
                        .filter(published -> published.getModel().getVersion() == version)
                        .map(published -> ", " + published.getRecommender())
                        .findFirst()
                        .orElse("");
    }

    private String mark(boolean good) {
        return good ? style.good("✓") : style.bad("✗");
    }
}
