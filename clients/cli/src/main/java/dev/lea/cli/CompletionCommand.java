package dev.lea.cli;

import java.util.List;
import java.util.concurrent.Callable;
import picocli.AutoComplete;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `lea completion`: what makes a shell complete commands and options.
@Command(
        name = "completion",
        description = "Prints what makes bash or zsh complete Lea's commands and options.",
        footerHeading = "%nExamples%n",
        footer = {
            "  source <(./lea completion bash)                    this shell",
            "  ./lea completion bash > ~/.local/share/bash-completion/completions/lea",
            "  ./lea completion zsh > ~/.lea-completion && echo 'source ~/.lea-completion' >> ~/.zshrc"
        },
        mixinStandardHelpOptions = true)
final class CompletionCommand implements Callable<Integer> {
    /// Those that the launcher starts by itself.
    private static final List<String> OTHERS =
            List.of(
                    "env-server",
                    "agent-server",
                    "trainer",
                    "llm",
                    "experiment",
                    "data",
                    "sample",
                    "bench",
                    "soak",
                    "contract",
                    "test",
                    "build",
                    "jdk",
                    "version",
                    "help");

    @Spec private CommandSpec spec;

    @Parameters(paramLabel = "SHELL", description = "bash or zsh.")
    private String shell;

    @Override
    public Integer call() {
        if (!shell.equals("bash") && !shell.equals("zsh")) {
            throw new ParameterException(
                    spec.commandLine(), "SHELL must be bash or zsh but is '" + shell + "'");
        }
        CommandLine lea = Main.commandLine();
        OTHERS.forEach(name -> lea.addSubcommand(name, CommandSpec.create()));
        if (shell.equals("zsh")) {
            spec.commandLine().getOut().println("autoload -Uz compinit && compinit");
        }
        spec.commandLine().getOut().println(AutoComplete.bash("lea", lea));
        spec.commandLine().getOut().flush();
        return 0;
    }
}
