package dev.lea.agent;

import dev.lea.serving.bundle.RevisionStore;
import dev.lea.serving.config.StartFailure;
import dev.lea.serving.onnx.Device;
import dev.lea.serving.rpc.ModelServer;
import dev.lea.serving.rpc.Service;
import dev.lea.serving.rpc.inference.InferenceService;
import dev.lea.serving.swap.ModelHost;
import java.util.List;

/// How agent-server is put together: it keeps versions of the policy and serves the live one.
final class AgentServer {
    /// Kind of bundle that it hosts, and the model's name in messages.
    static final String KIND = "policy";

    private AgentServer() {}

    /// Opens the store, loads what was live, and listens.
    ///
    /// @throws StartFailure if the store or the address cannot be had
    static ModelServer start(AgentSettings settings) {
        Device device = settings.device().orCpu();
        int runners = device == Device.CUDA ? 1 : settings.batch().runners(); // a session's own
        var revisions = new RevisionStore(settings.dataDir().resolve("revisions"));
        var loader = new PolicyLoader(settings.batch().withRunners(runners), device, revisions);
        ModelHost<Policy> host =
                ModelServer.open(KIND, settings.dataDir(), settings.maxBundleBytes(), loader::load);
        var service = new RecommendService(host);
        var inference = new InferenceService("agent-server", new PolicyInference(host, service));
        return ModelServer.start(
                settings.rpc(),
                host,
                List.of(Service.nonBlocking(service), Service.nonBlocking(inference)),
                new AddedItems(host, loader, revisions),
                true);
    }
}
