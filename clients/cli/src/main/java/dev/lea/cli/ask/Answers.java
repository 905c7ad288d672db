package dev.lea.cli.ask;

import com.google.protobuf.MessageOrBuilder;
import dev.lea.cli.terminal.Format;
import dev.lea.cli.terminal.Style;
import dev.lea.cli.terminal.Table;
import dev.lea.cli.terminal.Terminal;
import dev.lea.proto.common.v1.ModelVersion;
import java.io.PrintWriter;
import java.util.List;

/// Where a command shows what it was told.
///
/// @param json true where messages are shown as they are, and nothing else
record Answers(PrintWriter out, Terminal terminal, boolean json) {
    private static final int DIGEST = 12;

    Style style() {
        return terminal.style();
    }

    Table table(String... header) {
        return new Table(style(), header);
    }

    void show(Table table) {
        table.lines().forEach(out::println);
    }

    void say(String line) {
        out.println(line);
    }

    /// A line of less weight.
    void note(String line) {
        out.println(style().dim(line));
    }

    /// An answer as JSON.
    void json(MessageOrBuilder message) {
        out.println(Json.of(message));
    }

    /// One of many messages as JSON, on a line of its own, at once.
    void jsonLine(MessageOrBuilder message) {
        out.println(Json.line(message));
        out.flush();
    }

    /// What was left out of a request.
    void skipped(List<String> ids) {
        if (!ids.isEmpty()) {
            say("  unknown and left out: " + String.join(", ", ids));
        }
    }

    /// `policy 3 (9c1f0c7a2b41…)`.
    static String name(ModelVersion model) {
        return "%s %d (%s)"
                .formatted(
                        model.getName(),
                        model.getVersion(),
                        Format.fit(model.getDigest(), DIGEST + 1));
    }

    /// Places that a column of titles may take beside others.
    int titleWidth(int others) {
        return Math.max(16, terminal.width() - others);
    }

    void flush() {
        out.flush();
    }
}
