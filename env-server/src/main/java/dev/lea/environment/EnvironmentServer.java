package dev.lea.environment;

import dev.lea.environment.model.Answers;
import dev.lea.environment.model.Backbones;
import dev.lea.environment.model.EnvironmentLoader;
import dev.lea.environment.model.LanguageEnvironment;
import dev.lea.environment.model.PassStatistics;
import dev.lea.serving.bundle.RevisionStore;
import dev.lea.serving.config.StartFailure;
import dev.lea.serving.onnx.Device;
import dev.lea.serving.rpc.ModelServer;
import dev.lea.serving.rpc.Service;
import dev.lea.serving.rpc.inference.InferenceService;
import dev.lea.serving.swap.ModelHost;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.composite.CompositeMeterRegistry;
import java.util.List;

/// A started env-server: keeps versions of the environment and serves the live one.
final class EnvironmentServer implements AutoCloseable {
    /// Kind of bundle that it hosts, and the model's name in messages.
    static final String KIND = "environment";

    /// What a caller may ask who may not change items.
    private static final String[] QUESTIONS = {
        "GetEnvironment", "GetStates", "ScoreActions", "AugmentActions", "Annotate"
    };

    private final ModelServer server;

    private EnvironmentServer(ModelServer server) {
        this.server = server;
    }

    /// Opens the store, loads what was live, and listens.
    ///
    /// @throws StartFailure if the store or the address cannot be had
    static EnvironmentServer start(EnvironmentSettings settings) {
        var revisions = new RevisionStore(settings.dataDir().resolve("revisions"));
        Device device = settings.device().orCpu();
        int threads = device == Device.CUDA ? 1 : settings.threads(); // a session's own
        var meters = new CompositeMeterRegistry(); // the server's, once it has started
        var counted =
                new EnvironmentMetrics(
                        new Answers(settings.cacheBytes(), settings.keyValueBytes()),
                        new PassStatistics(meters));
        var loader =
                new EnvironmentLoader(
                        threads,
                        settings.queue(),
                        settings.limits(),
                        counted.answers(),
                        counted.passes(),
                        new Backbones(),
                        device,
                        revisions);
        ModelHost<LanguageEnvironment> host =
                ModelServer.open(KIND, settings.dataDir(), settings.maxBundleBytes(), loader::load);
        var newItems = new NewItems(host, loader, revisions);
        var service =
                new EnvironmentService(
                        host::lease,
                        host.shadow(),
                        newItems,
                        new BulkLimits(settings.streamWindow(), 2 * threads),
                        counted,
                        settings.rpc().maxMessageBytes());
        var inference = new InferenceService("env-server", new EnvironmentInference(host, service));
        ModelServer server =
                ModelServer.start(
                        settings.rpc(),
                        host,
                        List.of(
                                Service.blocking(service).readable(QUESTIONS),
                                Service.blocking(inference)),
                        newItems,
                        false);
        meters.add(server.registry());
        counted.bindTo(server.registry());
        return new EnvironmentServer(server);
    }

    /// The port that is listened on.
    int port() {
        return server.port();
    }

    /// What it keeps and runs, as [EnvironmentMetrics] names it.
    MeterRegistry metrics() {
        return server.registry();
    }

    /// Lets calls in flight finish, then closes the live version.
    @Override
    public void close() {
        server.close();
    }
}
