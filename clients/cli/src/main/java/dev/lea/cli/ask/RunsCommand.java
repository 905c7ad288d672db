package dev.lea.cli.ask;

import dev.lea.client.LeaChannel;
import dev.lea.client.TrainerClient;
import dev.lea.proto.trainer.v1.ListRunsResponse;
import dev.lea.proto.trainer.v1.Run;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `lea runs`: the trainer's runs, or one of them.
@Command(
        name = "runs",
        description = "The trainer's runs, newest first; or all about one.",
        footerHeading = "%nExamples%n",
        footer = {"  ./lea runs", "  ./lea runs 20260131-120000-1 --json"},
        sortOptions = false,
        mixinStandardHelpOptions = true)
final class RunsCommand implements Callable<Integer> {
    @Spec private CommandSpec spec;

    @Parameters(paramLabel = "RUN", arity = "0..1", description = "One run's id.")
    private String run;

    @Mixin private TrainerOptions server;

    @Override
    public Integer call() {
        return Question.run(spec, server, this::ask);
    }

    private int ask(LeaChannel channel, Answers answers) {
        var trainer = new TrainerClient(channel);
        if (run == null) {
            list(trainer.list(), answers);
            return ExitCode.DONE;
        }
        Run one = trainer.get(run);
        if (answers.json()) {
            answers.json(one);
        } else {
            Runs.show(one, answers, true);
        }
        return ExitCode.DONE;
    }

    private static void list(List<Run> runs, Answers answers) {
        if (answers.json()) {
            answers.json(ListRunsResponse.newBuilder().addAllRuns(runs));
        } else if (runs.isEmpty()) {
            answers.say("no runs yet; ./lea train --data DIR starts one");
        } else {
            Runs.table(runs, answers);
        }
    }
}
