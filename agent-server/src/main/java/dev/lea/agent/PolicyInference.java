package dev.lea.agent;

import dev.lea.proto.agent.v1.Exploration;
import dev.lea.proto.agent.v1.RecommendRequest;
import dev.lea.proto.agent.v1.RecommendResponse;
import dev.lea.proto.agent.v1.ScoreItemsRequest;
import dev.lea.proto.agent.v1.ScoreItemsResponse;
import dev.lea.proto.agent.v1.ScoredItem;
import dev.lea.serving.Failure;
import dev.lea.serving.rpc.ModelVersions;
import dev.lea.serving.rpc.inference.InferRequest;
import dev.lea.serving.rpc.inference.InferResponse;
import dev.lea.serving.rpc.inference.InferenceModel;
import dev.lea.serving.rpc.inference.TensorMetadata;
import dev.lea.serving.swap.Choice;
import dev.lea.serving.swap.ModelHost;
import dev.lea.serving.swap.Version;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

/// Recommend and ScoreItems as tensors: a row a user, each answered as its own request would be, all by one version.
/// With `item_ids` the items of a row are scored, without them its best are recommended.
final class PolicyInference implements InferenceModel {
    private static final String HISTORY = "history_item_ids";
    private static final String ITEMS = "item_ids";
    private static final String EXCLUDED = "exclude_item_ids";
    private static final String ALLOWED = "allow_item_ids";
    private static final String SCORES = "scores";
    private static final String PROPENSITIES = "propensities";
    private static final String K = "k";
    private static final long DEFAULT_K = 10;

    /// Places of all rows of an answer.
    private static final int MAX_PLACES = 1_000_000;

    private final ModelHost<Policy> host;
    private final RecommendService service;

    PolicyInference(ModelHost<Policy> host, RecommendService service) {
        this.host = host;
        this.service = service;
    }

    @Override
    public String name() {
        return AgentServer.KIND;
    }

    @Override
    public Optional<Version> live() {
        return host.live();
    }

    @Override
    public List<TensorMetadata> inputs() {
        return List.of(
                TensorMetadata.ids(HISTORY, -1, -1),
                TensorMetadata.ids(ITEMS, -1, -1),
                TensorMetadata.ids(EXCLUDED, -1, -1),
                TensorMetadata.ids(ALLOWED, -1, -1));
    }

    @Override
    public int required() {
        return 1;
    }

    @Override
    public List<TensorMetadata> outputs() {
        return List.of(
                TensorMetadata.ids(ITEMS, -1, -1),
                TensorMetadata.floats(SCORES, -1, -1),
                TensorMetadata.floats(PROPENSITIES, -1, -1));
    }

    @Override
    public Set<String> parameters() {
        return Set.of(K, "exclude_history", "unknown_items", "temperature", "seed", "user_id");
    }

    @Override
    public CompletableFuture<InferResponse> infer(InferRequest request) {
        return request.has(ITEMS) ? score(request) : recommend(request);
    }

    private CompletableFuture<InferResponse> recommend(InferRequest request) {
        int k = k(request);
        List<RecommendRequest> rows = new ArrayList<>();
        for (int row = 0; row < request.rows(); row++) {
            var one =
                    RecommendRequest.newBuilder()
                            .addAllHistoryItemIds(request.ids(HISTORY, row))
                            .setK(k)
                            .addAllExcludeItemIds(request.ids(EXCLUDED, row))
                            .addAllAllowItemIds(request.ids(ALLOWED, row))
                            .setExcludeHistory(request.flag("exclude_history"))
                            .setUnknownItems(request.unknownItems());
            double temperature = request.decimal("temperature", 0);
            if (temperature != 0) {
                one.setExploration(
                        Exploration.newBuilder()
                                .setTemperature((float) temperature)
                                .setSeed(request.integer("seed", 0) + row));
            }
            rows.add(one.build());
        }
        return service.recommendAll(choice(request), request.version(), rows)
                .thenApply(answers -> recommended(request, k, answers));
    }

