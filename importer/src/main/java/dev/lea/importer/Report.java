package dev.lea.importer;

import com.fasterxml.jackson.core.util.DefaultIndenter;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.lea.importer.source.Plan;
import dev.lea.importer.store.Rules;
import dev.lea.importer.store.Statistics;
import dev.lea.importer.store.Texts;
import dev.lea.importer.table.RowLog;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// What an import, or a look at a folder, found.
///
/// @param read events that could be used
/// @param dropped of the rows that could be read, by reason
record Report(
        String source,
        Rules rules,
        RowLog log,
        long read,
        Map<String, Long> dropped,
        Texts texts,
        Statistics statistics) {
    /// Tells in the folder how it was made.
    static final String FILE = "import.json";

    /// As a table of two columns.
    List<String> lines() {
        List<String[]> rows = new ArrayList<>();
        Statistics.Lengths lengths = statistics.lengths();
        add(rows, "users", count(statistics.users()));
        add(rows, "items", count(statistics.items()));
        add(rows, "events", count(statistics.events()) + kinds());
        add(rows, "density", String.format(Locale.ROOT, "%.4f %%", 100 * statistics.density()));
        add(
                rows,
                "events a user",
                String.format(
                        Locale.ROOT,
                        "%.1f in the mean; %d least, %d, %d, %d by quarters, %d most",
                        (double) statistics.events() / Math.max(1, statistics.users()),
                        lengths.least(),
                        lengths.quarter(),
                        lengths.half(),
                        lengths.threeQuarters(),
                        lengths.most()));
        statistics.times().ifPresent(times -> add(rows, "times", times));
        add(
                rows,
                "neighbours of one time",
                String.format(Locale.ROOT, "%.1f %%", 100 * statistics.ties().share())
                        + (statistics.ties().differing() == 0
                                ? ""
                                : String.format(
                                        Locale.ROOT,
                                        ", %.1f %% of them in ascending order of ids",
                                        100 * statistics.ties().ascendingShare())));
        add(
                rows,
                "items with text",
                String.format(
                        Locale.ROOT,
                        "%s, %.1f %%; %.0f characters in the mean%s",
                        count(statistics.withText()),
                        100.0 * statistics.withText() / Math.max(1, statistics.items()),
                        statistics.averageText(),
                        texts.columns().isEmpty()
                                ? ""
                                : " of " + String.join(", ", texts.columns())));
        add(rows, "rows read", count(log.rows()) + ", events in them " + count(read));
        dropped.forEach((reason, number) -> {
            if (number > 0) {
                add(rows, "dropped", count(number) + " " + reason);
            }
        });
        if (texts.repeated() > 0) {
            add(rows, "dropped", count(texts.repeated()) + " rows of items that had one already");
        }
        if (log.bad() > 0) {
            add(rows, "bad rows", count(log.bad()));
            log.examples().forEach(example -> add(rows, "", example));
        }
        int widest = rows.stream().mapToInt(row -> row[0].length()).max().orElse(0);
        return rows.stream()
                .map(row -> "  " + row[0] + " ".repeat(widest - row[0].length() + 2) + row[1])
                .toList();
    }

    /// What whoever trains on this should know.
    List<String> warnings() {
        List<String> warnings = new ArrayList<>();
        Statistics.TieShares ties = statistics.ties();
        if (statistics.mostlyTied()) {
            warnings.add(
                    String.format(
                            Locale.ROOT,
                            "order is not time: %.1f %% of neighbouring events of a user have the same time, and %s of %s users"
                                    + " have more such neighbours than others; their order is that of the files.",
                            100 * ties.share(),
                            count(ties.users()),
                            count(statistics.users())));
        }
        if (statistics.tiesFollowIds()) {
            warnings.add(
                    String.format(
                            Locale.ROOT,
                            "events of the same time, %.1f %% of neighbours, stand in the order of ids (%.1f %% ascend): a"
                                    + " recommender learns that order and looks better than it is. Compare with --ties shuffle"
                                    + " before you believe a figure.",
                            100 * ties.share(),
                            100 * ties.ascendingShare()));
        }
        if (2 * statistics.withText() < statistics.items()) {
            warnings.add(
                    String.format(
                            Locale.ROOT,
                            "%s of %s items have no text; the environment knows them by their ids alone",
                            count(statistics.items() - statistics.withText()),
                            count(statistics.items())));
        }
        return warnings;
    }

    private String kinds() {
        Map<String, Long> byKind = statistics.byKind();
        long clicks = byKind.getOrDefault("click", 0L);
        long purchases = byKind.getOrDefault("purchase", 0L);
        return clicks + purchases == 0
                ? ""
                : ": " + count(clicks) + " clicks, " + count(purchases) + " purchases";
    }

    /// Writes it into the folder, with the plan's files.
    void write(Path file, Plan plan) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("source", source);
        List<Map<String, Object>> files = new ArrayList<>();
        plan.events().forEach(table -> files.add(file(table.file().path(), "events")));
        plan.items().forEach(table -> files.add(file(table.file().path(), "items")));
        plan.facts().forEach(table -> files.add(file(table.file().path(), "items")));
        json.put("files", files);
        Map<String, Object> kept = new LinkedHashMap<>();
        kept.put("duplicates", rules.duplicates().toString());
        kept.put("min_per_user", rules.leastPerUser());
        kept.put("min_per_item", rules.leastPerItem());
        kept.put("to_fixpoint", rules.toFixpoint());
        kept.put("clicks_only", rules.clicksOnly());
        kept.put("sample", rules.sample());
        kept.put("ties", rules.ties().toString());
        kept.put("seed", rules.seed());
        json.put("rules", kept);
        json.put("rows", log.rows());
        json.put("bad_rows", log.bad());
        json.put("bad_row_examples", log.examples());
        json.put("events_read", read);
        json.put("dropped", dropped);
        json.put("users", statistics.users());
        json.put("items", statistics.items());
        json.put("events", statistics.events());
        json.put("density", statistics.density());
        json.put("items_with_text", statistics.withText());
        json.put("tied_share", statistics.ties().share());
        json.put("tied_ascending_share", statistics.ties().ascendingShare());
        json.put("warnings", warnings());
        var lf = new DefaultPrettyPrinter().withObjectIndenter(new DefaultIndenter("  ", "\n"));
        try {
            Files.writeString(file, new ObjectMapper().writer(lf).writeValueAsString(json) + "\n");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Map<String, Object> file(Path path, String what) {
        try {
            Map<String, Object> file = new LinkedHashMap<>();
            file.put("name", path.getFileName().toString());
            file.put("bytes", Files.size(path));
            file.put("holds", what);
            return file;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void add(List<String[]> rows, String name, String value) {
        rows.add(new String[] {name, value});
    }

    private static String count(long value) {
        return String.format(Locale.ROOT, "%,d", value);
    }
}
