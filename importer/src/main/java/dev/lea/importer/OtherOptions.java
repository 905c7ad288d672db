package dev.lea.importer;

import dev.lea.importer.store.Database;
import java.util.List;
import picocli.CommandLine.Option;

/// Options about how an import is done.
final class OtherOptions {
    /// The trainer reads lines of at most 1 MiB.
    private static final int LONGEST_TEXT = 20_000;

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

    /// Tells what is wrong.
    void check(List<String> problems) {
        if (!(badShare >= 0 && badShare <= 1)) {
            problems.add("--bad-share must be in [0, 1] but is " + badShare);
        }
        if (textLength < 1 || textLength > LONGEST_TEXT) {
            problems.add("--text-length must be in [1, " + LONGEST_TEXT + "] but is " + textLength);
        }
        if (memory < Database.LEAST_MEMORY) {
            problems.add(
                    "--memory must be at least " + Database.LEAST_MEMORY + " but is " + memory);
        }
    }

    boolean split() {
        return !noSplit;
    }

    int textLength() {
        return textLength;
    }

    boolean idAsText() {
        return idAsText;
    }

    double badShare() {
        return badShare;
    }

    int memory() {
        return memory;
    }
}
