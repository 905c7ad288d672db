package dev.lea.trainer.llm.command;

import dev.lea.trainer.llm.LlmBundle;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `lea llm show`: what an imported model is and what it needs.
@Command(
        name = "show",
        description = "Verifies an imported model and shows its sizes and the memory it needs.",
        mixinStandardHelpOptions = true)
final class ShowCommand implements Callable<Integer> {
    @Spec private CommandSpec spec;

    @Parameters(paramLabel = "DIR", description = "The folder that lea llm import wrote.")
    private Path folder;

    @Override
    public Integer call() {
        var out = spec.commandLine().getOut();
        new ModelTable(LlmBundle.open(folder)).lines().forEach(out::println);
        out.flush();
        return 0;
    }
}
