package dev.lea.environment;

import dev.lea.environment.model.ActionQuestion;
import dev.lea.environment.model.Annotation;
import dev.lea.environment.model.Caller;
import dev.lea.environment.model.Caller.Lane;
import dev.lea.environment.model.LanguageEnvironment;
import dev.lea.environment.model.PositiveAction;
import dev.lea.environment.model.RewardQuestion;
import dev.lea.environment.model.ScoredItem;
import dev.lea.environment.model.Selection;
import dev.lea.environment.model.StateQuestion;
import dev.lea.proto.common.v1.EmbeddingFormat;
import dev.lea.proto.common.v1.VersionPin;
import dev.lea.proto.environment.v1.AnnotateRequest;
import dev.lea.proto.environment.v1.AnnotateResponse;
import dev.lea.proto.environment.v1.AnnotatedActions;
import dev.lea.proto.environment.v1.AugmentActionsRequest;
import dev.lea.proto.environment.v1.AugmentActionsResponse;
import dev.lea.proto.environment.v1.AugmentQuery;
import dev.lea.proto.environment.v1.AugmentResult;
import dev.lea.proto.environment.v1.EnvironmentServiceGrpc;
import dev.lea.proto.environment.v1.GetEnvironmentRequest;
import dev.lea.proto.environment.v1.GetEnvironmentResponse;
import dev.lea.proto.environment.v1.GetStatesRequest;
import dev.lea.proto.environment.v1.GetStatesResponse;
import dev.lea.proto.environment.v1.PutItemsRequest;
import dev.lea.proto.environment.v1.PutItemsResponse;
import dev.lea.proto.environment.v1.ScoreActionsRequest;
import dev.lea.proto.environment.v1.ScoreActionsResponse;
import dev.lea.proto.environment.v1.ScoreQuery;
import dev.lea.proto.environment.v1.ScoreResult;
import dev.lea.proto.environment.v1.StateQuery;
import dev.lea.proto.environment.v1.StateResult;
import dev.lea.serving.Failure;
import dev.lea.serving.feature.EnvironmentSpec;
import dev.lea.serving.rpc.CurrentCall;
import dev.lea.serving.rpc.Deadlines;
import dev.lea.serving.rpc.ModelVersions;
import dev.lea.serving.rpc.Unary;
import dev.lea.serving.swap.Choice;
import dev.lea.serving.swap.Shadow;
import dev.lea.serving.swap.Slot;
import dev.lea.serving.swap.Version;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.Semaphore;
import java.util.function.BooleanSupplier;
import java.util.function.Function;

/// Answers for the live version. A call, and each message of a stream, leases the version once, and everything it
/// does, from reading the ids to naming the version, is by that version. Handlers block.
final class EnvironmentService extends EnvironmentServiceGrpc.EnvironmentServiceImplBase {
    /// For callers who set no deadline: nothing waits for ever.
    private static final Duration LONGEST_CALL = Duration.ofMinutes(2);

    /// Later answers of the shadow would be of another time.
    private static final Duration LONGEST_SHADOW = Duration.ofSeconds(10);

    private static final Duration LONGEST_SEQUENCE = Duration.ofHours(1);
    private static final EmbeddingFormat PACKED = EmbeddingFormat.EMBEDDING_FORMAT_PACKED;

    private final Function<Choice, Slot.Lease<LanguageEnvironment>> leases;
    private final Shadow<LanguageEnvironment> shadow;
    private final NewItems newItems;
    private final BulkLimits bulk;
    private final EnvironmentMetrics counted;
    private final Semaphore sequences;
    private final int maxAnswerBytes;

    /// @param leases         lends the version that should answer
    /// @param shadow         is asked for rewards beside it
    /// @param counted        what is told of the server's caches and runs
    /// @param maxAnswerBytes of states in one answer
    EnvironmentService(
            Function<Choice, Slot.Lease<LanguageEnvironment>> leases,
            Shadow<LanguageEnvironment> shadow,
            NewItems newItems,
            BulkLimits bulk,
            EnvironmentMetrics counted,
            int maxAnswerBytes) {
        this.leases = leases;
        this.shadow = shadow;
        this.newItems = newItems;
        this.bulk = bulk;
        this.counted = counted;
        this.sequences = new Semaphore(bulk.sequences(), true);
        this.maxAnswerBytes = maxAnswerBytes;
    }

    @Override
    public void getEnvironment(
            GetEnvironmentRequest request, StreamObserver<GetEnvironmentResponse> observer) {
        Unary.reply(
                observer,
                () -> {
                    try (var lease = leases.apply(Choice.LIVE)) {
                        return describe(lease);
                    }
                });
    }

    @Override
    public void getStates(GetStatesRequest request, StreamObserver<GetStatesResponse> observer) {
        Unary.reply(
                observer,
                () -> {
                    try (var lease = lease(request.getVersion())) {
                        return states(request, lease);
                    }
                });
    }

