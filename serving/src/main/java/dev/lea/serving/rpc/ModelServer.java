package dev.lea.serving.rpc;

import dev.lea.serving.Failure;
import dev.lea.serving.bundle.ModelStore;
import dev.lea.serving.bundle.StoreLimits;
import dev.lea.serving.config.StartFailure;
import dev.lea.serving.swap.ModelHost;
import dev.lea.serving.swap.VersionMetrics;
import io.micrometer.core.instrument.MeterRegistry;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A started server of one model: it keeps the model's versions, serves the live one by a service of its own, and
/// lets its versions be changed through the repository service.
public final class ModelServer implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(ModelServer.class);

    /// What a caller may ask of the repository who may not change versions.
    private static final String[] QUESTIONS = {
        "GetAliases", "GetShadowReport", "ListVersions", "WatchVersions", "DownloadRevision"
    };

    private final ModelHost<?> host;
    private final RepositoryService repository;
    private final RpcServer server;

    private ModelServer(ModelHost<?> host, RepositoryService repository, RpcServer server) {
        this.host = host;
        this.repository = repository;
        this.server = server;
    }

    /// Opens the folder of a model's versions. Nothing is loaded yet.
    ///
    /// @param kind           of bundles that are kept there, and the model's name in messages
    /// @param maxBundleBytes largest bundle that an upload may bring
    /// @throws StartFailure if the folder cannot be had
    public static <M extends AutoCloseable> ModelHost<M> open(
            String kind, Path folder, long maxBundleBytes, ModelHost.Loader<M> loader) {
        var limits =
                new StoreLimits(
                        StoreLimits.DEFAULT.versions(),
                        maxBundleBytes,
                        StoreLimits.DEFAULT.uploadFiles());
        try {
            return new ModelHost<>(
                    kind, ModelStore.open(folder, kind, limits, Clock.systemUTC()), loader);
        } catch (UncheckedIOException | Failure.Corrupt e) {
            throw new StartFailure(
                    "the data folder " + folder + " cannot be used: " + e.getMessage());
        }
    }

    /// Loads what was live, and listens.
    ///
    /// @param host      closed with the server, and when it cannot start
    /// @param services  answer by the live version; reported as serving while there is one
    /// @param revisions of the live version's catalogue
    /// @param ofUsers   whether the services' calls are of users, so that a share of them can be a canary's
    /// @throws StartFailure if the address cannot be had
    public static ModelServer start(
            RpcSettings settings,
            ModelHost<?> host,
            List<Service> services,
            Revisions revisions,
            boolean ofUsers) {
        try {
            var health = new Health();
            boolean restored = restored(host);
            services.forEach(service -> health.set(service.name(), restored));
            var repository =
                    new RepositoryService(
                            host,
                            () -> services.forEach(service -> health.set(service.name(), true)),
                            revisions,
                            ofUsers);
            List<Service> all = new ArrayList<>(services);
            all.add(Service.blocking(repository).readable(QUESTIONS));
            var server = RpcServer.start(settings, health, all);
            new VersionMetrics(host).bindTo(server.registry());
            return new ModelServer(host, repository, server);
        } catch (RuntimeException e) {
            host.close();
            throw e;
        }
    }

    /// The port that is listened on.
    public int port() {
        return server.port();
    }

    /// Where more can be counted.
    public MeterRegistry registry() {
        return server.registry();
    }

    /// The port on which metrics are served; empty where they are not.
    public OptionalInt metricsPort() {
        return server.metricsPort();
    }

    /// Lets calls in flight finish, then closes what is loaded.
    @Override
    public void close() {
        repository.close();
        server.close();
        host.close();
    }

    /// Whether the version that was live is live again. Where it is not, the repository still answers, so that
    /// another version can be activated.
    private static boolean restored(ModelHost<?> host) {
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
