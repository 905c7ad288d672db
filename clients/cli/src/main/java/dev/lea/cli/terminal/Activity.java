package dev.lea.cli.terminal;

import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.Function;

/// One thing that takes a while and has no measure: a turning wheel with the time, then a line that stays.
public final class Activity {
    private static final String WHEEL = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏";
    private static final int NAME_WIDTH = 24;

    private Activity() {}

    /// Runs `work` on this thread.
    ///
    /// @param result what to say about the outcome, for instance an address
    public static <T> T run(
            Terminal terminal, String name, Callable<T> work, Function<T, String> result)
            throws Exception {
        long start = System.nanoTime();
        Style style = terminal.style();
        T value;
        try (var _ =
                Ticker.start(() ->
                        terminal.draw(
                                List.of(
                                        line(
                                                style.accent(wheel(start)),
                                                name,
                                                since(start),
                                                ""))))) {
            value = work.call();
        } catch (InterruptedException e) {
            throw e; // something else went wrong, and is told where it did
        } catch (Exception e) {
            terminal.print(line(style.bad("✗"), name, since(start), ""));
            throw e;
        }
        terminal.print(line(style.good("✓"), name, since(start), style.dim(result.apply(value))));
        return value;
    }

    /// The wheel's present position.
    public static String wheel(long startNanos) {
        int turn = (int) ((System.nanoTime() - startNanos) / 120_000_000 % WHEEL.length());
        return WHEEL.substring(turn, turn + 1);
    }

    private static String since(long startNanos) {
        return Format.seconds((System.nanoTime() - startNanos) / 1e9);
    }

    private static String line(String mark, String name, String time, String result) {
        return ("  "
                        + mark
                        + " "
                        + Format.left(name, NAME_WIDTH)
                        + Format.right(time, 10)
                        + "   "
                        + result)
                .stripTrailing();
    }
}
