package dev.lea.agent;

import dev.lea.proto.agent.v1.AgentServiceGrpc;
import dev.lea.proto.agent.v1.RecommendRequest;
import dev.lea.proto.agent.v1.RecommendResponse;
import dev.lea.proto.agent.v1.Recommendation;
import dev.lea.serving.bundle.ItemIndex;
import dev.lea.serving.rpc.Deadlines;
import dev.lea.serving.rpc.ModelVersions;
import dev.lea.serving.rpc.Unary;
import dev.lea.serving.swap.Slot;
import dev.lea.serving.swap.Version;
import io.grpc.stub.StreamObserver;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;

/// Recommends by the live policy. A call leases the version once, and everything it does, from reading the ids
/// to naming the version, is by that version. Handlers never block.
final class RecommendService extends AgentServiceGrpc.AgentServiceImplBase {
    /// For callers who set no deadline: nothing waits for ever.
    private static final Duration LONGEST_WAIT = Duration.ofSeconds(30);

    private final Supplier<Slot.Lease<Policy>> leases;

    /// @param leases lends the live version
    RecommendService(Supplier<Slot.Lease<Policy>> leases) {
        this.leases = leases;
    }

    @Override
    public void recommend(RecommendRequest request, StreamObserver<RecommendResponse> observer) {
        Unary.replyLater(observer, () -> recommend(request, Deadlines.nanos(LONGEST_WAIT)));
    }

    private CompletableFuture<RecommendResponse> recommend(
            RecommendRequest request, long deadlineNanos) {
        Slot.Lease<Policy> lease = leases.get();
        try {
            Version version = lease.version();
            ModelVersions.check(request.getVersion(), version);
            Policy policy = lease.model();
            var reader = new RequestReader(policy.items(), request);
            var row = policy.submit(reader.query(), deadlineNanos);
            var _ = row.whenComplete((_, _) -> lease.close());
            var response =
                    row.thenApply(ranking ->
                            response(version, policy.items(), ranking.get(), reader.skipped()));
            // a caller who goes away cancels the response, and takes the row along
            var _ = response.whenComplete((_, _) -> row.cancel(false));
            return response;
        } catch (Throwable t) {
            lease.close();
            throw t;
        }
    }

    private static RecommendResponse response(
            Version version, ItemIndex items, Ranking ranking, List<String> skipped) {
        var response =
                RecommendResponse.newBuilder()
                        .setModel(ModelVersions.toProto(version))
                        .addAllSkippedItemIds(skipped);
        for (int place = 0; place < ranking.items().length; place++) {
            response.addItems(
                    Recommendation.newBuilder()
                            .setItemId(items.id(ranking.items()[place]))
                            .setScore(ranking.scores()[place])
                            .setPropensity(ranking.propensities()[place]));
        }
        return response.build();
    }
}
