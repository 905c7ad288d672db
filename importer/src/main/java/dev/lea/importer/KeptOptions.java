package dev.lea.importer;

import dev.lea.importer.store.Duplicates;
import dev.lea.importer.store.Rules;
import dev.lea.importer.store.Ties;
import java.util.List;
import java.util.OptionalDouble;
import picocli.CommandLine.Option;

/// Options that say what is kept of the events.
final class KeptOptions {
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

    /// Ratings below it are left out.
    OptionalDouble leastRating(List<String> problems) {
        if (leastRating != null && !Double.isFinite(leastRating)) {
            problems.add("--min-rating must be a number but is " + leastRating);
        }
        return leastRating == null ? OptionalDouble.empty() : OptionalDouble.of(leastRating);
    }

    /// The rules that are asked for; those by default where nothing else is. What is wrong goes to `problems`.
    Rules rules(Rules defaults, List<String> problems) {
        if (core != null && (leastPerUser != null || leastPerItem != null)) {
            problems.add("--core is --min-per-user and --min-per-item in one; give it or them");
        }
        if (core != null && Boolean.TRUE.equals(once)) {
            problems.add("--core counts until nothing changes; it cannot go with --once");
        }
        int perUser = first(core, leastPerUser, defaults.leastPerUser());
        int perItem = first(core, leastPerItem, defaults.leastPerItem());
        long users = sample == null ? defaults.sample() : sample;
        List<String> wrong = Rules.problems(perUser, perItem, users);
        problems.addAll(wrong);
        if (!wrong.isEmpty()) {
            return defaults;
        }
        boolean fixpoint = once != null ? !once : core != null || defaults.toFixpoint();
        return defaults.withDuplicates(duplicates == null ? defaults.duplicates() : duplicates)
                .withLeast(perUser, perItem, fixpoint)
                .withSample(users)
                .withTies(ties == null ? defaults.ties() : ties)
                .withSeed(seed == null ? defaults.seed() : seed);
    }

    private static int first(Integer one, Integer other, int otherwise) {
        return one != null ? one : other != null ? other : otherwise;
    }
}
