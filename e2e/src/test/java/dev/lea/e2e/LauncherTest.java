package dev.lea.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// The launcher as a person runs it: a copy of it in an empty folder, so that nothing is built here.
@Timeout(60)
class LauncherTest {
    private static final Path BASH = Path.of("/bin/bash");
    private static final Path SCRIPT = Path.of("..", "lea");
    private static final Path THIS_JDK = Path.of(System.getProperty("java.home"));

    @TempDir Path folder;

    private record Result(int code, String out, String err) {}

    @BeforeEach
    void copyTheScript() throws IOException {
        assumeTrue(Files.isExecutable(BASH), "the launcher needs bash");
        write(Files.readString(SCRIPT));
    }

    @Test
    void help_listsTheCommands() throws Exception {
        var result = run(Map.of(), "help");
        assertThat(result.code()).isZero();
        assertThat(result.out())
                .contains(
                        "demo",
                        "env-server",
                        "agent-server",
                        "trainer",
                        "recommend",
                        "rollback",
                        "completion",
                        "data",
                        "sample",
                        "bench",
                        "test",
                        "build");
    }

    @Test
    void unknownCommand_isNamed() throws Exception {
        var result = run(Map.of(), "deom");
        assertThat(result.code()).isEqualTo(1);
        assertThat(result.err())
                .isEqualTo("lea: there is no command 'deom'; ./lea help lists them.\n");
    }

    @Test
    void jdk_inJavaHome_isUsed() throws Exception {
        var result = run(Map.of("JAVA_HOME", THIS_JDK.toString()), "jdk");
        assertThat(result.out()).isEqualTo(THIS_JDK + "\n");
    }

    @Test
    void jdk_tooOldInJavaHome_isPassedOver() throws Exception {
        Path old = fakeJdk("old", "17.0.2");
        var result = run(Map.of("JAVA_HOME", old.toString(), "PATH", pathWith(THIS_JDK)), "jdk");
        assertThat(result.out()).doesNotContain(old.toString());
        assertThat(Path.of(result.out().strip()).toRealPath()).isEqualTo(THIS_JDK.toRealPath());
    }

    @Test
    void jdk_inTheUsersFolder_isFoundAndTheOldestThatIsNewEnoughIsTaken() throws Exception {
        write(Files.readString(SCRIPT).replace("JDK_MINIMUM=25", "JDK_MINIMUM=90"));
        fakeJdk("home/.sdkman/candidates/java/91", "91.0.1");
        Path wanted = fakeJdk("home/.jdks/90", "90");
        fakeJdk("home/.jdks/89", "89.0.1");
        var result = run(Map.of("HOME", folder.resolve("home").toString()), "jdk");
        assertThat(result.out()).isEqualTo(wanted + "\n");
    }

    @Test
    void jdk_nowhere_isSaidInOneSentence() throws Exception {
        write(Files.readString(SCRIPT).replace("JDK_MINIMUM=25", "JDK_MINIMUM=99"));
        for (String command : List.of("jdk", "demo", "test", "trainer")) {
            var result = run(Map.of("HOME", folder.toString()), command);
            assertThat(result.code()).isEqualTo(1);
            assertThat(result.err())
                    .startsWith("lea: a JDK of version 99 or newer is needed and none was found")
                    .hasLineCount(1);
        }
    }

    @Test
    void test_withoutMaven_isSaidInOneSentence() throws Exception {
        Path tools = Files.createDirectory(folder.resolve("tools"));
        for (String tool : List.of("dirname", "readlink", "sed", "head", "sort", "cut")) {
            Files.createSymbolicLink(tools.resolve(tool), Path.of("/usr/bin", tool));
        }
        var environment = Map.of("JAVA_HOME", THIS_JDK.toString(), "PATH", tools.toString());
        var result = run(environment, "test");
        assertThat(result.code()).isEqualTo(1);
        assertThat(result.err()).startsWith("lea: Maven is needed").hasLineCount(1);
    }

    private void write(String script) throws IOException {
        Path copy = folder.resolve("lea");
        Files.writeString(copy, script);
        assertThat(copy.toFile().setExecutable(true)).isTrue();
    }

    private Path fakeJdk(String name, String version) throws IOException {
        Path home = folder.resolve(name);
        Files.createDirectories(home.resolve("bin"));
        for (String tool : List.of("java", "javac")) {
            Path file = Files.createFile(home.resolve("bin").resolve(tool));
            assertThat(file.toFile().setExecutable(true)).isTrue();
        }
        Files.writeString(
                home.resolve("release"), "IMPLEMENTOR=\"x\"\nJAVA_VERSION=\"" + version + "\"\n");
        return home;
    }

    private static String pathWith(Path jdk) {
        return jdk.resolve("bin") + ":" + System.getenv("PATH");
    }

    private Result run(Map<String, String> environment, String... arguments) throws Exception {
        var command =
                new java.util.ArrayList<>(
                        List.of(BASH.toString(), folder.resolve("lea").toString()));
        command.addAll(List.of(arguments));
        var builder = new ProcessBuilder(command);
        builder.environment().remove("JAVA_HOME");
        builder.environment().putAll(environment);
        Path err = folder.resolve("err");
        var process = builder.redirectError(err.toFile()).start();
        String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return new Result(process.waitFor(), out, Files.readString(err));
    }
}
