package dev.lea.serving.swap;

import static dev.lea.serving.Checks.require;
import static java.util.Objects.requireNonNull;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// How a shadow's answers differ from those that were given, by the version that gave them. Thread-safe.
public final class ShadowStatistics {
    /// Versions of which comparisons are kept, beside one shadow.
    static final int PAIRS = 16;

    /// Items with their scores.
    public record Answer(Version version, List<String> items, float[] scores) {
        public Answer {
            requireNonNull(version, "version");
            require(
                    items.size() == scores.length,
                    items.size() + " items have " + scores.length + " scores");
        }
    }

    /// What came of comparing two versions so far.
    ///
    /// @param meanOverlap         share of an answer's items that the shadow's holds too, 0..1
    /// @param meanScoreDifference of the items that both held
    /// @param maxScoreDifference  of the items that both held
    /// @param failed              calls that the shadow could not answer
    /// @param skipped             calls that it was not asked
    /// @param lastFailure         empty if none
    public record Comparison(
            Version answered,
            Version shadow,
            long compared,
            long identical,
            long sameFirst,
            double meanOverlap,
            double meanScoreDifference,
            double maxScoreDifference,
            long failed,
            long skipped,
            String lastFailure) {}

    /// What became of the calls that were to be compared, over all shadows there were.
    ///
    /// @param identical answers with the same items in the same order
    /// @param different other answers
    /// @param failed    calls that the shadow could not answer
    /// @param skipped   calls that it was not asked
    public record Totals(long identical, long different, long failed, long skipped) {
        Totals plus(Totals other) {
            return new Totals(
                    identical + other.identical,
                    different + other.different,
                    failed + other.failed,
                    skipped + other.skipped);
        }
    }

    private static final Totals IDENTICAL = new Totals(1, 0, 0, 0);
    private static final Totals DIFFERENT = new Totals(0, 1, 0, 0);
    private static final Totals FAILED = new Totals(0, 0, 1, 0);
    private static final Totals SKIPPED = new Totals(0, 0, 0, 1);

    private record Pair(Version answered, Version shadow) {}

    private final Map<Pair, Sums> sums = new LinkedHashMap<>(); // guarded by this; the oldest first
    private Totals totals = new Totals(0, 0, 0, 0); // guarded by this

    /// Takes in two answers to the same question.
    public void compare(Answer given, Answer shadows) {
        Map<String, Float> theirs = HashMap.newHashMap(shadows.items().size());
        for (int i = 0; i < shadows.scores().length; i++) {
            theirs.put(shadows.items().get(i), shadows.scores()[i]);
        }
        int shared = 0;
        double sum = 0;
        double max = 0;
        for (int i = 0; i < given.scores().length; i++) {
            Float other = theirs.get(given.items().get(i));
            if (other != null) {
                double difference = Math.abs((double) given.scores()[i] - other);
                shared++;
                sum += difference;
                max = Math.max(max, difference);
            }
        }
        List<String> items = given.items();
        boolean first =
                items.isEmpty()
                        ? shadows.items().isEmpty()
                        : !shadows.items().isEmpty()
                                && items.getFirst().equals(shadows.items().getFirst());
        synchronized (this) {
            Sums to = of(given.version(), shadows.version());
            boolean identical = items.equals(shadows.items());
            totals = totals.plus(identical ? IDENTICAL : DIFFERENT);
            to.compared++;
            to.identical += identical ? 1 : 0;
            to.sameFirst += first ? 1 : 0;
            to.overlap += items.isEmpty() ? 1 : (double) shared / items.size();
            to.shared += shared;
            to.difference += sum;
            to.maxDifference = Math.max(to.maxDifference, max);
        }
    }

    /// Takes in that the shadow could not answer.
    ///
    /// @param reason for people
    public synchronized void failed(Version answered, Version shadow, String reason) {
        Sums to = of(answered, shadow);
        to.failed++;
        totals = totals.plus(FAILED);
        to.lastFailure = reason;
    }

    /// Takes in that the shadow was not asked.
    public synchronized void skipped(Version answered, Version shadow) {
        of(answered, shadow).skipped++;
        totals = totals.plus(SKIPPED);
    }

    /// The latest pair first.
    public synchronized List<Comparison> comparisons() {
        return sums.entrySet().stream()
                .map(entry -> entry.getValue().of(entry.getKey()))
                .toList()
                .reversed();
    }

    /// Since the start; never less than before.
    public synchronized Totals totals() {
        return totals;
    }

    /// Another shadow is not compared with what the one before was.
    synchronized void reset() {
        sums.clear();
    }

    private Sums of(Version answered, Version shadow) {
        var pair = new Pair(answered, shadow);
        Sums there = sums.get(pair);
        if (there == null) {
            if (sums.size() == PAIRS) {
                sums.remove(sums.keySet().iterator().next());
            }
            there = new Sums();
            sums.put(pair, there);
        }
        return there;
    }

    private static final class Sums {
        private long compared;
        private long identical;
        private long sameFirst;
        private double overlap;
        private long shared;
        private double difference;
        private double maxDifference;
        private long failed;
        private long skipped;
        private String lastFailure = "";

        private Comparison of(Pair pair) {
            return new Comparison(
                    pair.answered(),
                    pair.shadow(),
                    compared,
                    identical,
                    sameFirst,
                    compared == 0 ? 0 : overlap / compared,
                    shared == 0 ? 0 : difference / shared,
                    maxDifference,
                    failed,
                    skipped,
                    lastFailure);
        }
    }
}
