package dev.lea.cli;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;

/// The command line, whose output is kept.
public final class CommandLineOfTests {
    private StringWriter out = new StringWriter();
    private StringWriter err = new StringWriter();

    /// Runs a command; what the one before printed is forgotten.
    public int run(List<String> arguments) {
        out = new StringWriter();
        err = new StringWriter();
        return Main.commandLine()
                .setOut(new PrintWriter(out, true))
                .setErr(new PrintWriter(err, true))
                .execute(arguments.toArray(String[]::new));
    }

    public String out() {
        return out.toString();
    }

    public String err() {
        return err.toString();
    }
}
