package dev.lea.importer;

import dev.lea.importer.source.Plan;
import dev.lea.importer.source.Source;
import dev.lea.importer.store.Database;
import dev.lea.importer.store.Events;
import dev.lea.importer.store.Sequences;
import dev.lea.importer.store.Texts;
import dev.lea.importer.table.RowLog;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.OptionalDouble;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `lea data show`: what a data set's folder holds.
@Command(
        name = "show",
        description =
                "Reads a data set's folder, wherever it comes from, and shows its statistics.",
        mixinStandardHelpOptions = true)
final class ShowCommand implements Callable<Integer> {
    private static final int TEXT_LENGTH = 1 << 20;

    @Spec private CommandSpec spec;

    @Parameters(paramLabel = "DIR", description = "The folder.")
    private Path folder;

    @Option(
            names = "--memory",
            paramLabel = "MIB",
            defaultValue = "1024",
            description =
                    "Of the tables; what does not fit goes to disk. Default: ${DEFAULT-VALUE}.")
    private int memory;

    @Override
    public Integer call() {
        if (memory < Database.LEAST_MEMORY) {
            throw new ParameterException(
                    spec.commandLine(),
                    "--memory must be at least " + Database.LEAST_MEMORY + " but is " + memory);
        }
        Report report = read(Source.ofFolder(folder));
        var out = spec.commandLine().getOut();
        out.println(folder);
        report.lines().forEach(out::println);
        out.flush();
        var err = spec.commandLine().getErr();
        report.warnings().forEach(warning -> err.println("warning: " + warning));
        err.flush();
        return 0;
    }

    private Report read(Plan plan) {
        try (Scratch scratch = Scratch.create();
                Database database = Database.create(scratch.folder(), scratch.folder(), memory)) {
            var log = new RowLog(1);
            var reading = new Reading(log, OptionalDouble.empty(), TEXT_LENGTH, Progress.NONE);
            Sequences sequences;
            long events;
            try (Events read = Events.create(database)) {
                reading.events(plan.events(), read);
                events = read.size();
                sequences = read.sequences(plan.rules());
            }
            Texts texts = Texts.create(database, plan.texts(), plan.factColumns());
            try (texts) {
                reading.texts(plan, sequences.keptItems(), texts);
                texts.finish(false);
            }
            return new Report(
                    folder.toString(),
                    plan.rules(),
                    log,
                    events,
                    new LinkedHashMap<>(sequences.dropped()),
                    texts,
                    sequences.statistics(texts));
        }
    }
}
