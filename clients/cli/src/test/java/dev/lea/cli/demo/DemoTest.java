package dev.lea.cli.demo;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// The demo as a process that starts processes; only what they compute is fake.
@Timeout(90)
class DemoTest {
    @TempDir Path folder;

    @Test
    void demo_allGoesWell_exitsWithZeroAndLeavesNoProcess() throws Exception {
        Path work = folder.resolve("work");
        var process = start(work);
        String screen = read(process);
        assertThat(process.waitFor()).as(screen).isZero();
        assertThat(screen)
                .contains("✓ write the sample")
                .contains("✓ start agent-server")
                .contains("failed calls: 0 of ")
                .containsPattern("trainer +[0-9]+ MiB")
                .contains("state: " + work);
        assertThat(work.resolve("trainer.log")).exists();
        assertNothingIsLeft();
    }

    @Test
    void demo_programDiesAtStart_showsItsLastLines() throws Exception {
        var process = start(folder.resolve("work"), "agent-server", "--die-at-start");
        String screen = read(process);
        assertThat(process.waitFor()).isEqualTo(1);
        assertThat(screen)
                .contains("✗ agent-server ended with exit code 2")
                .contains("agent-server.log:\n    port 1 is taken");
        assertNothingIsLeft();
    }

    @Test
    void demo_programDiesLater_isNamed() throws Exception {
        var process = start(folder.resolve("work"), "agent-server", "--die-at-swap");
        String screen = read(process);
        assertThat(process.waitFor()).isEqualTo(1);
        assertThat(screen)
                .contains("✗ agent-server ended with exit code 134")
                .contains("a terrible thing happened");
        assertNothingIsLeft();
    }

    @Test
    void demo_runFails_saysWhy() throws Exception {
        var process = start(folder.resolve("work"), "broken");
        String screen = read(process);
        assertThat(process.waitFor()).isEqualTo(1);
        assertThat(screen).contains("✗ the run ended as FAILED: items.tsv has no text");
        assertNothingIsLeft();
    }

    @Test
    void demo_interrupted_stopsWhatItStarted() throws Exception {
        var process = start(folder.resolve("work"));
        try (var reader = process.inputReader(StandardCharsets.UTF_8)) {
            String line = reader.readLine();
            while (line != null && !line.startsWith("Training")) {
                line = reader.readLine();
            }
            process.toHandle().destroy(); // unlike process.destroy() leaves its output readable
            assertThat(rest(reader)).contains("Interrupted; stopping what was started.");
        }
        assertThat(process.waitFor()).isEqualTo(130);
        assertNothingIsLeft();
    }

    @Test
    void demo_workFolderInUse_isRefusedByName() throws Exception {
        Files.writeString(folder.resolve("mine"), "");
        var process = start(folder);
        String screen = read(process);
        assertThat(process.waitFor()).isEqualTo(1);
        assertThat(screen).contains("work folder " + folder + " must be empty");
        assertThat(folder.resolve("mine")).exists();
    }

    private static Process start(Path work, String... misbehaviour) throws IOException {
        var command = FakeDemo.java(FakeDemo.class, work.toString());
        command.addAll(java.util.List.of(misbehaviour));
        command.addAll(1, java.util.List.of("-Dstdout.encoding=UTF-8"));
        return new ProcessBuilder(command).redirectErrorStream(true).start();
    }

    private static String read(Process process) throws IOException {
        try (var reader = process.inputReader(StandardCharsets.UTF_8)) {
            return rest(reader);
        }
    }

    private static String rest(BufferedReader reader) {
        return reader.lines().collect(Collectors.joining("\n"));
    }

    /// Every program has the work folder among its arguments.
    private void assertNothingIsLeft() {
        assertThat(
                        ProcessHandle.allProcesses()
                                .filter(process ->
                                        process.info()
                                                .commandLine()
                                                .orElse("")
                                                .contains(folder.toString()))
                                .toList())
                .isEmpty();
    }
}
