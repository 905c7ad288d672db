package dev.lea.trainer.experiment;

import dev.lea.serving.Failure;
import dev.lea.serving.config.StartFailure;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.List;

/// `lea experiment`: compares recommenders over a grid; ends in a table for each data set and one page for all.
public final class ExperimentCommand {
    private ExperimentCommand() {}

    /// Exits with 0 when everything was compared, 2 when the settings were wrong, else 1.
    public static void main(String[] arguments) {
        Path home = Path.of(System.getProperty("lea.home", "."));
        int columns = Integer.getInteger("lea.columns", 0);
        System.exit(
                ExperimentSettings.PROGRAM.run(
                        List.of(arguments),
                        System.getenv(),
                        System.out,
                        System.err,
                        settings -> run(settings, home, columns, System.out)));
    }

    static void run(ExperimentSettings settings, Path home, int columns, PrintStream out)
            throws InterruptedException {
        var board = new Board(out, columns, System::nanoTime);
        List<Comparison> comparisons;
        try {
            comparisons =
                    new Experiment(settings, home, board)
                            .run().stream().map(Comparison::of).toList();
        } catch (Failure failure) {
            throw new StartFailure(failure.getMessage());
        }
        for (Comparison comparison : comparisons) {
            out.println();
            out.println(comparison.findings().subject().name());
            ComparisonTable.lines(comparison).forEach(out::println);
        }
        Path report = settings.out().resolve("report.html");
        HtmlReport.write(report, comparisons, settings.lines());
        out.println();
        out.println("The report: " + report.toAbsolutePath().normalize());
    }
}
