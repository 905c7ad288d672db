package dev.lea.cli;

import dev.lea.cli.ask.AskCommands;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/// `lea`, for people.
@Command(
        name = "lea",
        description = "A language model as the environment from which a recommender learns.",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        subcommands = {DemoCommand.class, CompletionCommand.class},
        synopsisSubcommandLabel = "COMMAND")
public final class Main {
    private Main() {}

    /// Exits with 0 when the command did what it was asked to, 1 when that failed, 2 when it was asked wrongly, and 3 when a
    /// server is not there.
    public static void main(String[] arguments) {
        System.exit(commandLine().execute(arguments));
    }

    static CommandLine commandLine() {
        var lea = new CommandLine(new Main());
        for (Object command : AskCommands.all()) {
            lea.addSubcommand(command);
        }
        for (CommandLine command : lea.getSubcommands().values()) {
            command.getCommandSpec().usageMessage().abbreviateSynopsis(true);
        }
        lea.setUsageHelpWidth(Math.clamp(Integer.getInteger("lea.columns", 0), 100, 120));
        return lea.setParameterExceptionHandler((exception, _) -> {
            var command = exception.getCommandLine();
            command.getErr().println("lea: " + exception.getMessage());
            CommandLine.UnmatchedArgumentException.printSuggestions(exception, command.getErr());
            command.getErr()
                    .printf(
                            "./%s --help explains the options.%n",
                            command.getCommandSpec().qualifiedName());
            command.getErr().flush();
            return CommandLine.ExitCode.USAGE;
        });
    }
}
