package dev.lea.environment;

import dev.lea.environment.model.Answers;
import dev.lea.environment.model.Backbones;
import dev.lea.environment.model.EnvironmentLoader;
import dev.lea.environment.model.LanguageEnvironment;
import dev.lea.environment.model.PassStatistics;
import dev.lea.proto.environment.v1.EnvironmentServiceGrpc;
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
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A started env-server: keeps versions of the environment and serves the live one.
final class EnvironmentServer implements AutoCloseable {
    /// Kind of bundle that it hosts, and the model's name in messages.
    static final String KIND = "environment";

    private static final Logger log = LoggerFactory.getLogger(EnvironmentServer.class);

    private final ModelHost<LanguageEnvironment> host;
    private final RpcServer server;
    private final MeterRegistry metrics;

    private EnvironmentServer(
            ModelHost<LanguageEnvironment> host, RpcServer server, MeterRegistry metrics) {
        this.host = host;
        this.server = server;
        this.metrics = metrics;
    }

    /// Opens the store, loads what was live, and listens.
    ///
    /// @throws StartFailure if the store or the address cannot be had
    static EnvironmentServer start(EnvironmentSettings settings) {
        ModelStore store = open(settings.dataDir(), settings.maxBundleBytes());
        var revisions = new RevisionStore(settings.dataDir().resolve("revisions"));
        Device device = settings.device().orCpu();
        int threads = device == Device.CUDA ? 1 : settings.threads(); // a session's own
        var counted =
                new EnvironmentMetrics(
                        new Answers(settings.cacheBytes(), settings.keyValueBytes()),
                        new PassStatistics());
        var metrics = new SimpleMeterRegistry();
        counted.bindTo(metrics);
        var loader =
                new EnvironmentLoader(
                        threads,
                        settings.queueSequences(),
                        settings.limits(),
                        counted.answers(),
                        counted.passes(),
                        new Backbones(),
                        device,
                        revisions);
        var host = new ModelHost<LanguageEnvironment>(KIND, store, loader::load);
        try {
            var health = new Health();
            health.set(EnvironmentServiceGrpc.SERVICE_NAME, restored(host));
            var newItems = new NewItems(host, loader, revisions);
            var environment =
                    new EnvironmentService(
                            host::lease,
                            newItems,
                            new BulkLimits(settings.streamWindow(), 2 * threads),
                            counted,
                            settings.rpc().maxMessageBytes());
            var repository =
                    new RepositoryService(
                            host,
                            () -> health.set(EnvironmentServiceGrpc.SERVICE_NAME, true),
                            newItems);
            var server =
                    RpcServer.start(
                            settings.rpc(),
                            health,
                            List.of(Service.blocking(environment), Service.blocking(repository)));
            return new EnvironmentServer(host, server, metrics);
        } catch (RuntimeException e) {
            host.close();
            throw e;
        }
    }

    /// The port that is listened on.
    int port() {
        return server.port();
    }

    /// What it keeps and runs, as [EnvironmentMetrics] names it.
    MeterRegistry metrics() {
        return metrics;
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
    private static boolean restored(ModelHost<LanguageEnvironment> host) {
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
