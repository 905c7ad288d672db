package dev.lea.cli.ask;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// Options that say what a user did, and where items have their titles.
final class HistoryOptions {
    @Parameters(
            paramLabel = "ITEM",
            arity = "0..*",
            description = "What the user did, oldest first; none: a user who did nothing yet.")
    private List<String> items = List.of();

    @Option(
            names = "--history",
            paramLabel = "FILE",
            description = "The same from a file, an id a line; - reads the standard input.")
    private String file;

    @Option(
            names = "--history-of",
            paramLabel = "USER",
            description = "The same from what a user of --data did.")
    private String user;

    @Option(
            names = "--data",
            paramLabel = "DIR",
            defaultValue = "${env:LEA_DATA}",
            description = "A data set's folder: titles beside ids (LEA_DATA).")
    private Path data;

    /// Ids, oldest first: of the user, of the file, then those that were named.
    ///
    /// @throws IllegalArgumentException that names what cannot be read
    List<String> ids(InputStream standardInput) {
        List<String> ids = new ArrayList<>();
        if (user != null) {
            if (data == null) {
                throw new IllegalArgumentException("--history-of needs --data");
            }
            ids.addAll(new DataSet(data).history(user));
        }
        if (file != null) {
            lines(standardInput).stream()
                    .map(String::strip)
                    .filter(l -> !l.isEmpty())
                    .forEach(ids::add);
        }
        ids.addAll(items);
        return ids;
    }

    /// Titles of items, where there is a folder that has them.
    Titles titles(Iterable<String> ids) {
        return data == null ? Titles.NONE : new DataSet(data).titles(ids);
    }

    private List<String> lines(InputStream standardInput) {
        try {
            return file.equals("-")
                    ? new String(standardInput.readAllBytes(), StandardCharsets.UTF_8)
                            .lines()
                            .toList()
                    : Files.readAllLines(Path.of(file));
        } catch (IOException e) {
            throw new IllegalArgumentException("--history cannot read " + file + ": " + e, e);
        }
    }
}
