package dev.lea.cli.ask;

import dev.lea.cli.run.RunView;
import dev.lea.client.LeaChannel;
import dev.lea.client.TrainerClient;
import dev.lea.proto.trainer.v1.Run;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `lea watch`: a run as it goes, until it ends.
@Command(
        name = "watch",
        description = {
            "A training run as it goes, until it ends; through lost connections. Ctrl-C ends the watch, not the run.",
            "Ends with 0 where the run succeeded, with 1 where it did not. For versions: ./lea versions watch."
        },
        sortOptions = false,
        mixinStandardHelpOptions = true)
final class WatchCommand implements Callable<Integer> {
    @Spec private CommandSpec spec;

    @Parameters(
            paramLabel = "RUN",
            arity = "0..1",
            description = "Its id. Default: the newest that is not over.")
    private String run;

    @Mixin private TrainerOptions server;

    @Override
    public Integer call() {
        return Question.run(
                spec,
                server,
                (channel, answers) ->
                        watch(
                                channel,
                                answers,
                                run == null ? Runs.newest(new TrainerClient(channel)) : run));
    }

    /// Follows a run to its end.
    static int watch(LeaChannel channel, Answers answers, String run) {
        var trainer = new TrainerClient(channel);
        if (answers.json()) {
            return Runs.exitCode(trainer.watch(run, answers::jsonLine));
        }
        Run ended;
        answers.flush();
        try (var view = new RunView(answers.terminal(), () -> "")) {
            ended = trainer.watch(run, view::update);
        }
        Runs.show(ended, answers, false);
        return Runs.exitCode(ended);
    }
}
