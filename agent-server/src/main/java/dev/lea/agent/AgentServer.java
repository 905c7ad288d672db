package dev.lea.agent;

import dev.lea.serving.Failure;
import dev.lea.serving.bundle.RevisionStore;
import dev.lea.serving.config.StartFailure;
import dev.lea.serving.feedback.FeedbackLog;
import dev.lea.serving.feedback.FeedbackMetrics;
import dev.lea.serving.onnx.Device;
import dev.lea.serving.rpc.ModelServer;
import dev.lea.serving.rpc.Service;
import dev.lea.serving.rpc.inference.InferenceService;
import dev.lea.serving.swap.ModelHost;
import io.micrometer.core.instrument.composite.CompositeMeterRegistry;
import java.io.UncheckedIOException;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/// How agent-server is put together: it keeps versions of the policy, serves the live one, and keeps feedback where it was
/// given a folder for it.
final class AgentServer implements AutoCloseable {
    /// Kind of bundle that it hosts, and the model's name in messages.
    static final String KIND = "policy";

    private final ModelServer server;
    private final Optional<FeedbackLog> feedback;

    private AgentServer(ModelServer server, Optional<FeedbackLog> feedback) {
        this.server = server;
        this.feedback = feedback;
    }

    /// Opens the store, loads what was live, and listens.
    ///
    /// @throws StartFailure if the store, the folder of feedback or the address cannot be had
    static AgentServer start(AgentSettings settings) {
        Optional<FeedbackLog> feedback = settings.feedback().map(AgentServer::open);
        try {
            ModelServer server = start(settings, feedback);
            feedback.ifPresent(log ->
                    new FeedbackMetrics(log, settings.feedback().orElseThrow().limits())
                            .bindTo(server.registry()));
            return new AgentServer(server, feedback);
        } catch (RuntimeException e) {
            feedback.ifPresent(FeedbackLog::close);
            throw e;
        }
    }

    private static ModelServer start(AgentSettings settings, Optional<FeedbackLog> feedback) {
        Device device = settings.device().orCpu();
        int runners = device == Device.CUDA ? 1 : settings.batch().runners(); // a session's own
        var revisions = new RevisionStore(settings.dataDir().resolve("revisions"));
        var meters = new CompositeMeterRegistry(); // the server's, once it has started
        var loader =
                new PolicyLoader(
                        settings.batch().withRunners(runners),
                        device,
                        revisions,
                        PolicyMeters.of(meters));
        ModelHost<Policy> host =
                ModelServer.open(KIND, settings.dataDir(), settings.maxBundleBytes(), loader::load);
        var service = new RecommendService(host, feedback);
        var inference = new InferenceService("agent-server", new PolicyInference(host, service));
        ModelServer server =
                ModelServer.start(
                        settings.rpc(),
                        host,
                        List.of(Service.nonBlocking(service), Service.nonBlocking(inference)),
                        new AddedItems(host, loader, revisions),
                        true);
        meters.add(server.registry());
        return server;
    }

    private static FeedbackLog open(AgentSettings.FeedbackSettings settings) {
        try {
            return FeedbackLog.open(settings.folder(), settings.limits(), Clock.systemUTC());
        } catch (UncheckedIOException | Failure.Corrupt e) {
            throw new StartFailure(
                    "the folder of feedback "
                            + settings.folder()
                            + " cannot be used: "
                            + e.getMessage());
        }
    }

    /// The port that is listened on.
    int port() {
        return server.port();
    }

    /// The port on which metrics are served; empty where they are not.
    OptionalInt metricsPort() {
        return server.metricsPort();
    }

    /// Lets calls in flight finish, then closes what is loaded.
    @Override
    public void close() {
        server.close();
        feedback.ifPresent(FeedbackLog::close);
    }
}
