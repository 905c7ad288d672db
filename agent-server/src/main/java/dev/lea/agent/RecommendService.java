package dev.lea.agent;

import dev.lea.proto.agent.v1.AgentServiceGrpc;
import dev.lea.proto.agent.v1.RecommendRequest;
import dev.lea.proto.agent.v1.RecommendResponse;
import dev.lea.proto.agent.v1.Recommendation;
import dev.lea.proto.agent.v1.RecordFeedbackRequest;
import dev.lea.proto.agent.v1.RecordFeedbackResponse;
import dev.lea.proto.agent.v1.ScoreItemsRequest;
import dev.lea.proto.agent.v1.ScoreItemsResponse;
import dev.lea.proto.agent.v1.ScoredItem;
import dev.lea.proto.common.v1.VersionPin;
import dev.lea.serving.Failure;
import dev.lea.serving.bundle.ItemIndex;
import dev.lea.serving.feedback.FeedbackLog;
import dev.lea.serving.rpc.Deadlines;
import dev.lea.serving.rpc.ModelVersions;
import dev.lea.serving.rpc.Unary;
import dev.lea.serving.swap.Choice;
import dev.lea.serving.swap.ModelHost;
import dev.lea.serving.swap.ShadowStatistics.Answer;
import dev.lea.serving.swap.Slot;
import dev.lea.serving.swap.Version;
import io.grpc.stub.StreamObserver;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.Supplier;

/// Recommends by the live policy, or by the canary where a call is of its share. A call leases the version once, and
/// everything it does, from reading the ids to naming the version, is by that version. Handlers never block.
final class RecommendService extends AgentServiceGrpc.AgentServiceImplBase {
    /// For callers who set no deadline: nothing waits for ever.
    private static final Duration LONGEST_WAIT = Duration.ofSeconds(30);

    /// How long the shadow may take: later answers would be of another time.
    private static final Duration SHADOW_WAIT = Duration.ofSeconds(1);

    private final ModelHost<Policy> host;
    private final Optional<FeedbackLog> feedback;
    private final RecommendationIds ids = new RecommendationIds();

    /// @param feedback empty: none is kept
    RecommendService(ModelHost<Policy> host, Optional<FeedbackLog> feedback) {
        this.host = host;
        this.feedback = feedback;
    }

    @Override
    public void recommend(RecommendRequest request, StreamObserver<RecommendResponse> observer) {
        Unary.replyLater(observer, () -> recommend(request));
    }

    @Override
    public void scoreItems(ScoreItemsRequest request, StreamObserver<ScoreItemsResponse> observer) {
        Unary.replyLater(observer, () -> score(request));
    }

    @Override
    public void recordFeedback(
            RecordFeedbackRequest request, StreamObserver<RecordFeedbackResponse> observer) {
        Unary.replyLater(observer, () -> record(request));
    }

    private CompletableFuture<RecordFeedbackResponse> record(RecordFeedbackRequest request) {
        var log =
                feedback.orElseThrow(() ->
                        new Failure.Conflict(
                                "FEEDBACK_OFF",
                                "this server keeps no feedback; start it with --feedback and a folder",
                                Map.of()));
        return log.record(FeedbackReader.entry(request, Instant.now()))
                .thenApply(isNew ->
                        RecordFeedbackResponse.newBuilder().setAlreadyRecorded(!isNew).build());
    }

    private CompletableFuture<RecommendResponse> recommend(RecommendRequest request) {
        var choice =
                RequestReader.choice(
                        request.getVersion(), request.getUserId(), request.getHistoryItemIdsList());
        var response =
                answer(
                        choice,
                        request.getVersion(),
                        items -> reader(items, request),
                        reader -> reader.query(request),
                        (version, answered) -> response(version, answered));
        var _ =
                response.thenAccept(given ->
                        host.shadow()
                                .ask(
                                        ModelVersions.of(given.getModel()),
                                        () -> answer(given),
                                        (policy, version) -> ask(policy, version, request)));
        return response;
    }

    private CompletableFuture<ScoreItemsResponse> score(ScoreItemsRequest request) {
        var choice =
                RequestReader.choice(
                        request.getVersion(), request.getUserId(), request.getHistoryItemIdsList());
        return answer(
                choice,
                request.getVersion(),
                items -> reader(items, request),
                reader -> reader.query(request),
                (version, answered) -> response(request, version, answered));
    }

    /// Answers several requests by one version.
    ///
    /// @param choice of the version
    /// @throws Failure.Invalid that names the request among them by its number
    CompletableFuture<List<RecommendResponse>> recommendAll(
            Choice choice, VersionPin pin, List<RecommendRequest> requests) {
        return answerAll(
                choice,
                pin,
                requests,
                RecommendService::reader,
                (reader, request) -> reader.query(request),
                (request, version, answered) -> response(version, answered));
    }

    /// Scores the items of several requests by one version.
    ///
    /// @param choice of the version
    /// @throws Failure.Invalid that names the request among them by its number
    CompletableFuture<List<ScoreItemsResponse>> scoreAll(
            Choice choice, VersionPin pin, List<ScoreItemsRequest> requests) {
        return answerAll(
                choice,
                pin,
                requests,
                RecommendService::reader,
                (reader, request) -> reader.query(request),
                RecommendService::response);
    }

    /// Puts an answer into words.
    @FunctionalInterface
    private interface Respond<Q, R> {
        R respond(Q request, Version version, Answered answered);
    }

