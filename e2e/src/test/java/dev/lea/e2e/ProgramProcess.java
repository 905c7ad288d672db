package dev.lea.e2e;

import dev.lea.client.Endpoint;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/// One of the three programs as a process, on the classes that were just built.
final class ProgramProcess implements AutoCloseable {
    private static final long PATIENCE_SECONDS = 60;

    /// A program and its main class.
    enum Kind {
        ENV_SERVER(dev.lea.environment.Main.class),
        AGENT_SERVER(dev.lea.agent.Main.class),
        TRAINER(dev.lea.trainer.Main.class);

        final Class<?> main;

        Kind(Class<?> main) {
            this.main = main;
        }
    }

    private final Process process;
    private final Path log;
    private final Path portFile;

    private ProgramProcess(Process process, Path log, Path portFile) {
        this.process = process;
        this.log = log;
        this.portFile = portFile;
    }

    /// Starts it with these arguments; its log lies in `folder`.
    static ProgramProcess start(Kind kind, Path folder, String... arguments) throws IOException {
        Path log = Files.createTempFile(folder, kind.name(), ".log");
        Path portFile = log.resolveSibling(log.getFileName() + ".port");
        var command = java(kind.main, arguments);
        command.add("--port-file=" + portFile);
        var process =
                new ProcessBuilder(command)
                        .redirectErrorStream(true)
                        .redirectOutput(log.toFile())
                        .start();
        return new ProgramProcess(process, log, portFile);
    }

    /// A JVM with this one's classes.
    static List<String> java(Class<?> main, String... arguments) {
        var command =
                new ArrayList<>(
                        List.of(
                                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                                "-Xmx768m",
                                "--enable-native-access=ALL-UNNAMED",
                                "--sun-misc-unsafe-memory-access=allow",
                                "-cp",
                                System.getProperty("java.class.path"),
                                main.getName()));
        command.addAll(List.of(arguments));
        return command;
    }

    /// Waits until it serves.
    Endpoint endpoint() throws Exception {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
        while (!Files.exists(portFile)) {
            if (process.waitFor(20, TimeUnit.MILLISECONDS) || System.nanoTime() > end) {
                throw new AssertionError("it does not serve:\n" + log());
            }
        }
        return Endpoint.loopback(Integer.parseInt(Files.readString(portFile).strip()));
    }

    /// Waits until it has ended by itself.
    int exitCode() throws InterruptedException {
        if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
            throw new AssertionError("it does not end:\n" + log());
        }
        return process.exitValue();
    }

    /// Asks it to end and waits.
    int terminate() throws InterruptedException {
        process.destroy();
        return exitCode();
    }

    /// Ends it at once, as a crash would.
    void kill() throws InterruptedException {
        process.destroyForcibly().waitFor();
    }

    String log() {
        try {
            return Files.readString(log);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }
}