    private static InferResponse recommended(
            InferRequest request, int k, List<RecommendResponse> answers) {
        int rows = answers.size();
        String[] ids = new String[rows * k];
        float[] scores = new float[rows * k];
        float[] propensities = new float[rows * k];
        Arrays.fill(ids, "");
        Arrays.fill(scores, Float.NaN);
        Arrays.fill(propensities, Float.NaN);
        for (int row = 0; row < rows; row++) {
            int place = row * k;
            for (var item : answers.get(row).getItemsList()) {
                ids[place] = item.getItemId();
                scores[place] = item.getScore();
                propensities[place] = item.getPropensity();
                place++;
            }
        }
        return new InferResponse(request, ModelVersions.of(answers.getFirst().getModel()))
                .ids(ITEMS, rows, k, Arrays.asList(ids))
                .floats(SCORES, rows, k, scores)
                .floats(PROPENSITIES, rows, k, propensities);
    }

    private CompletableFuture<InferResponse> score(InferRequest request) {
        for (String other : List.of(EXCLUDED, ALLOWED)) {
            if (request.has(other)) {
                throw new Failure.Invalid(
                        other,
                        other
                                + " and item_ids cannot both be given: the second says which items are scored");
            }
        }
        List<ScoreItemsRequest> rows = new ArrayList<>();
        for (int row = 0; row < request.rows(); row++) {
            rows.add(
                    ScoreItemsRequest.newBuilder()
                            .addAllHistoryItemIds(request.ids(HISTORY, row))
                            .addAllItemIds(request.ids(ITEMS, row))
                            .setUnknownItems(request.unknownItems())
                            .build());
        }
        return service.scoreAll(choice(request), request.version(), rows)
                .thenApply(answers -> scored(request, answers));
    }

    /// Scores stand where their items stand in the request; NaN where there is none, or an unknown one.
    private static InferResponse scored(InferRequest request, List<ScoreItemsResponse> answers) {
        int rows = answers.size();
        int columns = request.places(ITEMS, 0).size();
        List<String> ids = new ArrayList<>(rows * columns);
        float[] scores = new float[rows * columns];
        float[] propensities = new float[rows * columns];
        Arrays.fill(propensities, Float.NaN);
        for (int row = 0; row < rows; row++) {
            Map<String, Float> known = new HashMap<>();
            for (ScoredItem item : answers.get(row).getItemsList()) {
                known.put(item.getItemId(), item.getScore());
            }
            for (String id : request.places(ITEMS, row)) {
                scores[ids.size()] = known.getOrDefault(id, Float.NaN);
                ids.add(id);
            }
        }
        return new InferResponse(request, ModelVersions.of(answers.getFirst().getModel()))
                .ids(ITEMS, rows, columns, ids)
                .floats(SCORES, rows, columns, scores)
                .floats(PROPENSITIES, rows, columns, propensities);
    }

    /// A call of one row is of its user, as Recommend's is; one of many is the live version's.
    private static Choice choice(InferRequest request) {
        return request.rows() == 1
                ? RequestReader.choice(
                        request.version(), request.text("user_id", ""), request.ids(HISTORY, 0))
                : Choice.of(request.version().getExpectedVersion());
    }

    /// Checked against the catalogue with the rest of each row.
    private static int k(InferRequest request) {
        long k = request.integer(K, DEFAULT_K);
        long most = MAX_PLACES / request.rows();
        if (k < 1 || k > most) {
            throw new Failure.Invalid(
                    K,
                    "OUT_OF_RANGE",
                    "k must be in [1, %d] for %d rows but is %d".formatted(most, request.rows(), k),
                    Map.of(
                            "field",
                            K,
                            "min",
                            "1",
                            "max",
                            Long.toString(most),
                            "value",
                            Long.toString(k)));
        }
        return (int) k;
    }
}