    @Override
    public void scoreActions(
            ScoreActionsRequest request, StreamObserver<ScoreActionsResponse> observer) {
        Unary.reply(
                observer,
                () -> {
                    try (var lease = lease(request.getVersion())) {
                        var given = score(request, lease);
                        shadow.ask(
                                lease.version(),
                                () -> Wire.answer(given),
                                (environment, version) ->
                                        Wire.answer(
                                                score(request, environment, version, shadowing())));
                        return given;
                    }
                });
    }

    @Override
    public void augmentActions(
            AugmentActionsRequest request, StreamObserver<AugmentActionsResponse> observer) {
        Unary.reply(
                observer,
                () -> {
                    try (var lease = lease(request.getVersion())) {
                        return augment(request, lease);
                    }
                });
    }

    @Override
    public void putItems(PutItemsRequest request, StreamObserver<PutItemsResponse> observer) {
        Unary.reply(observer, () -> newItems.put(request));
    }

    @Override
    public StreamObserver<AnnotateRequest> annotate(StreamObserver<AnnotateResponse> observer) {
        return AnnotateStream.open(
                (ServerCallStreamObserver<AnnotateResponse>) observer,
                bulk.streamWindow(),
                this::annotate);
    }

    private GetEnvironmentResponse describe(Slot.Lease<LanguageEnvironment> lease) {
        LanguageEnvironment environment = lease.model();
        EnvironmentSpec spec = environment.spec();
        return GetEnvironmentResponse.newBuilder()
                .setModel(ModelVersions.toProto(lease.version()))
                .setItemCount(environment.items().size())
                .setStateDimension(spec.width())
                .setContextItems(spec.contextItems())
                .setItemIndexHash(environment.items().hash())
                .setReferenceItemCount(spec.referenceItems().size())
                .setRewardTemperature((float) spec.rewardTemperature())
                .putAllMetrics(environment.metrics())
                .addAllCaches(counted.cacheStatus())
                .setPasses(counted.passStatus())
                .setRevision(environment.revision().number())
                .setAddedItemCount(environment.revision().items().size())
                .build();
    }

    GetStatesResponse states(GetStatesRequest request, Slot.Lease<LanguageEnvironment> lease)
            throws InterruptedException {
        LanguageEnvironment environment = lease.model();
        var reader = RequestReader.of(environment.items(), request.getUnknownItems());
        RequestReader.checkQueries(request.getQueriesCount());
        List<List<String>> skipped = new ArrayList<>();
        List<StateQuestion> questions = new ArrayList<>();
        long rows = 0;
        for (StateQuery query : request.getQueriesList()) {
            int[] history =
                    history(reader, questions.size(), query.getHistoryItemIdsList(), skipped);
            questions.add(new StateQuestion(history, query.getAllPrefixes()));
            rows += query.getAllPrefixes() ? history.length + 1 : 1;
        }
        Wire wire = wire(environment);
        wire.checkStates("queries", rows, maxAnswerBytes);
        List<float[]> states = environment.states(questions, call());
        var response =
                GetStatesResponse.newBuilder().setModel(ModelVersions.toProto(lease.version()));
        for (int q = 0; q < questions.size(); q++) {
            response.addResults(
                    StateResult.newBuilder()
                            .setStates(wire.embeddings(states.get(q), request.getFormat()))
                            .addAllSkippedItemIds(skipped.get(q))
                            .setTruncated(truncated(environment, questions.get(q).history())));
        }
        return response.build();
    }

    /// The answer to the current call.
    static ScoreActionsResponse score(
            ScoreActionsRequest request, Slot.Lease<LanguageEnvironment> lease)
            throws InterruptedException {
        return score(request, lease.model(), lease.version(), call());
    }

    private static ScoreActionsResponse score(
            ScoreActionsRequest request,
            LanguageEnvironment environment,
            Version version,
            Caller caller)
            throws InterruptedException {
        var reader = RequestReader.of(environment.items(), request.getUnknownItems());
        RequestReader.checkQueries(request.getQueriesCount());
        List<List<String>> skipped = new ArrayList<>();
        List<RewardQuestion> questions = new ArrayList<>();
        for (ScoreQuery query : request.getQueriesList()) {
            int q = questions.size();
            int[] history = history(reader, q, query.getHistoryItemIdsList(), skipped);
            int[] candidates =
                    reader.candidates(
                            "queries[%d].candidate_item_ids".formatted(q),
                            query.getCandidateItemIdsList(),
                            skipped.get(q));
            questions.add(new RewardQuestion(history, candidates));
        }
        Wire wire = wire(environment);
        List<List<ScoredItem>> scored = environment.score(questions, caller);
        var response = ScoreActionsResponse.newBuilder().setModel(ModelVersions.toProto(version));
        for (int q = 0; q < questions.size(); q++) {
            response.addResults(
                    ScoreResult.newBuilder()
                            .addAllRewards(wire.rewards(scored.get(q)))
                            .addAllSkippedItemIds(skipped.get(q))
                            .setTruncated(truncated(environment, questions.get(q).history())));
        }
        return response.build();
    }

