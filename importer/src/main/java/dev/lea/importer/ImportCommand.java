package dev.lea.importer;

import dev.lea.importer.source.Order;
import dev.lea.importer.source.Plan;
import dev.lea.importer.source.Source;
import dev.lea.importer.store.Database;
import dev.lea.importer.store.Duplicates;
import dev.lea.importer.store.Rules;
import dev.lea.importer.store.Ties;
import dev.lea.importer.table.Format;
import java.nio.charset.Charset;
import java.nio.charset.IllegalCharsetNameException;
import java.nio.charset.UnsupportedCharsetException;
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
            "Sources: amazon-2018, amazon-2023, movielens, lastfm, retailrocket, rc15, table."
        },
        sortOptions = false,
        mixinStandardHelpOptions = true)
final class ImportCommand implements Callable<Integer> {
    private static final int LONGEST_TEXT = 100_000;

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
    private Kept kept = new Kept();

    @ArgGroup(validate = false, heading = "%nTables of yours (source table)%n")
    private Table table = new Table();

    @ArgGroup(validate = false, heading = "%nOthers%n")
    private Others others = new Others();

    private static final class Kept {
        @Option(
                names = "--core",
                paramLabel = "K",
                description =
                        "Keep users and items with at least K events, counted anew until nothing changes.")
        private Integer core;

        @Option(
                names = "--min-per-user",
                paramLabel = "N",
                description = "Events that a user must have.")
        private Integer leastPerUser;

        @Option(
                names = "--min-per-item",
                paramLabel = "N",
                description = "Events that an item must have.")
        private Integer leastPerItem;

        @Option(
                names = "--once",
                negatable = true,
                description = "Count once, users and then items; --no-once: until nothing changes.")
        private Boolean once;

        @Option(names = "--min-rating", paramLabel = "R", description = "Leave lower ratings out.")
        private Double leastRating;

        @Option(
                names = "--duplicates",
                paramLabel = "RULE",
                description =
                        "Of a user's events on one item keep all (keep), one of the same time (exact), the first or the last.")
        private Duplicates duplicates;

        @Option(
                names = "--ties",
                paramLabel = "RULE",
                description =
                        "Order of events of the same time: as in the files (file), or drawn (shuffle).")
        private Ties ties;

        @Option(
                names = "--sample",
                paramLabel = "N",
                description = "Draw N of the users with enough events.")
        private Long sample;

        @Option(
                names = "--seed",
                paramLabel = "N",
                description = "Of the sample, the ties and the split. Default: 42.")
        private Long seed;
    }

    private static final class Table {
        @Option(names = "--user", paramLabel = "COLUMN", description = "Users.")
        private String user;

        @Option(names = "--item", paramLabel = "COLUMN", description = "Items.")
        private String item;

        @Option(
                names = "--time",
                paramLabel = "COLUMN",
                description = "Numbers or dates; without it rows stand in the order of time.")
        private String time;

        @Option(
                names = "--event",
                paramLabel = "COLUMN",
                description = "Kinds of events; by default click and purchase are known.")
        private String event;

        @Option(
                names = "--clicks",
                split = ",",
                paramLabel = "VALUE",
                description = "What stands there for clicks.")
        private List<String> clicks = List.of();

        @Option(
                names = "--purchases",
                split = ",",
                paramLabel = "VALUE",
                description = "What stands there for purchases.")
        private List<String> purchases = List.of();

        @Option(names = "--rating", paramLabel = "COLUMN", description = "For --min-rating.")
        private String rating;

        @Option(
                names = "--text",
                split = ",",
                paramLabel = "COLUMN[:NAME]",
                description =
                        "Texts of items, the title first; in --items where that is given. For retailrocket: properties.")
        private List<String> texts = List.of();

        @Option(
                names = "--items-id",
                paramLabel = "COLUMN",
                description = "Items in --items. Default: as --item.")
        private String itemsId;

        @Option(
                names = "--format",
                paramLabel = "FORMAT",
                description = "csv, tsv, jsonl or parquet, where a file's name does not tell.")
        private String format;

        @Option(
                names = "--separator",
                paramLabel = "TEXT",
                description = "Between cells, for instance ';'; \\t is a tab.")
        private String separator;

        @Option(
                names = "--encoding",
                paramLabel = "NAME",
                description = "Of csv and tsv. Default: UTF-8.")
        private String encoding;
    }

    private static final class Others {
        @Option(
                names = "--no-split",
                description = "Leave the split to the runs; by default it is 8:1:1 by the seed.")
        private boolean noSplit;

        @Option(
                names = "--text-length",
                paramLabel = "N",
                defaultValue = "2000",
                description = "Characters of a text at most. Default: ${DEFAULT-VALUE}.")
        private int textLength;

        @Option(names = "--id-as-text", description = "Give items without a text their id as one.")
        private boolean idAsText;

        @Option(
                names = "--bad-share",
                paramLabel = "X",
                defaultValue = "0.01",
                description =
                        "Refuse a file with a larger share of bad rows. Default: ${DEFAULT-VALUE}.")
        private double badShare;

