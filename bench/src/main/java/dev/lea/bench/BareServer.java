package dev.lea.bench;

import dev.lea.proto.agent.v1.AgentServiceGrpc;
import dev.lea.proto.agent.v1.RecommendRequest;
import dev.lea.proto.agent.v1.RecommendResponse;
import dev.lea.proto.agent.v1.Recommendation;
import dev.lea.serving.batch.BatchLimits;
import dev.lea.serving.batch.MicroBatcher;
import dev.lea.serving.bundle.Bundle;
import dev.lea.serving.bundle.ItemIndex;
import dev.lea.serving.onnx.OnnxModel;
import dev.lea.serving.onnx.OnnxOptions;
import dev.lea.serving.onnx.Tensor;
import dev.lea.serving.rpc.PortFile;
import dev.lea.serving.rpc.Termination;
import io.grpc.Server;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.StreamObserver;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Agent-server's rivals, as processes: a bare grpc-java server with the same session, executor and batcher and nothing
/// else (no versions, leases, checks, admission, deadlines, metrics, health), or a bare echo that has no model either.
///
/// Started with what [ServerProcess] gives, and the bundle's folder; without one it is the echo.
final class BareServer {
    private static final int ITEMS = 10;

    private BareServer() {}

    public static void main(String[] arguments) throws Exception {
        Map<String, String> given = new HashMap<>();
        for (int i = 0; i + 1 < arguments.length; i += 2) {
            given.put(arguments[i], arguments[i + 1]);
        }
        var termination = Termination.onSignals();
        if (given.containsKey("--bundle")) {
            int threads = Integer.parseInt(given.getOrDefault("--threads", "2"));
            try (var model = new Model(Bundle.open(Path.of(given.get("--bundle"))), threads)) {
                serve(model, given, termination);
            }
        } else {
            serve(new Echo(), given, termination);
        }
    }

    private static void serve(
            AgentServiceGrpc.AgentServiceImplBase service,
            Map<String, String> given,
            Termination termination)
            throws Exception {
        Server server =
                NettyServerBuilder.forAddress(
                                new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
                        .directExecutor()
                        .addService(service)
                        .build()
                        .start();
        PortFile.write(Path.of(given.get("--port-file")), server.getPort());
        termination.await();
        server.shutdownNow().awaitTermination();
    }

    private static final class Echo extends AgentServiceGrpc.AgentServiceImplBase {
        @Override
        public void recommend(
                RecommendRequest request, StreamObserver<RecommendResponse> observer) {
            var response = RecommendResponse.newBuilder();
            for (int i = 0; i < ITEMS; i++) {
                response.addItems(
                        Recommendation.newBuilder()
                                .setItemId(request.getHistoryItemIds(i))
                                .setScore(i));
            }
            observer.onNext(response.build());
            observer.onCompleted();
        }
    }

    private static final class Model extends AgentServiceGrpc.AgentServiceImplBase
            implements AutoCloseable {
        private final OnnxModel model;
        private final ItemIndex items;
        private final FactorPolicy policy;
        private final MicroBatcher<RecommendRequest, RecommendResponse> batcher;

        Model(Bundle bundle, int threads) {
            items = bundle.items();
            model = OnnxModel.load(bundle.file(Bundle.MODEL), OnnxOptions.SERVING);
            int length =
                    model.inputs().stream()
                            .filter(input -> input.name().equals("history"))
                            .mapToInt(input -> Math.toIntExact(input.shape().get(1)))
                            .findFirst()
                            .orElseThrow();
            policy = new FactorPolicy(items.size(), 0, length);
            batcher =
                    MicroBatcher.start("bare", BatchLimits.DEFAULT.withRunners(threads), this::run);
        }

        @Override
        public void recommend(
                RecommendRequest request, StreamObserver<RecommendResponse> observer) {
            var _ =
                    batcher.submit(request, System.nanoTime() + Duration.ofMinutes(1).toNanos())
                            .whenComplete((response, problem) -> {
                                if (problem != null) {
                                    observer.onError(problem);
                                } else {
                                    observer.onNext(response);
                                    observer.onCompleted();
                                }
                            });
        }

        private List<RecommendResponse> run(List<RecommendRequest> requests) {
            List<int[]> histories =
                    requests.stream()
                            .map(request ->
                                    request.getHistoryItemIdsList().stream()
                                            .mapToInt(items::indexOf)
                                            .toArray())
                            .toList();
            int k = requests.stream().mapToInt(RecommendRequest::getK).max().orElseThrow();
            Map<String, Tensor> inputs = policy.inputs(histories, k);
            try (var outputs = model.run(inputs, List.of("top_items", "top_scores"))) {
                long[] best = outputs.longs("top_items");
                float[] scores = outputs.floats("top_scores");
                List<RecommendResponse> responses = new ArrayList<>();
                for (int row = 0; row < requests.size(); row++) {
                    var response = RecommendResponse.newBuilder();
                    for (int place = 0; place < requests.get(row).getK(); place++) {
                        response.addItems(
                                Recommendation.newBuilder()
                                        .setItemId(items.id((int) best[row * k + place]))
                                        .setScore(scores[row * k + place])
                                        .setPropensity(1));
                    }
                    responses.add(response.build());
                }
                return responses;
            } finally {
                inputs.values().forEach(Tensor::close);
            }
        }

        @Override
        public void close() {
            batcher.close();
            model.close();
        }
    }
}
