package dev.lea.cli.ask;

import com.google.protobuf.Timestamp;
import dev.lea.cli.terminal.Format;
import dev.lea.client.TrainerClient;
import dev.lea.proto.trainer.v1.PublishedVersion;
import dev.lea.proto.trainer.v1.RecommenderReport;
import dev.lea.proto.trainer.v1.Run;
import dev.lea.proto.trainer.v1.RunState;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Locale;

/// Training runs in words.
final class Runs {
    private static final int DATA_WIDTH = 40;

    private Runs() {}

    static void table(List<Run> runs, Answers answers) {
        var table = answers.table("run", "state", "created", "took", "published", "data");
        for (Run run : runs) {
            table.row(
                    run.getRunId(),
                    state(run),
                    time(run.getCreateTime()),
                    took(run),
                    run.getPublishedCount() == 0
                            ? "-"
                            : Long.toString(
                                    run.getPublished(run.getPublishedCount() - 1)
                                            .getModel()
                                            .getVersion()),
                    Format.fit(run.getSpec().getDataPath(), DATA_WIDTH));
        }
        answers.show(table);
    }

    /// Everything about one, but for its stages where these were shown as they went.
    static void show(Run run, Answers answers, boolean stages) {
        answers.say(
                "  run %s %s, created %s, took %s"
                        .formatted(
                                run.getRunId(), state(run), time(run.getCreateTime()), took(run)));
        if (!run.getFailure().isEmpty()) {
            answers.say("  " + run.getFailure());
        }
        if (stages && run.getStagesCount() > 0) {
            var table = answers.table("stage", "took", "done", "");
            run.getStagesList()
                    .forEach(stage ->
                            table.row(
                                    stage.getName(),
                                    Format.seconds(stage.getSeconds()),
                                    stage.getTotal() > 0
                                            ? "%s of %s %s"
                                                    .formatted(
                                                            Format.count(stage.getDone()),
                                                            Format.count(stage.getTotal()),
                                                            stage.getUnit())
                                            : "",
                                    Format.fit(stage.getNote(), answers.titleWidth(70))));
            answers.show(table);
        }
        if (run.getRecommendersCount() > 0) {
            recommenders(run, answers);
        }
        for (PublishedVersion published : run.getPublishedList()) {
            answers.say(
                    "  published %s as %s"
                            .formatted(
                                    published.getRecommender(),
                                    Answers.name(published.getModel())));
        }
    }

    private static void recommenders(Run run, Answers answers) {
        var table = answers.table("recommender", "valid NDCG@10", "test NDCG@10", "test HR@10", "");
        for (RecommenderReport report : run.getRecommendersList()) {
            table.row(
                    report.getName(),
                    metric(report, "valid.ndcg@10"),
                    metric(report, "test.ndcg@10"),
                    metric(report, "test.hr@10"),
                    report.getWinner() ? "published" : "");
        }
        answers.show(table);
    }

    private static String metric(RecommenderReport report, String name) {
        return Format.metric(report.getMetricsOrDefault(name, Double.NaN));
    }

    /// The newest run that is not over, else the newest.
    ///
    /// @throws IllegalArgumentException if there is none
    static String newest(TrainerClient trainer) {
        List<Run> runs = trainer.list();
        return runs.stream()
                .filter(run -> !TrainerClient.isOver(run))
                .findFirst()
                .or(() -> runs.stream().findFirst())
                .orElseThrow(() ->
                        new IllegalArgumentException(
                                "the trainer has no runs; ./lea train --data DIR starts one"))
                .getRunId();
    }

    static int exitCode(Run run) {
        return run.getState() == RunState.RUN_STATE_SUCCEEDED ? ExitCode.DONE : ExitCode.FAILED;
    }

    /// `succeeded`, `failed`...
    static String state(Run run) {
        return run.getState().name().substring("RUN_STATE_".length()).toLowerCase(Locale.ROOT);
    }

    private static String time(Timestamp time) {
        return instant(time).truncatedTo(ChronoUnit.SECONDS).toString();
    }

    private static String took(Run run) {
        Instant end = run.hasEndTime() ? instant(run.getEndTime()) : Instant.now();
        return Format.seconds(Duration.between(instant(run.getCreateTime()), end));
    }

    private static Instant instant(Timestamp time) {
        return Instant.ofEpochSecond(time.getSeconds(), time.getNanos());
    }
}
