package dev.lea.trainer.experiment;

import dev.lea.trainer.net.Progress;
import java.io.PrintStream;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/// What people see while an experiment goes on: a line for each cell that is done, and on a terminal one that tells
/// what is under way and how long it may take. Safe to use from several threads.
///
/// The guess of the time left weighs a cell by [Cell#weight] and takes for granted that the rest costs as much as what
/// was done.
final class Board {
    private static final long REDRAW_NANOS = 250_000_000;

    private final PrintStream out;
    private final int columns;
    private final LongSupplier clock;
    private final Map<String, String> active = new LinkedHashMap<>(); // guarded by this
    private int done; // guarded by this
    private int all; // guarded by this
    private double weightLeft; // guarded by this
    private double weightDone; // guarded by this
    private double secondsDone; // guarded by this
    private int threads = 1; // guarded by this
    private long drawn; // guarded by this
    private boolean open; // a line that is drawn over; guarded by this

    /// @param columns of the terminal; 0 where there is none
    /// @param clock   nanoseconds
    Board(PrintStream out, int columns, LongSupplier clock) {
        this.out = out;
        this.columns = columns;
        this.clock = clock;
    }

    /// Says how much there is.
    ///
    /// @param known  cells that were done before
    /// @param weight of the others
    synchronized void begin(int all, int known, double weight, int threads) {
        this.all = all;
        this.done = known;
        this.weightLeft = weight;
        this.threads = threads;
        say("%d of %d agents are on disk already".formatted(known, all));
    }

    /// A line that stays.
    synchronized void say(String line) {
        clear();
        out.println(line);
        draw(true);
    }

    /// Shows work that is not a cell, until the next call.
    synchronized void show(String name, Supplier<String> status) {
        active.put(name, status.get());
        draw(false);
    }

    /// Ends what [#show] shows.
    synchronized void hide(String name) {
        active.remove(name);
        draw(true);
    }

    /// Where a cell's training reports.
    Progress progress(Cell cell) {
        return (at, of, note) -> {
            synchronized (this) {
                active.put(
                        cell.title(),
                        "%d%%%s"
                                .formatted(
                                        100 * at / Math.max(1, of),
                                        note.isEmpty() ? "" : ", " + note));
                draw(false);
            }
        };
    }

    /// A cell is done.
    synchronized void finish(Cell cell, CellResult result) {
        active.remove(cell.title());
        done++;
        weightLeft -= cell.weight();
        weightDone += cell.weight();
        secondsDone += result.seconds();
        say(
                String.format(
                        Locale.ROOT,
                        "[%d/%d] %s: validation NDCG@10 %.4f, test %.4f, %s",
                        done,
                        all,
                        cell.title(),
                        result.metrics().getOrDefault("valid.ndcg@10", Double.NaN),
                        result.metrics().getOrDefault("test.ndcg@10", Double.NaN),
                        time(result.seconds())));
    }

    private void draw(boolean now) {
        long time = clock.getAsLong();
        if (columns == 0 || active.isEmpty() || (!now && time - drawn < REDRAW_NANOS)) {
            return;
        }
        drawn = time;
        clear();
        var line = new StringBuilder("[%d/%d]".formatted(done, all));
        active.forEach((name, status) -> line.append(' ').append(name).append(' ').append(status));
        String left = left();
        int room = Math.max(10, columns - 2 - left.length());
        out.print((line.length() > room ? line.substring(0, room - 1) + "…" : line) + left);
        out.flush();
        open = true;
    }

    private String left() {
        return weightDone == 0
                ? ""
                : " | " + time(secondsDone / weightDone * weightLeft / threads) + " left";
    }

    private void clear() {
        if (open) {
            out.print("\r\033[2K");
            open = false;
        }
    }

    static String time(double seconds) {
        Duration time = Duration.ofSeconds(Math.round(Math.max(0, seconds)));
        return time.toHours() > 0
                ? "%d h %02d min".formatted(time.toHours(), time.toMinutesPart())
                : time.toMinutes() > 0
                        ? "%d min %02d s".formatted(time.toMinutes(), time.toSecondsPart())
                        : time.toSeconds() + " s";
    }
}
