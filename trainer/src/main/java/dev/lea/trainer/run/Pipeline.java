package dev.lea.trainer.run;

import dev.lea.proto.trainer.v1.DataSummary;
import dev.lea.proto.trainer.v1.EnvironmentReport;
import dev.lea.proto.trainer.v1.RunSpec;
import dev.lea.serving.feature.HistoryWindow;
import dev.lea.trainer.data.Dataset;
import dev.lea.trainer.data.Sequence;
import java.nio.file.Path;
import java.util.List;

/// What a run does, from a data set to a live policy.
///
/// Stages leave checkpoints in the run's folder; done again after a kill they go on where those stand, and a
/// finished one costs nothing. Trainings that do not wait for each other run side by side, one thread each.
final class Pipeline {
    private final RunRecord record;
    private final Targets targets;

    /// @param targets of a run that names none
    Pipeline(RunRecord record, Targets targets) {
        this.record = record;
        RunSpec spec = record.get().getSpec();
        this.targets = targets.with(spec.getEnvironmentTarget(), spec.getAgentTarget());
    }

    void run() throws InterruptedException {
        RunSpec spec = record.get().getSpec();
        Dataset data = readData(Path.of(spec.getDataPath()), spec.getSeed());
        RunSettings settings =
                RunSettings.of(
                        spec.getPreset(),
                        spec.getSettingsMap(),
                        spec.getSeed(),
                        context -> windows(data.train(), context));
        settings.expectCatalogue(data.catalogue().size());
        try (var environmentChannel = targets.openEnvironment();
                var agentChannel = targets.openAgent()) {
            var outage = new Outage(record);
            var environment = new EnvironmentStages(record, data, settings, spec, outage);
            var le = environment.fit(environmentChannel);
            var agents = new AgentStages(record, data, settings, outage, agentChannel);
            agents.rankFloor();
            SideBySide.run(
                    record::stop,
                    () -> {
                        agents.publishFirst(agents.train(settings.supervised(), null, le));
                        agents.train(settings.base(), null, le);
                    },
                    () -> {
                        try (var annotations = environment.annotate(environmentChannel, le)) {
                            agents.train(settings.lea(), annotations.annotations(), le);
                        }
                    });
            agents.publishBetter();
        }
    }

    private Dataset readData(Path folder, long seed) {
        String stage = "read data";
        record.stage(stage, "rows");
        Dataset data = Dataset.read(folder, seed);
        var summary =
                DataSummary.newBuilder()
                        .setUsers(data.users())
                        .setItems(data.catalogue().size())
                        .setInteractions(data.interactions())
                        .setBadRows(data.badRows().count())
                        .addAllBadRowExamples(data.badRows().examples())
                        .setItemsWithoutText(data.catalogue().withoutText())
                        .setTrainUsers(data.train().size())
                        .setValidUsers(data.valid().size())
                        .setTestUsers(data.test().size());
        record.update(run -> run.setData(summary));
        record.complete(
                stage,
                data.users()
                        + " users, "
                        + data.catalogue().size()
                        + " items, "
                        + data.interactions()
                        + " events");
        return data;
    }

    /// Windows that the LE sees of some sequences.
    static long windows(List<Sequence> sequences, int context) {
        var window = new HistoryWindow(context);
        return sequences.stream().mapToLong(s -> window.segments(s.length() - 1).size()).sum();
    }

    /// The report as it is shown.
    static EnvironmentReport shown(dev.lea.trainer.environment.EnvironmentReport report) {
        return EnvironmentReport.newBuilder()
                .putAllMetrics(report.metrics())
                .setPassed(report.passed())
                .addAllConditions(report.conditions())
                .addAllWarnings(report.warnings())
                .build();
    }
}
