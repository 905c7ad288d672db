package dev.lea.bench;

import dev.lea.client.ClientSettings;
import dev.lea.client.Endpoint;
import dev.lea.client.LeaChannel;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// A server in a process of its own, and a channel to it.
final class ServerProcess implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofMinutes(2);
    private static final Pattern HEAP_USED = Pattern.compile("used (\\d+)K");

    private final Process process;
    private final int port;
    private final LeaChannel channel;

    private ServerProcess(Process process, int port, LeaChannel channel) {
        this.process = process;
        this.port = port;
        this.channel = channel;
    }

    /// Starts it and waits until it serves.
    ///
    /// @param folder    for its data, log and port; empty or absent
    /// @param heap      of the process, for instance `512m`
    /// @param arguments beside port and data folder
    static ServerProcess start(Class<?> main, Path folder, String heap, String... arguments)
            throws IOException, InterruptedException {
        Files.createDirectories(folder);
        Path portFile = folder.resolve("port");
        List<String> command =
                new ArrayList<>(
                        List.of(
                                tool("java"),
                                "-Xmx" + heap,
                                "--enable-native-access=ALL-UNNAMED",
                                "--sun-misc-unsafe-memory-access=allow",
                                "-cp",
                                System.getProperty("java.class.path"),
                                main.getName(),
                                "--port",
                                "0",
                                "--port-file",
                                portFile.toString(),
                                "--data-dir",
                                folder.resolve("data").toString()));
        command.addAll(List.of(arguments));
        var builder =
                new ProcessBuilder(command)
                        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                        .redirectError(folder.resolve("log").toFile());
        builder.environment().putIfAbsent("MALLOC_ARENA_MAX", "2"); // as the launcher does
        Process process = builder.start();
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (!Files.exists(portFile)) {
            if (process.waitFor(50, TimeUnit.MILLISECONDS) || System.nanoTime() > deadline) {
                process.destroyForcibly();
                throw new IOException("the server did not start: " + folder.resolve("log"));
            }
        }
        var settings =
                ClientSettings.DEFAULT.withSlowCallDeadline(PATIENCE).withCallDeadline(PATIENCE);
        int port = Integer.parseInt(Files.readString(portFile).strip());
        return new ServerProcess(process, port, LeaChannel.open(Endpoint.loopback(port), settings));
    }

    int port() {
        return port;
    }

    /// Processor time that it has used.
    long cpuNanos() {
        return process.info().totalCpuDuration().orElseThrow().toNanos();
    }

    LeaChannel channel() {
        return channel;
    }

    /// Bytes of memory that the process has; 0 where the system does not tell.
    long residentBytes() throws IOException {
        Path status = Path.of("/proc", Long.toString(process.pid()), "status");
        if (!Files.exists(status)) {
            return 0;
        }
        return Files.readAllLines(status).stream()
                .filter(line -> line.startsWith("VmRSS:"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) << 10)
                .findFirst()
                .orElse(0);
    }

    /// Bytes of heap that live after a collection.
    long liveHeapBytes() throws IOException, InterruptedException {
        diagnose("GC.run");
        Matcher used = HEAP_USED.matcher(diagnose("GC.heap_info"));
        if (!used.find()) {
            throw new IOException("the server does not tell its heap");
        }
        return Long.parseLong(used.group(1)) << 10;
    }

    @Override
    public void close() {
        channel.close();
        process.destroy();
        try {
            if (!process.waitFor(20, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }

    private String diagnose(String command) throws IOException, InterruptedException {
        Process tool =
                new ProcessBuilder(tool("jcmd"), Long.toString(process.pid()), command)
                        .redirectErrorStream(true)
                        .start();
        String output = new String(tool.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (tool.waitFor() != 0) {
            throw new IOException("jcmd " + command + ": " + output);
        }
        return output;
    }

    private static String tool(String name) {
        return Path.of(System.getProperty("java.home"), "bin", name).toString();
    }
}
