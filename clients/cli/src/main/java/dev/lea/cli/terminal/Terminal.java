package dev.lea.cli.terminal;

import java.io.PrintStream;
import java.util.List;

/// Where a command writes: lines that stay and, where a person watches, lines at the bottom that are drawn
/// again and again. Thread-safe.
///
/// Invariant: what [#draw] put there is erased before anything else is printed.
public final class Terminal {
    private static final int DEFAULT_WIDTH = 100;

    private final PrintStream out;
    private final boolean live;
    private final Style style;
    private final int width;
    private int drawn; // guarded by this; lines of the region at the bottom

    /// @param live  a person watches: lines may be redrawn in place
    /// @param width columns, at least 60 are used
    public Terminal(PrintStream out, boolean live, boolean coloured, int width) {
        this.out = out;
        this.live = live;
        this.style = new Style(coloured);
        this.width = Math.clamp(width, 60, 120);
    }

    /// The process's standard output. The launcher says in `lea.columns` how wide the terminal is and 0 where
    /// there is none; `NO_COLOR` and a dumb terminal are honoured.
    public static Terminal system() {
        int columns = Integer.getInteger("lea.columns", 0);
        boolean live = columns > 0 && !"dumb".equals(System.getenv("TERM"));
        String noColour = System.getenv("NO_COLOR");
        boolean coloured = live && (noColour == null || noColour.isEmpty());
        return new Terminal(System.out, live, coloured, columns > 0 ? columns : DEFAULT_WIDTH);
    }

    public Style style() {
        return style;
    }

    public boolean isLive() {
        return live;
    }

    /// Columns that a line may take.
    public int width() {
        return width;
    }

    /// A line that stays.
    public synchronized void print(String line) {
        erase();
        out.println(line);
        out.flush();
    }

    public void print() {
        print("");
    }

    /// Lines that stay.
    public void print(List<String> lines) {
        print(String.join(System.lineSeparator(), lines));
    }

    /// A heading with a rule under it.
    public void heading(String text) {
        print();
        print(style.bold(text));
        print(style.dim("─".repeat(Math.min(width, 98))));
    }

    /// Replaces the lines at the bottom. Without effect where nobody watches.
    public synchronized void draw(List<String> lines) {
        if (!live) {
            return;
        }
        var frame = new StringBuilder();
        if (drawn > 0) {
            frame.append("\u001b[").append(drawn).append("F\u001b[J");
        }
        lines.forEach(line -> frame.append(line).append('\n'));
        out.print(frame);
        out.flush();
        drawn = lines.size();
    }

    private void erase() {
        if (drawn > 0) {
            out.print("\u001b[" + drawn + "F\u001b[J");
            drawn = 0;
        }
    }
}