        @Option(
                names = "--memory",
                paramLabel = "MIB",
                defaultValue = "1024",
                description =
                        "Of the tables; what does not fit goes to disk. Default: ${DEFAULT-VALUE}.")
        private int memory;
    }

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
        checkOthers(problems);
        OptionalDouble leastRating =
                kept.leastRating == null
                        ? OptionalDouble.empty()
                        : OptionalDouble.of(kept.leastRating);
        if (kept.leastRating != null && !Double.isFinite(kept.leastRating)) {
            problems.add("--min-rating must be a number but is " + kept.leastRating);
        }
        var order =
                new Order(
                        from,
                        Optional.ofNullable(items),
                        table.texts,
                        leastRating,
                        columns(problems),
                        problems);
        Plan plan = known.map(found -> found.plan(order)).orElse(null);
        Rules rules = rules(plan == null ? Rules.DEFAULT : plan.rules(), problems);
        return new Import(
                source,
                plan,
                rules,
                leastRating,
                others.badShare,
                others.textLength,
                others.idAsText,
                !others.noSplit,
                others.memory);
    }

    private void checkOthers(List<String> problems) {
        if (!(others.badShare >= 0 && others.badShare <= 1)) {
            problems.add("--bad-share must be in [0, 1] but is " + others.badShare);
        }
        if (others.textLength < 1 || others.textLength > LONGEST_TEXT) {
            problems.add(
                    "--text-length must be in [1, "
                            + LONGEST_TEXT
                            + "] but is "
                            + others.textLength);
        }
        if (others.memory < Database.LEAST_MEMORY) {
            problems.add(
                    "--memory must be at least "
                            + Database.LEAST_MEMORY
                            + " but is "
                            + others.memory);
        }
    }

    private Rules rules(Rules defaults, List<String> problems) {
        if (kept.core != null && (kept.leastPerUser != null || kept.leastPerItem != null)) {
            problems.add("--core is --min-per-user and --min-per-item in one; give it or them");
        }
        if (kept.core != null && Boolean.TRUE.equals(kept.once)) {
            problems.add("--core counts until nothing changes; it cannot go with --once");
        }
        int perUser = first(kept.core, kept.leastPerUser, defaults.leastPerUser());
        int perItem = first(kept.core, kept.leastPerItem, defaults.leastPerItem());
        long sample = kept.sample == null ? defaults.sample() : kept.sample;
        List<String> wrong = Rules.problems(perUser, perItem, sample);
        problems.addAll(wrong);
        if (!wrong.isEmpty()) {
            return defaults;
        }
        boolean toFixpoint =
                kept.once != null ? !kept.once : kept.core != null || defaults.toFixpoint();
        return defaults.withDuplicates(
                        kept.duplicates == null ? defaults.duplicates() : kept.duplicates)
                .withLeast(perUser, perItem, toFixpoint)
                .withSample(sample)
                .withTies(kept.ties == null ? defaults.ties() : kept.ties)
                .withSeed(kept.seed == null ? defaults.seed() : kept.seed);
    }

    private static int first(Integer one, Integer other, int otherwise) {
        return one != null ? one : other != null ? other : otherwise;
    }

    private Order.Columns columns(List<String> problems) {
        return new Order.Columns(
                Optional.ofNullable(table.user),
                Optional.ofNullable(table.item),
                Optional.ofNullable(table.time),
                Optional.ofNullable(table.event),
                Optional.ofNullable(table.rating),
                Optional.ofNullable(table.itemsId),
                table.clicks,
                table.purchases,
                format(problems));
    }

    private Optional<Format> format(List<String> problems) {
        if (table.format == null && table.separator == null && table.encoding == null) {
            return Optional.empty();
        }
        Optional<Format> named =
                Optional.ofNullable(table.format)
                        .flatMap(Format::named)
                        .or(() -> from.stream().findFirst().flatMap(Format::of));
        if (table.format != null && Format.named(table.format).isEmpty()) {
            problems.add(
                    "--format must be csv, tsv, jsonl or parquet but is '" + table.format + "'");
        }
        if (table.separator == null && table.encoding == null) {
            return named;
        }
        if (!(named.orElse(Format.CSV) instanceof Format.Delimited delimited)) {
            problems.add("--separator and --encoding are for csv and tsv");
            return named;
        }
        String separator =
                table.separator == null
                        ? delimited.separator()
                        : table.separator.replace("\\t", "\t");
        if (separator.isEmpty() || separator.matches(".*[\"\\r\\n].*")) {
            problems.add("--separator must not be empty, a quote or a line's end");
            return named;
        }
        return Optional.of(
                new Format.Delimited(
                        separator,
                        delimited.quotes(),
                        List.of(),
                        encoding(delimited.encoding(), problems)));
    }

    private Charset encoding(Charset otherwise, List<String> problems) {
        try {
            return table.encoding == null ? otherwise : Charset.forName(table.encoding);
        } catch (IllegalCharsetNameException | UnsupportedCharsetException _) {
            problems.add("--encoding must name an encoding but is '" + table.encoding + "'");
            return otherwise;
        }
    }
}
