package dev.lea.trainer.experiment;

import dev.lea.client.Endpoint;
import dev.lea.serving.Failure;
import dev.lea.serving.rpc.Termination;
import dev.lea.trainer.run.EnvironmentWork;
import dev.lea.trainer.run.ProcessUse;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/// An env-server that an experiment starts for itself through the launcher, and ends when it is done.
final class EnvironmentProcess implements EnvironmentWork.Server, AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(90);
    private static final Duration GRACE = Duration.ofSeconds(15);

    private final Process process;
    private final Endpoint endpoint;

    private EnvironmentProcess(Process process, Endpoint endpoint) {
        this.process = process;
        this.endpoint = endpoint;
    }

    /// Starts it and waits until it serves.
    ///
    /// @param home   folder of the launcher
    /// @param folder of its models and its log
    /// @throws Failure.Conflict if it does not come up
    static EnvironmentProcess start(Path home, Path folder) throws InterruptedException {
        Path portFile = folder.resolve("env-server.port");
        Path log = folder.resolve("env-server.log");
        try {
            Files.createDirectories(folder);
            Files.deleteIfExists(portFile);
            var builder =
                    new ProcessBuilder(
                            List.of(
                                    home.resolve("lea").toString(),
                                    "env-server",
                                    "--port",
                                    "0",
                                    "--port-file",
                                    portFile.toString(),
                                    "--data-dir",
                                    folder.resolve("models").toString()));
            builder.environment().put("LEA_NO_BUILD", "1");
            builder.environment()
                    .put(Termination.PARENT, Long.toString(ProcessHandle.current().pid()));
            Process process =
                    builder.redirectErrorStream(true).redirectOutput(log.toFile()).start();
            return await(process, portFile, log);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot start env-server through " + home + "/lea", e);
        }
    }

    private static EnvironmentProcess await(Process process, Path portFile, Path log)
            throws InterruptedException, IOException {
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (System.nanoTime() < end) {
            if (Files.exists(portFile)) {
                int port = Integer.parseInt(Files.readString(portFile).strip());
                return new EnvironmentProcess(process, Endpoint.loopback(port));
            }
            if (process.waitFor(50, TimeUnit.MILLISECONDS)) {
                break;
            }
        }
        process.destroy();
        throw new Failure.Conflict(
                "ENV_SERVER_NOT_STARTED",
                "env-server did not serve within " + PATIENCE.toSeconds() + " s; its log is " + log,
                Map.of());
    }

    @Override
    public Endpoint endpoint() {
        return endpoint;
    }

    @Override
    public ProcessUse use() {
        return ProcessUse.of(process.toHandle());
    }

    @Override
    public void close() {
        process.destroy();
        try {
            if (!process.waitFor(GRACE.toSeconds(), TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }
}