    private static AugmentActionsResponse augment(
            AugmentActionsRequest request, Slot.Lease<LanguageEnvironment> lease)
            throws InterruptedException {
        LanguageEnvironment environment = lease.model();
        var reader = RequestReader.of(environment.items(), request.getUnknownItems());
        RequestReader.checkQueries(request.getQueriesCount());
        Selection selection = RequestReader.selection(request.getAugmentation());
        List<List<String>> skipped = new ArrayList<>();
        List<ActionQuestion> questions = new ArrayList<>();
        for (AugmentQuery query : request.getQueriesList()) {
            int q = questions.size();
            int[] history = history(reader, q, query.getHistoryItemIdsList(), skipped);
            int[] excluded =
                    reader.indices(
                            "queries[%d].exclude_item_ids".formatted(q),
                            query.getExcludeItemIdsList(),
                            0,
                            skipped.get(q));
            questions.add(new ActionQuestion(history, excluded));
        }
        Wire wire = wire(environment);
        List<List<PositiveAction>> actions = environment.augment(questions, selection, call());
        var response =
                AugmentActionsResponse.newBuilder()
                        .setModel(ModelVersions.toProto(lease.version()));
        for (int q = 0; q < questions.size(); q++) {
            response.addResults(
                    AugmentResult.newBuilder()
                            .addAllActions(wire.actions(actions.get(q)))
                            .addAllSkippedItemIds(skipped.get(q))
                            .setTruncated(truncated(environment, questions.get(q).history())));
        }
        return response.build();
    }

    /// Answers one message of a stream, when its turn comes among those of all streams.
    private AnnotateResponse annotate(AnnotateRequest request, BooleanSupplier gone)
            throws InterruptedException {
        sequences.acquire();
        try (var lease = lease(request.getVersion())) {
            if (gone.getAsBoolean()) {
                throw new CancellationException("the caller has gone");
            }
            LanguageEnvironment environment = lease.model();
            Wire wire = wire(environment);
            int[] items =
                    new RequestReader(environment.items(), false)
                            .indices("item_ids", request.getItemIdsList(), 1, List.of());
            Optional<Selection> selection =
                    request.hasAugmentation()
                            ? Optional.of(RequestReader.selection(request.getAugmentation()))
                            : Optional.empty();
            long actions = selection.map(Selection::actions).orElse(0);
            wire.checkStates("item_ids", 1 + items.length * (1 + actions), maxAnswerBytes);
            var caller =
                    new Caller(
                            Lane.BULK,
                            Deadlines.nanos(LONGEST_SEQUENCE),
                            new CallPresence(CurrentCall.get()));
            Annotation annotation = environment.annotate(items, selection, caller);
            var response =
                    AnnotateResponse.newBuilder()
                            .setModel(ModelVersions.toProto(lease.version()))
                            .setSequenceId(request.getSequenceId())
                            .setStates(wire.embeddings(annotation.states(), PACKED))
                            .addAllRewards(wire.rewards(annotation.rewards()));
            for (Annotation.Actions one : annotation.actions()) {
                response.addPositiveActions(
                        AnnotatedActions.newBuilder()
                                .addAllActions(wire.actions(one.best()))
                                .setNextStates(wire.embeddings(one.nextStates(), PACKED)));
            }
            return response.build();
        } finally {
            sequences.release();
        }
    }

    /// The version that was asked for, else the live one: calls are of no user.
    Slot.Lease<LanguageEnvironment> lease(VersionPin pin) {
        var lease = leases.apply(Choice.of(pin.getExpectedVersion()));
        try {
            ModelVersions.check(pin, lease.version());
            return lease;
        } catch (Failure e) {
            lease.close();
            throw e;
        }
    }

    private static int[] history(
            RequestReader reader, int query, List<String> ids, List<List<String>> skipped) {
        skipped.add(new ArrayList<>());
        return reader.indices(
                "queries[%d].history_item_ids".formatted(query), ids, 0, skipped.get(query));
    }

    private static boolean truncated(LanguageEnvironment environment, int[] history) {
        return history.length > environment.spec().contextItems();
    }

    private static Wire wire(LanguageEnvironment environment) {
        return new Wire(environment.items(), environment.spec().width());
    }

    /// Nobody waits for the shadow, but for its turn.
    private static Caller shadowing() {
        return new Caller(Lane.CALL, System.nanoTime() + LONGEST_SHADOW.toNanos(), () -> false);
    }

    /// Whoever made the current call.
    private static Caller call() {
        return new Caller(
                Lane.CALL, Deadlines.nanos(LONGEST_CALL), new CallPresence(CurrentCall.get()));
    }
}
