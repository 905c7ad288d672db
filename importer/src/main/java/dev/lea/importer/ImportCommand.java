package dev.lea.importer;

import dev.lea.importer.source.Order;
import dev.lea.importer.source.Plan;
import dev.lea.importer.source.Source;
import dev.lea.importer.store.Rules;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `lea data import`: makes a data set's folder of files as they are handed out.
@Command(
        name = "import",
        description = {
            "Reads a public data set, or tables of yours, and writes the folder that the trainer reads.",
            "Sources: amazon-2018, amazon-2023, movielens, lastfm, retailrocket, rc15, table, feedback."
        },
        sortOptions = false,
        mixinStandardHelpOptions = true)
final class ImportCommand implements Callable<Integer> {
    @Spec private CommandSpec spec;

    @Parameters(paramLabel = "SOURCE", description = "What the files are.")
    private String source;

    @Option(
            names = "--from",
            required = true,
            paramLabel = "PATH",
            description = "The folder, or a file of events; may be given again for further files.")
    private List<Path> from;

    @Option(
            names = "--base",
            paramLabel = "DIR",
            description =
                    "For feedback: the data set that it goes on with, of which items.tsv must be there.")
    private Path base;

    @Option(
            names = "--items",
            paramLabel = "FILE",
            description = "The file of items, for amazon-2018, amazon-2023 and table.")
    private Path items;

    @Option(
            names = "--to",
            required = true,
            paramLabel = "DIR",
            description = "Folder to write; it must not exist.")
    private Path to;

    @Option(names = "--replace", description = "Take the place of a folder that an import wrote.")
    private boolean replace;

    @ArgGroup(validate = false, heading = "%nWhat is kept%n")
    private KeptOptions kept = new KeptOptions();

    @ArgGroup(validate = false, heading = "%nTables of yours (source table)%n")
    private TableOptions table = new TableOptions();

    @ArgGroup(validate = false, heading = "%nOthers%n")
    private OtherOptions others = new OtherOptions();

    @Override
    public Integer call() {
        List<String> problems = new ArrayList<>();
        var target = new Target(to, replace);
        if (target.problem() != null) {
            problems.add(target.problem());
        }
        Import job = job(problems);
        if (!problems.isEmpty()) {
            throw new ParameterException(
                    spec.commandLine(), String.join(System.lineSeparator(), problems));
        }
        var out = spec.commandLine().getOut();
        var err = spec.commandLine().getErr();
        Report report;
        try (var progress =
                new ProgressLine(out, System::nanoTime, Integer.getInteger("lea.columns", 0))) {
            report = job.into(target, progress);
        }
        out.println(to);
        report.lines().forEach(out::println);
        out.flush();
        report.warnings().forEach(warning -> err.println("warning: " + warning));
        err.flush();
        return 0;
    }

    /// What is to be done; counts for nothing where there are problems.
    private Import job(List<String> problems) {
        Optional<Source> known = Source.named(source);
        if (known.isEmpty()) {
            problems.add(
                    "there is no source '"
                            + source
                            + "'; there are "
                            + Source.ALL.stream()
                                    .map(Source::name)
                                    .collect(Collectors.joining(", ")));
        }
        if (base != null && !"feedback".equals(source)) {
            problems.add("--base is for source feedback but the source is " + source);
        }
        others.check(problems);
        OptionalDouble leastRating = kept.leastRating(problems);
        var order =
                new Order(
                        from,
                        Optional.ofNullable(base),
                        Optional.ofNullable(items),
                        table.texts(),
                        leastRating,
                        table.columns(from, problems),
                        problems);
        Plan plan = known.map(found -> found.plan(order)).orElse(null);
        Rules rules = kept.rules(plan == null ? Rules.DEFAULT : plan.rules(), problems);
        return new Import(
                source,
                plan,
                rules,
                leastRating,
                others.badShare(),
                others.textLength(),
                others.idAsText(),
                others.split(),
                others.memory());
    }
}
