package dev.lea.importer;

import dev.lea.importer.source.Plan;
import dev.lea.importer.store.Database;
import dev.lea.importer.store.Events;
import dev.lea.importer.store.Rules;
import dev.lea.importer.store.Sequences;
import dev.lea.importer.store.Statistics;
import dev.lea.importer.store.Texts;
import dev.lea.importer.table.RowLog;
import dev.lea.serving.Failure;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.OptionalDouble;

/// One import: reads the events, applies the rules, reads the texts of the items that are left, writes the folder.
///
/// Nothing is at the target before all is there.
///
/// @param leastRating ratings below it are left out
/// @param badShare of a file's rows that may be bad
/// @param textLength characters of a text at most
/// @param idAsText true to give items without a text their id as one
/// @param split true to write the split
/// @param memory of the database, in MiB
record Import(
        String source,
        Plan plan,
        Rules rules,
        OptionalDouble leastRating,
        double badShare,
        int textLength,
        boolean idAsText,
        boolean split,
        int memory) {
    static final String INTERACTIONS = "interactions.tsv";
    static final String ITEMS = "items.tsv";

    /// Imports into a folder.
    ///
    /// @throws Failure.Invalid if the files, or what the rules leave of them, cannot be used; the target is then as before
    Report into(Target target, Progress progress) {
        try (Target.Work work = target.open();
                Database database = Database.create(work.scratch(), work.folder(), memory)) {
            var log = new RowLog(badShare);
            Reading reading = new Reading(log, leastRating, textLength, progress);
            Map<String, Long> dropped = new LinkedHashMap<>();
            Sequences sequences;
            long events;
            try (Events read = Events.create(database)) {
                dropped.putAll(reading.events(plan.events(), read));
                events = read.size();
                progress.says("applying the rules");
                sequences = read.sequences(rules);
            }
            dropped.putAll(sequences.dropped());
            sequences.check();
            Texts texts = Texts.create(database, plan.texts(), plan.factColumns());
            try (texts) {
                reading.texts(plan, sequences.keptItems(), texts);
                progress.says("writing");
                texts.finish(idAsText);
            }
            Statistics statistics = sequences.statistics(texts);
            requireText(statistics);
            sequences.writeInteractions(work.folder().resolve(INTERACTIONS));
            texts.write(work.folder().resolve(ITEMS));
            if (split) {
                sequences.writeSplit(
                        work.folder().resolve("split_811_seed" + rules.seed() + ".tsv"));
            }
            var report = new Report(source, rules, log, events, dropped, texts, statistics);
            report.write(work.folder().resolve(Report.FILE), plan);
            work.publish();
            return report;
        }
    }

    private void requireText(Statistics statistics) {
        if (statistics.withText() == 0) {
            throw new Failure.Invalid(
                    "items",
                    "NO_TEXT",
                    "at least 1 of the "
                            + statistics.items()
                            + " items must have a text but none has; name texts by --items and --text, or give --id-as-text"
                            + " to take the ids for texts",
                    Map.of());
        }
    }
}
