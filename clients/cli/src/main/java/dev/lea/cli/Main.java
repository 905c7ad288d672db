package dev.lea.cli;

import picocli.CommandLine;
import picocli.CommandLine.Command;

/// `lea`, for people.
@Command(
        name = "lea",
        description = "A language model as the environment from which a recommender learns.",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        subcommands = {DemoCommand.class, VersionsCommand.class},
        synopsisSubcommandLabel = "COMMAND")
public final class Main {
    private Main() {}

    /// Exits with 0 when the command did what it was asked to, 2 when it was asked wrongly, else 1.
    public static void main(String[] arguments) {
        System.exit(commandLine().execute(arguments));
    }

    static CommandLine commandLine() {
        return new CommandLine(new Main());
    }
}
