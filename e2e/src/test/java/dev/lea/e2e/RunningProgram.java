package dev.lea.e2e;

import dev.lea.client.Endpoint;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/// One of the three programs as a process of its own, on loopback.
final class RunningProgram implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(90);

    private final Process process;
    private final int port;

    private RunningProgram(Process process, int port) {
        this.process = process;
        this.port = port;
    }

    /// Starts a program and waits until it serves.
    ///
    /// @param port 0 for a free one
    static RunningProgram start(String mainClass, Path folder, int port, String... more)
            throws IOException, InterruptedException {
        Files.createDirectories(folder);
        Path portFile = folder.resolve("port");
        Files.deleteIfExists(portFile);
        List<String> command =
                new ArrayList<>(
                        List.of(
                                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                                "--enable-native-access=ALL-UNNAMED",
                                "-Xmx700m",
                                "-cp",
                                System.getProperty("java.class.path"),
                                mainClass,
                                "--port",
                                Integer.toString(port),
                                "--port-file",
                                portFile.toString(),
                                "--data-dir",
                                folder.resolve("data").toString()));
        command.addAll(List.of(more));
        Process process =
                new ProcessBuilder(command)
                        .redirectErrorStream(true)
                        .redirectOutput(
                                ProcessBuilder.Redirect.appendTo(folder.resolve("log").toFile()))
                        .start();
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (!Files.exists(portFile)) {
            if (!process.isAlive() || System.nanoTime() > end) {
                process.destroyForcibly();
                throw new IOException(
                        mainClass + " did not start:\n" + Files.readString(folder.resolve("log")));
            }
            process.waitFor(50, java.util.concurrent.TimeUnit.MILLISECONDS);
        }
        return new RunningProgram(process, Integer.parseInt(Files.readString(portFile).strip()));
    }

    int port() {
        return port;
    }

    Endpoint endpoint() {
        return Endpoint.loopback(port);
    }

    /// As `kill -9` does.
    void kill() throws InterruptedException {
        process.destroyForcibly().waitFor();
    }

    @Override
    public void close() {
        process.destroy();
        try {
            if (!process.waitFor(20, java.util.concurrent.TimeUnit.SECONDS)) {
                process.destroyForcibly().waitFor();
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }
}
