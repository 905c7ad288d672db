package dev.lea.importer;

import dev.lea.serving.Failure;
import java.io.UncheckedIOException;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/// `lea data`: data sets for the trainer.
@Command(
        name = "data",
        description = "Makes data sets for the trainer: imports them, shows them.",
        subcommands = {ImportCommand.class, ShowCommand.class},
        mixinStandardHelpOptions = true)
public final class DataCommand {
    private DataCommand() {}

    /// Exits with 0 when it was done, 2 when the arguments were wrong, else 1.
    public static void main(String[] arguments) {
        System.exit(commandLine().execute(arguments));
    }

    static CommandLine commandLine() {
        return new CommandLine(new DataCommand())
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setParameterExceptionHandler((exception, _) -> {
                    CommandLine command = exception.getCommandLine();
                    command.getErr().println(exception.getMessage());
                    command.getErr()
                            .printf(
                                    "./lea %s --help explains the options.%n",
                                    command.getCommandSpec().qualifiedName());
                    command.getErr().flush();
                    return 2;
                })
                .setExecutionExceptionHandler((exception, command, _) -> {
                    String message =
                            switch (exception) {
                                case Failure failure -> failure.getMessage();
                                case UncheckedIOException failure ->
                                        failure.getMessage()
                                                + ": "
                                                + failure.getCause().getMessage();
                                default -> throw exception;
                            };
                    command.getErr().println(command.getCommandName() + ": " + message);
                    command.getErr().flush();
                    return 1;
                });
    }
}
