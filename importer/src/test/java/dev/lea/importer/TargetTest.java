package dev.lea.importer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lea.serving.Failure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

class TargetTest {
    private static final int DIED = 9;

    @TempDir Path folder;

    /// A program that dies in the middle of an import.
    static final class Dies {
        private Dies() {}

        public static void main(String[] arguments) throws IOException {
            Target.Work work = new Target(Path.of(arguments[0]), true).open();
            Files.writeString(work.folder().resolve("items.tsv"), "half");
            Files.writeString(work.scratch().resolve("database"), "half");
            Runtime.getRuntime().halt(DIED);
        }
    }

    @Test
    void publish_putsAllThereAtOnce() throws IOException {
        try (Target.Work work = new Target(folder.resolve("a/data"), false).open()) {
            Files.writeString(work.folder().resolve("items.tsv"), "new");
            assertThat(folder.resolve("a/data")).doesNotExist();
            work.publish();
        }

        assertThat(folder.resolve("a/data/items.tsv")).hasContent("new");
        assertThat(names(folder.resolve("a"))).containsExactly("data");
    }

    @Test
    void close_withoutPublish_leavesNothing() throws IOException {
        try (Target.Work work = new Target(folder.resolve("data"), false).open()) {
            Files.writeString(work.folder().resolve("items.tsv"), "half");
        }

        assertThat(names(folder)).isEmpty();
    }

    @Test
    void open_whileAnotherIsAtWork_isRefused() {
        var target = new Target(folder.resolve("data"), false);
        try (Target.Work work = target.open()) {
            assertThat(work.folder()).exists();
            assertThatThrownBy(target::open)
                    .isInstanceOf(Failure.Conflict.class)
                    .hasMessageContaining("another import to " + folder.resolve("data"));
            assertThat(work.folder()).exists();
        }
    }

    @Test
    @Timeout(60)
    void deadImport_leavesTheTargetAsItWas_andGoesWithTheNext() throws Exception {
        Path old = Files.createDirectories(folder.resolve("data")).resolve("items.tsv");
        Files.writeString(old, "old");

        Process process =
                new ProcessBuilder(
                                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                                "-cp",
                                System.getProperty("java.class.path"),
                                Dies.class.getName(),
                                folder.resolve("data").toString())
                        .redirectErrorStream(true)
                        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                        .start();

        assertThat(process.waitFor()).isEqualTo(DIED);
        assertThat(old).hasContent("old");
        assertThat(folder.resolve(".data.import")).exists();

        try (Target.Work work = new Target(folder.resolve("data"), true).open()) {
            assertThat(names(work.folder())).isEmpty();
            assertThat(names(work.scratch())).isEmpty();
            Files.writeString(work.folder().resolve("items.tsv"), "new");
            work.publish();
        }
        assertThat(old).hasContent("new");
        assertThat(names(folder)).containsExactly("data");
    }

    @Test
    void deathBetweenTheTwoMoves_putsTheOldFolderBack() throws IOException {
        Path away = Files.createDirectories(folder.resolve(".data.replaced"));
        Files.writeString(away.resolve("items.tsv"), "old");

        try (Target.Work work = new Target(folder.resolve("data"), true).open()) {
            assertThat(work.folder()).isEmptyDirectory();
        }

        assertThat(folder.resolve("data/items.tsv")).hasContent("old");
        assertThat(names(folder)).containsExactly("data");
    }

    @Test
    void publish_ontoAFolderThatCameMeanwhile_isRefused() throws IOException {
        try (Target.Work work = new Target(folder.resolve("data"), false).open()) {
            Files.createDirectories(folder.resolve("data"));
            assertThatThrownBy(work::publish)
                    .isInstanceOf(Failure.Conflict.class)
                    .hasMessageContaining("must not exist");
        }
    }

    private static List<String> names(Path folder) throws IOException {
        try (var list = Files.list(folder)) {
            return list.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }
}
