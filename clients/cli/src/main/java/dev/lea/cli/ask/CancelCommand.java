package dev.lea.cli.ask;

import dev.lea.client.LeaChannel;
import dev.lea.client.TrainerClient;
import dev.lea.proto.trainer.v1.Run;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `lea cancel`: ends a run for good.
@Command(
        name = "cancel",
        description =
                "Ends a training run at its next checkpoint, for good. What it published stays.",
        sortOptions = false,
        mixinStandardHelpOptions = true)
final class CancelCommand implements Callable<Integer> {
    @Spec private CommandSpec spec;

    @Parameters(paramLabel = "RUN", description = "Its id.")
    private String run;

    @Mixin private TrainerOptions server;

    @Override
    public Integer call() {
        return Question.run(spec, server, this::ask);
    }

    private int ask(LeaChannel channel, Answers answers) {
        Run told = new TrainerClient(channel).cancel(run);
        if (answers.json()) {
            answers.json(told);
        } else {
            answers.say("run %s: %s".formatted(told.getRunId(), Runs.state(told)));
        }
        return ExitCode.DONE;
    }
}
