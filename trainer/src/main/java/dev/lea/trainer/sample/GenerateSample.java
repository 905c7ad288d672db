package dev.lea.trainer.sample;

import dev.lea.serving.Failure;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// `lea sample`: writes the sample data set and says what is in it.
@Command(
        name = "sample",
        description =
                "Writes a made-up shop's items and purchases, the same bytes for the same seed.",
        mixinStandardHelpOptions = true)
public final class GenerateSample implements Callable<Integer> {
    @Option(
            names = "--to",
            required = true,
            description = "Folder to write: empty, absent or a sample.")
    private Path folder;

    @Option(names = "--seed", defaultValue = "1", description = "Default: ${DEFAULT-VALUE}.")
    private long seed;

    @Option(
            names = "--customers",
            defaultValue = "" + Sample.CUSTOMERS,
            description = "From 50 to 1,000,000. Default: ${DEFAULT-VALUE}.")
    private int customers;

    @Spec private CommandSpec spec;

    private GenerateSample() {}

    /// Exits with 0 when the sample was written, 2 when the arguments were wrong, else 1.
    public static void main(String[] arguments) {
        System.exit(commandLine().execute(arguments));
    }

    static CommandLine commandLine() {
        return new CommandLine(new GenerateSample())
                .setExecutionExceptionHandler((exception, command, _) -> {
                    if (exception instanceof Failure) {
                        command.getErr().println("sample: " + exception.getMessage());
                        return 1;
                    }
                    throw exception;
                });
    }

    @Override
    public Integer call() {
        if (customers < 50 || customers > 1_000_000) {
            throw new CommandLine.ParameterException(
                    spec.commandLine(), "--customers must be in [50, 1000000] but is " + customers);
        }
        Sample sample = Sample.generate(seed, customers);
        SampleFolder.write(sample, folder);
        var out = spec.commandLine().getOut();
        List<int[]> purchases = sample.purchases();
        out.printf(
                Locale.ROOT,
                "%s: %,d customers, %,d items, %,d purchases (%.1f each), seed %d%n",
                folder,
                purchases.size(),
                sample.shop().items().size(),
                sample.events(),
                (double) sample.events() / purchases.size(),
                seed);
        out.flush();
        return 0;
    }
}
