package dev.lea.importer.table;

import dev.lea.serving.Failure;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// Counts rows and those that could not be used, and refuses a file with too many of them.
public final class RowLog {
    private static final int MOST_EXAMPLES = 10;
    private static final int EXAMPLE_LENGTH = 300;
    private static final long EARLY = 1000;

    private final double highestShare;
    private final List<String> examples = new ArrayList<>();
    private Path file;
    private long fileRows;
    private long fileBad;
    private String fileExample;
    private long rows;
    private long bad;

    /// @param highestShare of a file's rows that may be bad, in [0, 1]
    public RowLog(double highestShare) {
        if (!(highestShare >= 0 && highestShare <= 1)) {
            throw new IllegalArgumentException(
                    "highestShare must be in [0, 1] but is " + highestShare);
        }
        this.highestShare = highestShare;
    }

    /// Starts another file.
    public void start(Path next) {
        file = next;
        fileRows = 0;
        fileBad = 0;
        fileExample = null;
    }

    /// Counts a row, good or bad.
    public void row() {
        fileRows++;
        rows++;
    }

    /// Counts the row as bad.
    ///
    /// @throws Failure.Invalid where nearly nothing of the file is good
    public void reject(long number, String reason) {
        bad++;
        fileBad++;
        String example = shortened(file.getFileName() + ":" + number + ": " + reason);
        if (fileExample == null) {
            fileExample = example;
        }
        if (examples.size() < MOST_EXAMPLES) {
            examples.add(example);
        }
        if (fileBad >= EARLY && 2 * fileBad > fileRows && highestShare < 0.5) {
            refuse();
        }
    }

    /// Ends a file.
    ///
    /// @throws Failure.Invalid where too many of its rows were bad
    public void end() {
        if (fileBad > highestShare * fileRows) {
            refuse();
        }
    }

    private void refuse() {
        throw new Failure.Invalid(
                "from",
                "TOO_MANY_BAD_ROWS",
                String.format(
                        Locale.ROOT,
                        "%s must have at most %.3g %% bad rows (--bad-share) but has %.3g %%: %d of %d; the first is %s",
                        file,
                        100 * highestShare,
                        100.0 * fileBad / fileRows,
                        fileBad,
                        fileRows,
                        fileExample),
                Map.of(
                        "file", file.toString(),
                        "bad", Long.toString(fileBad),
                        "rows", Long.toString(fileRows)));
    }

    private static String shortened(String text) {
        String printable = text.replaceAll("\\p{Cntrl}", "?");
        return printable.length() <= EXAMPLE_LENGTH
                ? printable
                : printable.substring(0, EXAMPLE_LENGTH) + "...";
    }

    /// Rows of all files.
    public long rows() {
        return rows;
    }

    /// Bad rows of all files.
    public long bad() {
        return bad;
    }

    /// The first few bad rows, as "file:line: reason".
    public List<String> examples() {
        return List.copyOf(examples);
    }
}
