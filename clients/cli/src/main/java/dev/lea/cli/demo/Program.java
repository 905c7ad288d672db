package dev.lea.cli.demo;

import dev.lea.client.Endpoint;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/// A server that runs as a process of its own and writes its log to a file.
final class Program implements AutoCloseable {
    private static final Duration START_PATIENCE = Duration.ofSeconds(60);
    private static final Duration STOP_GRACE = Duration.ofSeconds(15);
    private static final int MAX_TAIL_BYTES = 1 << 16;

    private final String name;
    private final Process process;
    private final Path portFile;
    private final Path log;
    private final Runnable onDeath;
    private volatile boolean closing;

    private Program(String name, Process process, Path portFile, Path log, Runnable onDeath) {
        this.name = name;
        this.process = process;
        this.portFile = portFile;
        this.log = log;
        this.onDeath = onDeath;
    }

    /// Starts a server in a folder; its log and port file lie there.
    ///
    /// @param onDeath called, on any thread, when the process ends although nobody closed it
    static Program start(
            String name,
            Launcher launcher,
            int port,
            List<String> arguments,
            Path folder,
            Runnable onDeath) {
        Path portFile = folder.resolve(name + ".port");
        Path log = folder.resolve(name + ".log");
        var all =
                new ArrayList<String>(
                        List.of(
                                "--port",
                                Integer.toString(port),
                                "--port-file",
                                portFile.toString()));
        all.addAll(arguments);
        try {
            Files.createDirectories(folder);
            Files.deleteIfExists(portFile);
            var process =
                    launcher.prepare(name, all)
                            .redirectErrorStream(true)
                            .redirectOutput(log.toFile())
                            .start();
            var program = new Program(name, process, portFile, log, onDeath);
            var _ = process.onExit().thenRun(program::ended);
            return program;
        } catch (IOException e) {
            throw new DemoFailure("cannot start " + name + ": " + e.getMessage());
        }
    }

    /// Waits until it serves, which its port file says.
    ///
    /// @throws DemoFailure if it ends before, or takes longer than a minute
    Endpoint awaitServing() throws InterruptedException {
        long giveUpAt = System.nanoTime() + START_PATIENCE.toNanos();
        while (System.nanoTime() - giveUpAt < 0) {
            if (Files.exists(portFile)) {
                return Endpoint.loopback(readPort());
            }
            if (process.waitFor(20, TimeUnit.MILLISECONDS)) {
                throw death();
            }
        }
        throw new DemoFailure(
                name + " did not serve within " + START_PATIENCE.toSeconds() + " s", log);
    }

    String name() {
        return name;
    }

    Path log() {
        return log;
    }

    /// Whether it has ended, or does within a moment: a lost connection is noticed before the end is.
    boolean endsSoon() {
        boolean interrupted = Thread.interrupted();
        try {
            return process.waitFor(300, TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            interrupted = true;
            return !process.isAlive();
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /// What to say when it has ended by itself.
    DemoFailure death() {
        return new DemoFailure(name + " ended with exit code " + process.exitValue(), log);
    }

    /// Most memory that it ever held, as the kernel counts it; 0 where the system does not tell.
    long peakMemoryBytes() {
        Path status = Path.of("/proc/" + process.pid() + "/status");
        if (!Files.isReadable(status)) {
            return 0;
        }
        try (var lines = Files.lines(status)) {
            return lines.filter(line -> line.startsWith("VmHWM:"))
                    .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")) << 10)
                    .findFirst()
                    .orElse(0);
        } catch (IOException | UncheckedIOException e) {
            return 0; // it ended while we looked
        }
    }

    /// Asks it to end. [#close] waits for it.
    void stop() {
        closing = true;
        process.destroy();
    }

    /// Asks it to end, waits for a while, then ends it. May be called twice.
    @Override
    public void close() {
        stop();
        boolean interrupted = false;
        long giveUpAt = System.nanoTime() + STOP_GRACE.toNanos();
        while (process.isAlive()) {
            try {
                if (!process.waitFor(giveUpAt - System.nanoTime(), TimeUnit.NANOSECONDS)) {
                    process.destroyForcibly();
                    giveUpAt = System.nanoTime() + STOP_GRACE.toNanos();
                }
            } catch (InterruptedException e) {
                interrupted = true; // leaving now would leave a process behind
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /// The last lines of a log; empty when there is none. Not through a channel, which an interrupted thread
    /// cannot read.
    static List<String> tail(Path log, int lines) {
        try (var file = new RandomAccessFile(log.toFile(), "r")) {
            long from = Math.max(0, file.length() - MAX_TAIL_BYTES);
            var bytes = new byte[(int) (file.length() - from)];
            file.seek(from);
            file.readFully(bytes);
            var all = new String(bytes, StandardCharsets.UTF_8).lines().toList();
            return all.subList(Math.max(0, all.size() - lines), all.size());
        } catch (IOException e) {
            return List.of();
        }
    }

    private int readPort() {
        try {
            return Integer.parseInt(Files.readString(portFile).strip());
        } catch (IOException | NumberFormatException e) {
            throw new DemoFailure(
                    "cannot read the port of " + name + " from " + portFile + ": " + e, log);
        }
    }

    private void ended() {
        if (!closing) {
            onDeath.run();
        }
    }
}
