package dev.lea.cli.demo;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// A small data set on disk.
final class TestData {
    private TestData() {}

    static Path write(Path folder) throws IOException {
        Files.createDirectories(folder);
        var items = new StringBuilder("item\ttitle\tbrand\n");
        for (int i = 0; i < 40; i++) {
            items.append(
                    "i"
                            + i
                            + "\tThe quite long and telling title of the item with number "
                            + i
                            + "\tAcme\n");
        }
        Files.writeString(folder.resolve("items.tsv"), items);
        var interactions = new StringBuilder("user\titem\ttimestamp\n");
        for (int u = 0; u < 5; u++) {
            for (int t = 0; t < 12; t++) {
                interactions.append("u" + u + "\ti" + (u + t) + "\t" + t + "\n");
            }
        }
        Files.writeString(folder.resolve("interactions.tsv"), interactions);
        return folder;
    }
}