    private <Q, R> CompletableFuture<List<R>> answerAll(
            Choice choice,
            VersionPin pin,
            List<Q> requests,
            BiFunction<ItemIndex, Q, RequestReader> read,
            BiFunction<RequestReader, Q, Query> ask,
            Respond<Q, R> respond) {
        long deadlineNanos = Deadlines.nanos(LONGEST_WAIT);
        Slot.Lease<Policy> lease = host.lease(choice);
        List<CompletableFuture<R>> answers = new ArrayList<>();
        List<CompletableFuture<?>> rows = new ArrayList<>();
        try {
            Version version = lease.version();
            ModelVersions.check(pin, version);
            Policy policy = lease.model();
            for (Q request : requests) {
                var reader = read.apply(policy.items(), request);
                Query query = asked(answers.size(), () -> ask.apply(reader, request));
                var row = policy.submit(query, deadlineNanos);
                rows.add(row);
                answers.add(
                        row.thenApply(ranking ->
                                respond.respond(
                                        request,
                                        version,
                                        new Answered(
                                                policy.items(), reader.skipped(), ranking.get()))));
            }
            var all = CompletableFuture.allOf(answers.toArray(CompletableFuture[]::new));
            var _ = all.whenComplete((_, _) -> lease.close());
            var responses =
                    all.thenApply(_ -> answers.stream().map(CompletableFuture::join).toList());
            var _ = responses.whenComplete((_, _) -> rows.forEach(row -> row.cancel(false)));
            return responses;
        } catch (Throwable t) {
            rows.forEach(row -> row.cancel(false));
            lease.close();
            throw t;
        }
    }

    /// Names the row in what is wrong with it.
    private static Query asked(int row, Supplier<Query> query) {
        try {
            return query.get();
        } catch (Failure.Invalid e) {
            throw new Failure.Invalid(
                    e.field(), e.reason(), "row " + row + ": " + e.getMessage(), e.metadata());
        }
    }

    /// What came of a query, with what is needed to put it into words.
    private record Answered(ItemIndex items, List<String> skipped, Ranking ranking) {}

    /// Leases a version until it has answered.
    private <R> CompletableFuture<R> answer(
            Choice choice,
            VersionPin pin,
            Function<ItemIndex, RequestReader> read,
            Function<RequestReader, Query> ask,
            BiFunction<Version, Answered, R> respond) {
        long deadlineNanos = Deadlines.nanos(LONGEST_WAIT);
        Slot.Lease<Policy> lease = host.lease(choice);
        try {
            Version version = lease.version();
            ModelVersions.check(pin, version);
            Policy policy = lease.model();
            var reader = read.apply(policy.items());
            var row = policy.submit(ask.apply(reader), deadlineNanos);
            var _ = row.whenComplete((_, _) -> lease.close());
            var response =
                    row.thenApply(ranking ->
                            respond.apply(
                                    version,
                                    new Answered(policy.items(), reader.skipped(), ranking.get())));
            // a caller who goes away cancels the response, and takes the row along
            var _ = response.whenComplete((_, _) -> row.cancel(false));
            return response;
        } catch (Throwable t) {
            lease.close();
            throw t;
        }
    }

    /// The shadow's answer to a request that was answered already; waits for it.
    private static Answer ask(Policy policy, Version version, RecommendRequest request)
            throws Exception {
        Query query = reader(policy.items(), request).query(request);
        Ranking ranking =
                policy.submit(query, System.nanoTime() + SHADOW_WAIT.toNanos()).get().get();
        List<String> ids = Arrays.stream(ranking.items()).mapToObj(policy.items()::id).toList();
        return new Answer(version, ids, ranking.scores());
    }

    private static Answer answer(RecommendResponse given) {
        float[] scores = new float[given.getItemsCount()];
        for (int i = 0; i < scores.length; i++) {
            scores[i] = given.getItems(i).getScore();
        }
        return new Answer(
                ModelVersions.of(given.getModel()),
                given.getItemsList().stream().map(Recommendation::getItemId).toList(),
                scores);
    }

    private static RequestReader reader(ItemIndex items, RecommendRequest request) {
        return new RequestReader(items, request.getUnknownItems(), request.getUnknownItemsValue());
    }

    private static RequestReader reader(ItemIndex items, ScoreItemsRequest request) {
        return new RequestReader(items, request.getUnknownItems(), request.getUnknownItemsValue());
    }

    private RecommendResponse response(Version version, Answered answered) {
        var response =
                RecommendResponse.newBuilder()
                        .setModel(ModelVersions.toProto(version))
                        .addAllSkippedItemIds(answered.skipped());
        if (feedback.isPresent()) {
            response.setRecommendationId(ids.next());
        }
        Ranking ranking = answered.ranking();
        for (int place = 0; place < ranking.items().length; place++) {
            response.addItems(
                    Recommendation.newBuilder()
                            .setItemId(answered.items().id(ranking.items()[place]))
                            .setScore(ranking.scores()[place])
                            .setPropensity(ranking.propensities()[place]));
        }
        return response.build();
    }

    private static ScoreItemsResponse response(
            ScoreItemsRequest request, Version version, Answered answered) {
        Ranking ranking = answered.ranking();
        Map<String, Float> scores = HashMap.newHashMap(ranking.items().length);
        for (int place = 0; place < ranking.items().length; place++) {
            scores.put(answered.items().id(ranking.items()[place]), ranking.scores()[place]);
        }
        var response =
                ScoreItemsResponse.newBuilder()
                        .setModel(ModelVersions.toProto(version))
                        .addAllSkippedItemIds(answered.skipped());
        for (String id : request.getItemIdsList()) {
            if (answered.items().indexOf(id) == ItemIndex.UNKNOWN) {
                continue; // told as skipped
            }
            Float score = scores.get(id);
            if (score == null) {
                throw new Failure.Broken("the policy gave no score for " + id, null);
            }
            response.addItems(ScoredItem.newBuilder().setItemId(id).setScore(score));
        }
        return response.build();
    }
}
