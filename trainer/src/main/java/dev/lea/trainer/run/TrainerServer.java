package dev.lea.trainer.run;

import dev.lea.proto.trainer.v1.TrainerServiceGrpc;
import dev.lea.serving.config.StartFailure;
import dev.lea.serving.rpc.Health;
import dev.lea.serving.rpc.RpcServer;
import dev.lea.serving.rpc.Service;
import java.io.UncheckedIOException;
import java.util.List;

/// A started trainer: takes runs, and goes on with those that it was at when it ended.
public final class TrainerServer implements AutoCloseable {
    private final RunQueue runs;
    private final RpcServer server;

    private TrainerServer(RunQueue runs, RpcServer server) {
        this.runs = runs;
        this.server = server;
    }

    /// Opens the folder of runs, and listens.
    ///
    /// @throws StartFailure if the folder or the address cannot be had
    public static TrainerServer start(TrainerSettings settings) {
        RunQueue runs;
        try {
            runs =
                    RunQueue.open(
                            settings.dataDir(),
                            record -> new Pipeline(record, settings.targets()).run());
        } catch (UncheckedIOException e) {
            throw new StartFailure(
                    "the data folder " + settings.dataDir() + " cannot be used: " + e.getMessage());
        }
        try {
            var health = new Health();
            health.set(TrainerServiceGrpc.SERVICE_NAME, true);
            var service = new TrainerService(runs, settings.targets());
            return new TrainerServer(
                    runs,
                    RpcServer.start(
                            settings.rpc(),
                            health,
                            List.of(
                                    Service.blocking(service)
                                            .readable("GetRun", "ListRuns", "WatchRun"))));
        } catch (RuntimeException e) {
            runs.close();
            throw e;
        }
    }

    /// The port that is listened on.
    public int port() {
        return server.port();
    }

    /// Stops the run at work at its next step, where a later start takes it up again.
    @Override
    public void close() {
        runs.close();
        server.close();
    }
}
