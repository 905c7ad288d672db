package dev.lea.trainer.data;

import dev.lea.serving.Failure;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/// A data set's folder, before it is read.
public final class DataFolder {
    private static final List<String> FILES = List.of("interactions.tsv", "items.tsv");

    private DataFolder() {}

    /// Looks whether the folder and its files are there, which costs nothing.
    ///
    /// @throws Failure.Invalid naming what is missing
    public static void check(Path folder) {
        if (!Files.isDirectory(folder)) {
            throw DataFailures.invalid(
                    "DATA_FOLDER_MISSING",
                    "there is no folder " + folder,
                    Map.of("folder", folder.toString()));
        }
        for (String name : FILES) {
            if (!Files.isRegularFile(folder.resolve(name))) {
                throw DataFailures.invalid(
                        "DATA_FILE_MISSING",
                        "there is no file " + folder.resolve(name),
                        Map.of("file", folder.resolve(name).toString()));
            }
        }
    }
}
