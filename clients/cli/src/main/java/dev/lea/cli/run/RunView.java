package dev.lea.cli.run;

import static dev.lea.cli.terminal.Format.clock;
import static dev.lea.cli.terminal.Format.count;
import static dev.lea.cli.terminal.Format.fit;
import static dev.lea.cli.terminal.Format.left;
import static dev.lea.cli.terminal.Format.rate;
import static dev.lea.cli.terminal.Format.right;
import static dev.lea.cli.terminal.Format.seconds;

import dev.lea.cli.terminal.Activity;
import dev.lea.cli.terminal.ProgressBar;
import dev.lea.cli.terminal.Style;
import dev.lea.cli.terminal.Terminal;
import dev.lea.cli.terminal.Ticker;
import dev.lea.proto.trainer.v1.Run;
import dev.lea.proto.trainer.v1.RunState;
import dev.lea.proto.trainer.v1.Stage;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;

/// A run's stages as they go: what is done stays as a line, what goes on is a bar with rate and remaining
/// time. Where nobody watches, a line every five seconds instead of the bars.
public final class RunView implements AutoCloseable {
    private static final int NAME_WIDTH = 24;
    private static final int BAR_WIDTH = 12;
    private static final double PLAIN_SECONDS = 5;

    private final Terminal terminal;
    private final Style style;
    private final Supplier<String> footer;
    private final long start = System.nanoTime();
    private final Ticker ticker;

    private Run run = Run.getDefaultInstance(); // guarded by this
    private long told = System.nanoTime(); // guarded by this; when `run` arrived
    private final Set<Integer> finished =
            new HashSet<>(); // guarded by this; stages whose last line is out
    private final Map<Integer, Double> shown =
            new HashMap<>(); // guarded by this; seconds of the last plain line
    private String waiting = ""; // guarded by this

    /// @param footer a line under the bars; empty for none
    public RunView(Terminal terminal, Supplier<String> footer) {
        this.terminal = terminal;
        this.style = terminal.style();
        this.footer = footer;
        this.ticker = Ticker.start(this::draw);
    }

    public synchronized void update(Run next) {
        run = next;
        told = System.nanoTime();
        for (int i = 0; i < run.getStagesCount(); i++) {
            Stage stage = run.getStages(i);
            if (stage.getComplete() && finished.add(i)) {
                terminal.print(done(stage, style.good("✓")));
            } else if (!stage.getComplete() && !terminal.isLive()) {
                plain(i, stage);
            }
        }
        sayWhatItWaitsFor();
        draw();
    }

    /// Leaves what did not end as a line that says so.
    @Override
    public void close() {
        ticker.close();
        synchronized (this) {
            for (int i = 0; i < run.getStagesCount(); i++) {
                if (finished.add(i)) {
                    terminal.print(done(run.getStages(i), style.bad("✗")));
                }
            }
        }
    }

    private synchronized void draw() {
        var lines = new ArrayList<String>();
        double since = (System.nanoTime() - told) / 1e9;
        for (Stage stage : run.getStagesList()) {
            if (!stage.getComplete()) {
                lines.add(going(stage, since));
            }
        }
        String below = footer.get();
        if (!below.isEmpty()) {
            lines.add(style.dim("    " + fit(below, terminal.width() - 6)));
        }
        terminal.draw(lines);
    }

    private String going(Stage stage, double since) {
        String wheel = style.accent(Activity.wheel(start));
        String name = left(fit(stage.getName(), NAME_WIDTH), NAME_WIDTH);
        if (stage.getTotal() <= 0) {
            String text =
                    "  " + wheel + " " + name + right(seconds(stage.getSeconds() + since), 10);
            return text + "   " + style.dim(fit(stage.getNote(), terminal.width() - 40));
        }
        double share = (double) stage.getDone() / stage.getTotal();
        String line =
                "  %s %s %s %s  %s %s %s"
                        .formatted(
                                wheel,
                                name,
                                ProgressBar.draw(style, share, BAR_WIDTH),
                                right(Math.round(Math.floor(100 * share)) + " %", 5),
                                right(progress(stage), 13),
                                right(speed(stage), 7),
                                right(remaining(stage, since), 10));
        return line
                + "  "
                + style.dim(fit(stage.getNote(), terminal.width() - Style.width(line) - 2));
    }

    private String done(Stage stage, String mark) {
        String amount = stage.getTotal() > 0 ? count(stage.getDone()) + " " + stage.getUnit() : "";
        String line =
                "  %s %s%s  %s"
                        .formatted(
                                mark,
                                left(fit(stage.getName(), NAME_WIDTH), NAME_WIDTH),
                                right(seconds(stage.getSeconds()), 10),
                                right(amount, 16));
        return (line
                        + "   "
                        + style.dim(fit(stage.getNote(), terminal.width() - Style.width(line) - 3)))
                .stripTrailing();
    }

    private void plain(int index, Stage stage) {
        double last = shown.getOrDefault(index, 0.0);
        if (stage.getSeconds() - last < PLAIN_SECONDS) {
            return;
        }
        shown.put(index, stage.getSeconds());
        var words = new ArrayList<String>();
        if (stage.getTotal() > 0) {
            words.addAll(
                    List.of(
                            100 * stage.getDone() / stage.getTotal() + " %",
                            progress(stage) + " " + stage.getUnit(),
                            speed(stage),
                            remaining(stage, 0)));
        } else {
            words.add(seconds(stage.getSeconds()));
        }
        words.add(stage.getNote());
        words.removeIf(String::isEmpty);
        terminal.print("  … " + left(stage.getName(), NAME_WIDTH) + " " + String.join(", ", words));
    }

    private void sayWhatItWaitsFor() {
        String now = run.getState() == RunState.RUN_STATE_WAITING ? run.getFailure() : "";
        if (!now.isEmpty() && !now.equals(waiting)) {
            terminal.print(style.warning("  ! waiting: " + fit(now, terminal.width() - 14)));
        }
        waiting = now;
    }

    private static String progress(Stage stage) {
        return count(stage.getDone()) + "/" + count(stage.getTotal());
    }

    private static String speed(Stage stage) {
        return stage.getDone() > 0 && stage.getSeconds() > 0
                ? rate(stage.getDone() / stage.getSeconds())
                : "";
    }

    private static String remaining(Stage stage, double since) {
        if (stage.getDone() <= 0 || stage.getSeconds() <= 0) {
            return "";
        }
        double left =
                stage.getSeconds() * (stage.getTotal() - stage.getDone()) / stage.getDone() - since;
        return clock(Math.max(0, left)) + " left";
    }
}
