package dev.lea.cli.ask;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/// `lea rollback`: makes the version live that was live before.
@Command(
        name = "rollback",
        description = "Makes the version live that was live before the present one.",
        sortOptions = false,
        mixinStandardHelpOptions = true)
final class RollBackCommand implements Callable<Integer> {
    @Spec private CommandSpec spec;
    @Mixin private AgentOptions server;

    @Override
    public Integer call() {
        return Question.run(spec, server, VersionChanges::rollBack);
    }
}
