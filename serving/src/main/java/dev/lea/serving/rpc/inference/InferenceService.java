package dev.lea.serving.rpc.inference;

import dev.lea.proto.inference.GRPCInferenceServiceGrpc;
import dev.lea.proto.inference.ModelInferRequest;
import dev.lea.proto.inference.ModelInferResponse;
import dev.lea.proto.inference.ModelMetadataRequest;
import dev.lea.proto.inference.ModelMetadataResponse;
import dev.lea.proto.inference.ModelReadyRequest;
import dev.lea.proto.inference.ModelReadyResponse;
import dev.lea.proto.inference.ServerLiveRequest;
import dev.lea.proto.inference.ServerLiveResponse;
import dev.lea.proto.inference.ServerMetadataRequest;
import dev.lea.proto.inference.ServerMetadataResponse;
import dev.lea.proto.inference.ServerReadyRequest;
import dev.lea.proto.inference.ServerReadyResponse;
import dev.lea.serving.Failure;
import dev.lea.serving.rpc.ModelVersions;
import dev.lea.serving.rpc.Release;
import dev.lea.serving.rpc.Unary;
import dev.lea.serving.swap.Version;
import io.grpc.stub.StreamObserver;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;

/// The protocol's calls for one model.
public final class InferenceService extends GRPCInferenceServiceGrpc.GRPCInferenceServiceImplBase {
    private static final String PLATFORM = "onnxruntime_onnx";

    private final String server;
    private final InferenceModel model;

    /// @param server its name, for instance `agent-server`
    public InferenceService(String server, InferenceModel model) {
        this.server = server;
        this.model = model;
    }

    @Override
    public void serverLive(ServerLiveRequest request, StreamObserver<ServerLiveResponse> observer) {
        Unary.reply(observer, () -> ServerLiveResponse.newBuilder().setLive(true).build());
    }

    @Override
    public void serverReady(
            ServerReadyRequest request, StreamObserver<ServerReadyResponse> observer) {
        Unary.reply(
                observer,
                () -> ServerReadyResponse.newBuilder().setReady(model.live().isPresent()).build());
    }

    @Override
    public void modelReady(ModelReadyRequest request, StreamObserver<ModelReadyResponse> observer) {
        Unary.reply(
                observer,
                () ->
                        ModelReadyResponse.newBuilder()
                                .setReady(isReady(request.getName(), request.getVersion()))
                                .build());
    }

    @Override
    public void serverMetadata(
            ServerMetadataRequest request, StreamObserver<ServerMetadataResponse> observer) {
        Unary.reply(
                observer,
                () ->
                        ServerMetadataResponse.newBuilder()
                                .setName(server)
                                .setVersion(Release.NAME)
                                .build());
    }

    @Override
    public void modelMetadata(
            ModelMetadataRequest request, StreamObserver<ModelMetadataResponse> observer) {
        Unary.reply(observer, () -> metadata(request));
    }

    @Override
    public void modelInfer(ModelInferRequest request, StreamObserver<ModelInferResponse> observer) {
        Unary.replyLater(observer, () -> infer(request));
    }

    private CompletableFuture<ModelInferResponse> infer(ModelInferRequest request)
            throws InterruptedException {
        expectName(request.getModelName());
        var response = model.infer(InferRequest.read(request, model));
        var message = response.thenApply(tensors -> tensors.toProto(model.name()));
        // a caller who goes away cancels the message, and takes the answer along
        var _ = message.whenComplete((_, _) -> response.cancel(false));
        return message;
    }

    private boolean isReady(String name, String version) {
        expectNotEmpty(name);
        long number = InferRequest.version(version).getExpectedVersion();
        return name.equals(model.name())
                && model.live().filter(v -> number == 0 || v.number() == number).isPresent();
    }

    private ModelMetadataResponse metadata(ModelMetadataRequest request) {
        expectName(request.getName());
        Version live =
                model.live()
                        .orElseThrow(() ->
                                new Failure.Unavailable(
                                        "NO_LIVE_VERSION",
                                        "no version of " + model.name() + " is live"));
        ModelVersions.check(InferRequest.version(request.getVersion()), live);
        var response =
                ModelMetadataResponse.newBuilder()
                        .setName(model.name())
                        .addVersions(Long.toString(live.number()))
                        .setPlatform(PLATFORM)
                        .putAllProperties(model.properties())
                        .putProperties("digest", live.digest())
                        .putProperties(
                                "optional_inputs",
                                model.inputs().stream()
                                        .skip(model.required())
                                        .map(TensorMetadata::name)
                                        .collect(Collectors.joining(",")))
                        .putProperties(
                                "parameters",
                                model.parameters().stream()
                                        .sorted()
                                        .collect(Collectors.joining(",")));
        model.inputs().forEach(tensor -> response.addInputs(toProto(tensor)));
        model.outputs().forEach(tensor -> response.addOutputs(toProto(tensor)));
        return response.build();
    }

    private void expectName(String name) {
        expectNotEmpty(name);
        if (!name.equals(model.name())) {
            throw new Failure.NotFound(
                    "MODEL_UNKNOWN",
                    "there is no model '%s' here; the model is %s".formatted(name, model.name()),
                    Map.of("model", name));
        }
    }

    private void expectNotEmpty(String name) {
        if (name.isEmpty()) {
            throw new Failure.Invalid(
                    "model_name", "model_name must not be empty; the model is " + model.name());
        }
    }

    private static ModelMetadataResponse.TensorMetadata toProto(TensorMetadata tensor) {
        List<Long> shape = tensor.shape();
        return ModelMetadataResponse.TensorMetadata.newBuilder()
                .setName(tensor.name())
                .setDatatype(tensor.datatype())
                .addAllShape(shape)
                .build();
    }
}
