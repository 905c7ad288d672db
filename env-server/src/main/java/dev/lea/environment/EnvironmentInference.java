package dev.lea.environment;

import dev.lea.environment.model.LanguageEnvironment;
import dev.lea.proto.environment.v1.GetStatesRequest;
import dev.lea.proto.environment.v1.GetStatesResponse;
import dev.lea.proto.environment.v1.Reward;
import dev.lea.proto.environment.v1.ScoreActionsRequest;
import dev.lea.proto.environment.v1.ScoreActionsResponse;
import dev.lea.proto.environment.v1.ScoreQuery;
import dev.lea.proto.environment.v1.StateQuery;
import dev.lea.serving.Failure;
import dev.lea.serving.rpc.inference.InferRequest;
import dev.lea.serving.rpc.inference.InferResponse;
import dev.lea.serving.rpc.inference.InferenceModel;
import dev.lea.serving.rpc.inference.TensorMetadata;
import dev.lea.serving.swap.ModelHost;
import dev.lea.serving.swap.Slot;
import dev.lea.serving.swap.Version;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

/// States and rewards as tensors: a row a user. Blocks, as the environment's own calls do.
final class EnvironmentInference implements InferenceModel {
    private static final String HISTORY = "history_item_ids";
    private static final String CANDIDATES = "candidate_item_ids";
    private static final String STATES = "states";
    private static final String REWARDS = "rewards";

    private final ModelHost<LanguageEnvironment> host;
    private final EnvironmentService service;

    EnvironmentInference(ModelHost<LanguageEnvironment> host, EnvironmentService service) {
        this.host = host;
        this.service = service;
    }

    @Override
    public String name() {
        return EnvironmentServer.KIND;
    }

    @Override
    public Optional<Version> live() {
        return host.live();
    }

    @Override
    public List<TensorMetadata> inputs() {
        return List.of(TensorMetadata.ids(HISTORY, -1, -1), TensorMetadata.ids(CANDIDATES, -1, -1));
    }

    @Override
    public int required() {
        return 1;
    }

    @Override
    public List<TensorMetadata> outputs() {
        return List.of(
                TensorMetadata.floats(STATES, -1, -1), TensorMetadata.floats(REWARDS, -1, -1));
    }

    @Override
    public Set<String> parameters() {
        return Set.of("unknown_items");
    }

    /// Without candidates the states are given; with them the rewards, and the states where they are asked for.
    @Override
    public CompletableFuture<InferResponse> infer(InferRequest request)
            throws InterruptedException {
        boolean candidates = request.has(CANDIDATES);
        if (!candidates && request.asksFor(REWARDS)) {
            throw new Failure.Invalid(
                    CANDIDATES, "the output rewards needs the input candidate_item_ids");
        }
        try (Slot.Lease<LanguageEnvironment> lease = service.lease(request.version())) {
            var response = new InferResponse(request, lease.version());
            if (!candidates || request.asksFor(STATES)) {
                addStates(request, lease, response);
            }
            if (candidates && request.wants(REWARDS)) {
                addRewards(request, lease, response);
            }
            return CompletableFuture.completedFuture(response);
        }
    }

    private void addStates(
            InferRequest request, Slot.Lease<LanguageEnvironment> lease, InferResponse response)
            throws InterruptedException {
        var question = GetStatesRequest.newBuilder().setUnknownItems(request.unknownItems());
        for (int row = 0; row < request.rows(); row++) {
            question.addQueries(
                    StateQuery.newBuilder().addAllHistoryItemIds(request.ids(HISTORY, row)));
        }
        GetStatesResponse answer = service.states(question.build(), lease);
        int width = answer.getResults(0).getStates().getDimension();
        float[] states = new float[request.rows() * width];
        for (int row = 0; row < request.rows(); row++) {
            answer.getResults(row)
                    .getStates()
                    .getPacked()
                    .asReadOnlyByteBuffer()
                    .order(ByteOrder.LITTLE_ENDIAN)
                    .asFloatBuffer()
                    .get(states, row * width, width);
        }
        response.floats(STATES, request.rows(), width, states);
    }

    /// Rewards stand where their candidates stand in the request; NaN where there is none, or an unknown one.
    private static void addRewards(
            InferRequest request, Slot.Lease<LanguageEnvironment> lease, InferResponse response)
            throws InterruptedException {
        var question = ScoreActionsRequest.newBuilder().setUnknownItems(request.unknownItems());
        for (int row = 0; row < request.rows(); row++) {
            question.addQueries(
                    ScoreQuery.newBuilder()
                            .addAllHistoryItemIds(request.ids(HISTORY, row))
                            .addAllCandidateItemIds(request.ids(CANDIDATES, row)));
        }
        ScoreActionsResponse answer = EnvironmentService.score(question.build(), lease);
        int columns = request.places(CANDIDATES, 0).size();
        float[] rewards = new float[request.rows() * columns];
        Arrays.fill(rewards, Float.NaN);
        for (int row = 0; row < request.rows(); row++) {
            Map<String, Float> known = new HashMap<>();
            for (Reward reward : answer.getResults(row).getRewardsList()) {
                known.put(reward.getItemId(), reward.getReward());
            }
            for (int column = 0; column < columns; column++) {
                rewards[row * columns + column] =
                        known.getOrDefault(request.places(CANDIDATES, row).get(column), Float.NaN);
            }
        }
        response.floats(REWARDS, request.rows(), columns, rewards);
    }
}
