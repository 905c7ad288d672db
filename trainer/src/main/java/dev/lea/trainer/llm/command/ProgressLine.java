package dev.lea.trainer.llm.command;

import dev.lea.trainer.net.Progress;
import java.io.PrintWriter;
import java.util.Locale;
import java.util.function.LongSupplier;

/// A bar with rate and remaining time on one line of a terminal; a line a tenth where the output is none.
final class ProgressLine implements Progress, AutoCloseable {
    private static final int BAR = 24;
    private static final long PERIOD_NANOS = 100_000_000;

    private final PrintWriter out;
    private final String what;
    private final LongSupplier clock;
    private final boolean terminal;
    private final long start;
    private long drawn;
    private int tenths;
    private int width;

    ProgressLine(PrintWriter out, String what, LongSupplier clock) {
        this.out = out;
        this.what = what;
        this.clock = clock;
        this.terminal = Integer.getInteger("lea.columns", 0) > 0;
        this.start = clock.getAsLong();
        this.drawn = start - PERIOD_NANOS;
    }

    @Override
    public void at(long done, long total, String note) {
        long now = clock.getAsLong();
        if (terminal && (now - drawn >= PERIOD_NANOS || done == total)) {
            drawn = now;
            draw(done, total, now, note);
        } else if (!terminal && 10 * done / total > tenths) {
            tenths = (int) (10 * done / total);
            out.printf(Locale.ROOT, "%s %d %%%n", what, 10 * tenths);
            out.flush();
        }
    }

    private void draw(long done, long total, long now, String note) {
        double share = (double) done / total;
        double seconds = (now - start) / 1e9;
        int full = (int) (share * BAR);
        String line =
                String.format(
                        Locale.ROOT,
                        "%s %s%s %3.0f %%  %,.0f M weights/s  %.0f s left  %s",
                        what,
                        "━".repeat(full),
                        "─".repeat(BAR - full),
                        100 * share,
                        done / 1e6 / Math.max(1e-3, seconds),
                        seconds / share - seconds,
                        note);
        int columns = Integer.getInteger("lea.columns", 0) - 1;
        line = line.length() > columns ? line.substring(0, Math.max(0, columns)) : line;
        out.print("\r" + line + " ".repeat(Math.max(0, width - line.length())));
        out.flush();
        width = line.length();
    }

    /// Leaves the line for what is printed next.
    @Override
    public void close() {
        if (terminal && width > 0) {
            out.print("\r" + " ".repeat(width) + "\r");
            out.flush();
        }
    }
}
