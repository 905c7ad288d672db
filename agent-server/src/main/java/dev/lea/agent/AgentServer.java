package dev.lea.agent;

import dev.lea.proto.agent.v1.AgentServiceGrpc;
import dev.lea.serving.Failure;
import dev.lea.serving.bundle.ModelStore;
import dev.lea.serving.bundle.RevisionStore;
import dev.lea.serving.bundle.StoreLimits;
import dev.lea.serving.config.StartFailure;
import dev.lea.serving.onnx.Device;
import dev.lea.serving.rpc.Health;
import dev.lea.serving.rpc.RepositoryService;
import dev.lea.serving.rpc.RpcServer;
import dev.lea.serving.rpc.Service;
import dev.lea.serving.swap.ModelHost;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A started agent-server: keeps versions of the policy and serves the live one.
final class AgentServer implements AutoCloseable {
    /// Kind of bundle that it hosts, and the model's name in messages.
    static final String KIND = "policy";

    private static final Logger log = LoggerFactory.getLogger(AgentServer.class);

    private final ModelHost<Policy> host;
    private final RpcServer server;

    private AgentServer(ModelHost<Policy> host, RpcServer server) {
        this.host = host;
        this.server = server;
    }

    /// Opens the store, loads what was live, and listens.
    ///
    /// @throws StartFailure if the store or the address cannot be had
    static AgentServer start(AgentSettings settings) {
        ModelStore store = open(settings.dataDir(), settings.maxBundleBytes());
        Device device = settings.device().orCpu();
        int runners = device == Device.CUDA ? 1 : settings.batch().runners(); // a session's own
        var revisions = new RevisionStore(settings.dataDir().resolve("revisions"));
        var loader = new PolicyLoader(settings.batch().withRunners(runners), device, revisions);
        var host = new ModelHost<Policy>(KIND, store, loader::load);
        try {
            var health = new Health();
            health.set(AgentServiceGrpc.SERVICE_NAME, restored(host));
            var repository =
                    new RepositoryService(
                            host,
                            () -> health.set(AgentServiceGrpc.SERVICE_NAME, true),
                            new AddedItems(host, loader, revisions));
            var server =
                    RpcServer.start(
                            settings.rpc(),
                            health,
                            List.of(
                                    Service.nonBlocking(new RecommendService(host::lease)),
                                    Service.blocking(repository)));
            return new AgentServer(host, server);
        } catch (RuntimeException e) {
            host.close();
            throw e;
        }
    }

    /// The port that is listened on.
    int port() {
        return server.port();
    }

    /// Lets calls in flight finish, then closes the live version.
    @Override
    public void close() {
        server.close();
        host.close();
    }

    private static ModelStore open(Path folder, long maxBundleBytes) {
        var limits =
                new StoreLimits(
                        StoreLimits.DEFAULT.versions(),
                        maxBundleBytes,
                        StoreLimits.DEFAULT.uploadFiles());
        try {
            return ModelStore.open(folder, KIND, limits, Clock.systemUTC());
        } catch (UncheckedIOException | Failure.Corrupt e) {
            throw new StartFailure(
                    "the data folder " + folder + " cannot be used: " + e.getMessage());
        }
    }

    /// Whether the version that was live is live again. Where it is not, the repository still answers, so that
    /// another version can be activated.
    private static boolean restored(ModelHost<Policy> host) {
        long number = host.store().live();
        if (number == 0) {
            log.info("no version is live yet; upload and activate one");
            return false;
        }
        try {
            host.restore();
            log.info("version {} is live again", number);
            return true;
        } catch (Failure e) {
            log.error("version {}, which was live, cannot be served any more", number, e);
            return false;
        }
    }
}
