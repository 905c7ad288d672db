package dev.lea.cli.demo;

import dev.lea.proto.agent.v1.AgentServiceGrpc;
import dev.lea.proto.agent.v1.RecommendRequest;
import dev.lea.proto.agent.v1.RecommendResponse;
import dev.lea.proto.agent.v1.Recommendation;
import dev.lea.proto.common.v1.ModelVersion;
import dev.lea.proto.repository.v1.ActivateVersionRequest;
import dev.lea.proto.repository.v1.ActivateVersionResponse;
import dev.lea.proto.repository.v1.ModelRepositoryServiceGrpc;
import io.grpc.BindableService;
import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import java.util.concurrent.CountDownLatch;
import java.util.function.LongConsumer;

/// Recommends items of a version's own; the version is what was activated last.
final class FakeAgent {
    private volatile ModelVersion live;
    private volatile CountDownLatch awaited = new CountDownLatch(0);
    private final LongConsumer onActivation;

    FakeAgent(LongConsumer onActivation) {
        this.onActivation = onActivation;
    }

    void activate(long version) {
        live = ModelVersion.newBuilder().setName("policy").setVersion(version).build();
        onActivation.accept(version);
    }

    /// Waits for some more calls.
    void awaitCalls(int calls) throws InterruptedException {
        awaited = new CountDownLatch(calls);
        awaited.await();
    }

    BindableService agent() {
        return new AgentServiceGrpc.AgentServiceImplBase() {
            @Override
            public void recommend(RecommendRequest request, StreamObserver<RecommendResponse> out) {
                var model = live;
                awaited.countDown();
                if (model == null || model.getVersion() < 0) {
                    out.onError(
                            Status.INTERNAL.withDescription("model failed").asRuntimeException());
                    return;
                }
                var answer = RecommendResponse.newBuilder().setModel(model);
                for (int i = 0; i < request.getK(); i++) {
                    answer.addItems(
                            Recommendation.newBuilder()
                                    .setItemId("i" + (i + 10 * (model.getVersion() - 1))));
                }
                out.onNext(answer.build());
                out.onCompleted();
            }
        };
    }

    BindableService repository() {
        return new ModelRepositoryServiceGrpc.ModelRepositoryServiceImplBase() {
            @Override
            public void activateVersion(
                    ActivateVersionRequest request, StreamObserver<ActivateVersionResponse> out) {
                activate(request.getVersion());
                out.onNext(ActivateVersionResponse.getDefaultInstance());
                out.onCompleted();
            }
        };
    }
}
