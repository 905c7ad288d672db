package dev.lea.importer;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Locale;
import java.util.function.LongSupplier;

/// A bar with rate and remaining time on one line of a terminal; a line a file where the output is none.
final class ProgressLine implements Progress, AutoCloseable {
    private static final int BAR = 24;
    private static final long PERIOD_NANOS = 100_000_000;

    private final PrintWriter out;
    private final LongSupplier clock;
    private final int columns;
    private String what = "";
    private long total;
    private long done;
    private long start;
    private long drawn;
    private int width;

    /// @param columns of the terminal; 0 where there is none
    ProgressLine(PrintWriter out, LongSupplier clock, int columns) {
        this.out = out;
        this.clock = clock;
        this.columns = columns;
    }

    @Override
    public void starts(Path file, long bytes) {
        total = bytes;
        done = 0;
        start = clock.getAsLong();
        says("reading " + file.getFileName());
    }

    @Override
    public void says(String text) {
        what = text;
        if (columns == 0) {
            out.println(text);
            out.flush();
        } else {
            put(text);
        }
    }

    @Override
    public void read(long bytes) {
        done += bytes;
        long now = clock.getAsLong();
        if (columns > 0 && now - drawn >= PERIOD_NANOS && total > 0) {
            drawn = now;
            double share = Math.min(1, (double) done / total);
            double seconds = (now - start) / 1e9;
            int full = (int) (share * BAR);
            put(
                    String.format(
                            Locale.ROOT,
                            "%s %s%s %3.0f %%  %.0f MB/s  %.0f s left",
                            what,
                            "━".repeat(full),
                            "─".repeat(BAR - full),
                            100 * share,
                            done / 1e6 / Math.max(1e-3, seconds),
                            seconds / Math.max(1e-9, share) - seconds));
        }
    }

    private void put(String text) {
        String line = text.length() >= columns ? text.substring(0, columns - 1) : text;
        out.print("\r" + line + " ".repeat(Math.max(0, width - line.length())));
        out.flush();
        width = line.length();
    }

    /// Leaves the line for what is printed next.
    @Override
    public void close() {
        if (columns > 0 && width > 0) {
            out.print("\r" + " ".repeat(width) + "\r");
            out.flush();
        }
    }
}
