package dev.lea.cli.ask;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `lea activate`: makes a version live.
@Command(
        name = "activate",
        description = "Makes a version live, while the server serves; promotes a canary.",
        footerHeading = "%nExamples%n",
        footer = {
            "  ./lea activate 7",
            "  ./lea activate 7 --expect 6                    only if version 6 is live now",
            "  ./lea activate 3 --server env.example:7071     env-server's"
        },
        sortOptions = false,
        mixinStandardHelpOptions = true)
final class ActivateCommand implements Callable<Integer> {
    @Spec private CommandSpec spec;

    @Parameters(paramLabel = "VERSION", description = "Its number.")
    private long version;

    @Option(
            names = "--expect",
            paramLabel = "VERSION",
            defaultValue = "0",
            description = "Refuse if another version is live now.")
    private long expected;

    @Mixin private AgentOptions server;

    @Override
    public Integer call() {
        return Question.run(
                spec,
                server,
                (channel, answers) -> VersionChanges.activate(channel, answers, version, expected));
    }
}
