package dev.lea.bench;

import dev.lea.client.ClientSettings;
import dev.lea.client.Endpoint;
import dev.lea.client.EnvironmentClient;
import dev.lea.client.LeaChannel;
import dev.lea.client.RepositoryClient;
import dev.lea.environment.Main;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/// An env-server in a process of its own, and a client of it.
final class EnvironmentProcess implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofMinutes(2);

    private final Process process;
    private final LeaChannel channel;

    private EnvironmentProcess(Process process, LeaChannel channel) {
        this.process = process;
        this.channel = channel;
    }

    /// Starts it and makes a bundle live.
    ///
    /// @param folder for its data; empty or absent
    static EnvironmentProcess serve(Path folder, Path bundle)
            throws IOException, InterruptedException {
        Files.createDirectories(folder);
        Path port = folder.resolve("port");
        List<String> command =
                new ArrayList<>(
                        List.of(
                                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                                "-Xmx768m",
                                "--enable-native-access=ALL-UNNAMED",
                                "-cp",
                                System.getProperty("java.class.path"),
                                Main.class.getName()));
        command.addAll(
                List.of(
                        "--port", "0",
                        "--port-file", port.toString(),
                        "--data-dir", folder.resolve("data").toString()));
        Process process =
                new ProcessBuilder(command)
                        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                        .redirectError(folder.resolve("log").toFile())
                        .start();
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (!Files.exists(port)) {
            if (process.waitFor(50, TimeUnit.MILLISECONDS) || System.nanoTime() > deadline) {
                process.destroyForcibly();
                throw new IOException("env-server did not start: " + folder.resolve("log"));
            }
        }
        var settings =
                ClientSettings.DEFAULT.withSlowCallDeadline(PATIENCE).withCallDeadline(PATIENCE);
        var channel =
                LeaChannel.open(
                        Endpoint.loopback(Integer.parseInt(Files.readString(port).strip())),
                        settings);
        var server = new EnvironmentProcess(process, channel);
        try {
            var repository = new RepositoryClient(channel);
            repository.activate(repository.upload(bundle).getModel().getVersion());
        } catch (RuntimeException e) {
            server.close();
            throw e;
        }
        return server;
    }

    EnvironmentClient client() {
        return new EnvironmentClient(channel);
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
}
