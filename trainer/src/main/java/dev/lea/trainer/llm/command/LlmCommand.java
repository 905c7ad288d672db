package dev.lea.trainer.llm.command;

import dev.lea.serving.Failure;
import java.io.UncheckedIOException;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/// `lea llm`: a language model of yours as the environment.
@Command(
        name = "llm",
        description = "Brings language models: imports them, shows them.",
        subcommands = {ImportCommand.class, ShowCommand.class},
        mixinStandardHelpOptions = true)
public final class LlmCommand {
    private LlmCommand() {}

    /// Exits with 0 when it was done, 2 when the arguments were wrong, else 1.
    public static void main(String[] arguments) {
        System.exit(commandLine().execute(arguments));
    }

    static CommandLine commandLine() {
        return new CommandLine(new LlmCommand())
                .setCaseInsensitiveEnumValuesAllowed(true)
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
