package dev.lea.importer.table;

import dev.lea.serving.Failure;
import java.nio.file.Path;
import java.util.Map;

/// What is wrong with a file as a whole; the field is always `from`.
final class TableFailures {
    private TableFailures() {}

    static Failure.Invalid invalid(String reason, Path file, String message) {
        return new Failure.Invalid(
                "from", reason, file + " " + message, Map.of("file", file.toString()));
    }
}
