package dev.lea.importer.store;

import java.util.ArrayList;
import java.util.List;

/// What is kept of the events that were read, in the order in which it is applied: duplicates, users with too few events,
/// the sample, items with too few events; the last two counts in turn until nothing changes where `toFixpoint` holds, else
/// once.
///
/// @param leastPerUser events that a user must have; 1 keeps all
/// @param leastPerItem events that an item must have; 1 keeps all
/// @param clicksOnly true where a user's purchases do not count for `leastPerUser`
/// @param sample users to draw of those with enough events; 0 keeps all
/// @param seed of the sample, of shuffled ties and of the split
public record Rules(
        Duplicates duplicates,
        int leastPerUser,
        int leastPerItem,
        boolean toFixpoint,
        boolean clicksOnly,
        long sample,
        Ties ties,
        long seed) {
    /// Keeps everything but exact repetitions.
    public static final Rules DEFAULT =
            new Rules(Duplicates.EXACT, 1, 1, true, false, 0, Ties.FILE, 42);

    public Rules {
        List<String> problems = problems(leastPerUser, leastPerItem, sample);
        if (!problems.isEmpty()) {
            throw new IllegalArgumentException(String.join("; ", problems));
        }
    }

    /// Everything that is wrong with these values.
    public static List<String> problems(int leastPerUser, int leastPerItem, long sample) {
        List<String> problems = new ArrayList<>();
        if (leastPerUser < 1) {
            problems.add("--min-per-user must be at least 1 but is " + leastPerUser);
        }
        if (leastPerItem < 1) {
            problems.add("--min-per-item must be at least 1 but is " + leastPerItem);
        }
        if (sample != 0 && sample < Sequences.LEAST_USERS) {
            problems.add(
                    "--sample must be at least " + Sequences.LEAST_USERS + " but is " + sample);
        }
        return problems;
    }

    public Rules withDuplicates(Duplicates other) {
        return new Rules(
                other, leastPerUser, leastPerItem, toFixpoint, clicksOnly, sample, ties, seed);
    }

    public Rules withLeast(int perUser, int perItem, boolean untilFixpoint) {
        return new Rules(
                duplicates, perUser, perItem, untilFixpoint, clicksOnly, sample, ties, seed);
    }

    public Rules withClicksOnly() {
        return new Rules(
                duplicates, leastPerUser, leastPerItem, toFixpoint, true, sample, ties, seed);
    }

    public Rules withSample(long users) {
        return new Rules(
                duplicates, leastPerUser, leastPerItem, toFixpoint, clicksOnly, users, ties, seed);
    }

    public Rules withTies(Ties other) {
        return new Rules(
                duplicates,
                leastPerUser,
                leastPerItem,
                toFixpoint,
                clicksOnly,
                sample,
                other,
                seed);
    }

    public Rules withSeed(long other) {
        return new Rules(
                duplicates,
                leastPerUser,
                leastPerItem,
                toFixpoint,
                clicksOnly,
                sample,
                ties,
                other);
    }
}
