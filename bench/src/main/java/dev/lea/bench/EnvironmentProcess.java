package dev.lea.bench;

import dev.lea.client.EnvironmentClient;
import dev.lea.client.RepositoryClient;
import dev.lea.environment.Main;
import java.io.IOException;
import java.nio.file.Path;

/// An env-server in a process of its own, and a client of it.
final class EnvironmentProcess implements AutoCloseable {
    private final ServerProcess server;

    private EnvironmentProcess(ServerProcess server) {
        this.server = server;
    }

    /// Starts it and makes a bundle live.
    ///
    /// @param folder for its data; empty or absent
    static EnvironmentProcess serve(Path folder, Path bundle)
            throws IOException, InterruptedException {
        var server = ServerProcess.start(Main.class, folder, "768m");
        try {
            var repository = new RepositoryClient(server.channel());
            repository.activate(repository.upload(bundle).getModel().getVersion());
        } catch (RuntimeException e) {
            server.close();
            throw e;
        }
        return new EnvironmentProcess(server);
    }

    EnvironmentClient client() {
        return new EnvironmentClient(server.channel());
    }

    @Override
    public void close() {
        server.close();
    }
}
