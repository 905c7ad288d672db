package dev.lea.environment;

import static dev.lea.environment.toy.ToyBundle.ids;
import static dev.lea.environment.toy.ToyBundle.item;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.assertj.core.api.Assertions.within;

import com.google.rpc.BadRequest;
import com.google.rpc.ErrorInfo;
import dev.lea.environment.toy.ToyBundle;
import dev.lea.environment.toy.ToyEnvironment;
import dev.lea.proto.common.v1.EmbeddingFormat;
import dev.lea.proto.common.v1.Embeddings;
import dev.lea.proto.common.v1.UnknownItems;
import dev.lea.proto.common.v1.VersionPin;
import dev.lea.proto.environment.v1.AugmentActionsRequest;
import dev.lea.proto.environment.v1.AugmentQuery;
import dev.lea.proto.environment.v1.Augmentation;
import dev.lea.proto.environment.v1.GetEnvironmentRequest;
import dev.lea.proto.environment.v1.GetStatesRequest;
import dev.lea.proto.environment.v1.PositiveAction;
import dev.lea.proto.environment.v1.Reward;
import dev.lea.proto.environment.v1.RewardSource;
import dev.lea.proto.environment.v1.ScoreActionsRequest;
import dev.lea.proto.environment.v1.ScoreQuery;
import dev.lea.proto.environment.v1.StateQuery;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class EnvironmentServiceTest {
    private static final ToyEnvironment TOY = ToyEnvironment.SMALL;

    @TempDir static Path folder;

    private static Running running;

    @BeforeAll
    static void start() throws Exception {
        running = Running.start(Running.settings(folder.resolve("data")));
        running.publish(folder.resolve("bundle"), TOY);
    }

    @AfterAll
    static void stop() throws Exception {
        running.close();
    }

    @Test
    void getEnvironment_describesTheLiveVersion() {
        var described =
                running.environment().getEnvironment(GetEnvironmentRequest.getDefaultInstance());
        assertThat(described.getModel().getName()).isEqualTo("environment");
        assertThat(described.getModel().getVersion()).isEqualTo(1);
        assertThat(described.getModel().getDigest()).hasSize(64);
        assertThat(described.getItemCount()).isEqualTo(20);
        assertThat(described.getStateDimension()).isEqualTo(4);
        assertThat(described.getContextItems()).isEqualTo(6);
        assertThat(described.getItemIndexHash()).isEqualTo(ToyBundle.index(20).hash());
        assertThat(described.getReferenceItemCount()).isEqualTo(3);
        assertThat(described.getRewardTemperature()).isEqualTo(0.5f);
        assertThat(described.getMetricsMap()).containsEntry("valid.accuracy.uniform", 0.8);
    }

    @Test
    void getStates_ofEmptyShortAndLongHistories_areRowsInBothFormats() {
        int[] longer = {1, 2, 3, 4, 5, 6, 7};
        var request =
                GetStatesRequest.newBuilder()
                        .addQueries(StateQuery.getDefaultInstance())
                        .addQueries(StateQuery.newBuilder().setAllPrefixes(true))
                        .addQueries(
                                StateQuery.newBuilder()
                                        .addAllHistoryItemIds(ids(longer))
                                        .setAllPrefixes(true))
                        .addQueries(StateQuery.newBuilder().addAllHistoryItemIds(ids(longer)));
        var packed = running.environment().getStates(request.build());
        var values =
                running.environment()
                        .getStates(
                                request.setFormat(EmbeddingFormat.EMBEDDING_FORMAT_VALUES).build());
        assertThat(packed.getModel().getVersion()).isEqualTo(1);
        assertThat(packed.getResultsList())
                .extracting(r -> r.getStates().getCount())
                .containsExactly(1, 1, 8, 1);
        assertThat(packed.getResultsList())
                .extracting(r -> r.getTruncated())
                .containsExactly(false, false, true, true);
        assertRow(packed.getResults(0).getStates(), 0);
        assertRow(packed.getResults(1).getStates(), 0);
        assertRow(packed.getResults(3).getStates(), 0, longer);
        for (int t = 0; t <= longer.length; t++) {
            assertRow(packed.getResults(2).getStates(), t, IntStream.of(longer).limit(t).toArray());
        }
        for (int q = 0; q < 4; q++) {
            var asValues = values.getResults(q).getStates();
            assertThat(asValues.getPacked().isEmpty()).isTrue();
            assertThat(asValues.getValuesList())
                    .isEqualTo(floats(packed.getResults(q).getStates()));
        }
    }

    @Test
    void scoreActions_namesItemsRewardsRawAndSource() {
        var request = score(List.of("item-3", "item-9"), List.of("item-5", "item-4")).build();
        var first = running.environment().scoreActions(request).getResults(0);
        var second = running.environment().scoreActions(request).getResults(0);
        assertThat(first.getRewardsList())
                .extracting(Reward::getItemId)
                .containsExactly("item-5", "item-4");
        for (Reward reward : first.getRewardsList()) {
            int[] history = {3, 9};
            assertThat((double) reward.getRaw())
                    .isCloseTo(TOY.raw(history, item(reward.getItemId())), within(2e-5));
            assertThat((double) reward.getReward())
                    .isCloseTo(TOY.reward(history, item(reward.getItemId())), within(2e-5));
            assertThat(reward.getSource()).isEqualTo(RewardSource.REWARD_SOURCE_MODEL);
        }
        assertThat(second.getRewardsList())
                .allMatch(r -> r.getSource() == RewardSource.REWARD_SOURCE_CACHE)
                .extracting(Reward::getRaw)
                .isEqualTo(first.getRewardsList().stream().map(Reward::getRaw).toList());
    }

    @Test
    void scoreActions_ofTheWholeCatalogueAfterALongHistory_isExactForEach() {
        int[] history = {1, 2, 3, 4, 5, 6, 7, 8, 9, 1, 2};
        var result =
                running.environment()
                        .scoreActions(
                                score(ids(history), ids(IntStream.range(0, 20).toArray())).build())
                        .getResults(0);
        assertThat(result.getTruncated()).isTrue();
        assertThat(result.getRewardsList()).hasSize(20);
        for (Reward reward : result.getRewardsList()) {
            assertThat((double) reward.getRaw())
                    .isCloseTo(TOY.raw(history, item(reward.getItemId())), within(2e-5));
        }
    }

    @Test
    void augmentActions_honoursExclusionsCountsAndDefaults() {
        var query =
                AugmentQuery.newBuilder()
                        .addAllHistoryItemIds(ids(2, 3))
                        .addAllExcludeItemIds(ids(7, 8));
        var one =
                running.environment()
                        .augmentActions(
                                AugmentActionsRequest.newBuilder().addQueries(query).build());
        assertThat(one.getResults(0).getActionsCount()).isEqualTo(1);
        var four =
                running.environment()
                        .augmentActions(
                                AugmentActionsRequest.newBuilder()
                                        .addQueries(query)
                                        .setAugmentation(
                                                Augmentation.newBuilder()
                                                        .setActions(4)
                                                        .setCandidates(5))
                                        .build());
        List<PositiveAction> actions = four.getResults(0).getActionsList();
        assertThat(actions).hasSize(4);
        assertThat(actions).extracting(a -> -a.getReward().getReward()).isSorted();
        assertThat(TOY.nearest(new int[] {2, 3}, Set.of(2, 3, 7, 8), 5))
                .containsAll(actions.stream().map(a -> item(a.getReward().getItemId())).toList());
        assertThat(actions).allMatch(a -> Math.abs(a.getSimilarity()) <= 1);
    }

    @Test
    void unknownItems_areAnErrorByDefault_andToldWhenSkipped() {
        var scored = score(List.of("item-1", "who?"), List.of("item-2"));
        assertInvalid(
                () -> running.environment().scoreActions(scored.build()),
                "UNKNOWN_ITEM",
                "queries[0].history_item_ids",
                "'who?', which is not in the catalogue of 20 items");
        var candidates = score(List.of("item-1"), List.of("item-2", "what?"));
        assertInvalid(
                () -> running.environment().scoreActions(candidates.build()),
                "UNKNOWN_ITEM",
                "queries[0].candidate_item_ids",
                "'what?'");

        var result =
                running.environment()
                        .scoreActions(
                                score(List.of("a", "item-1", "b"), List.of("c", "item-2"))
                                        .setUnknownItems(UnknownItems.UNKNOWN_ITEMS_SKIP)
                                        .build())
                        .getResults(0);
        assertThat(result.getSkippedItemIdsList()).containsExactly("a", "b", "c");
        assertThat(result.getRewardsList()).extracting(Reward::getItemId).containsExactly("item-2");
        assertThat((double) result.getRewards(0).getRaw())
                .isCloseTo(TOY.raw(new int[] {1}, 2), within(2e-5));

        var none =
                running.environment()
                        .scoreActions(
                                score(List.of(), List.of("c"))
                                        .setUnknownItems(UnknownItems.UNKNOWN_ITEMS_SKIP)
                                        .build())
                        .getResults(0);
        assertThat(none.getRewardsList()).isEmpty();
        var states =
                running.environment()
                        .getStates(
                                GetStatesRequest.newBuilder()
                                        .addQueries(
                                                StateQuery.newBuilder()
                                                        .addHistoryItemIds("a")
                                                        .setAllPrefixes(true))
                                        .setUnknownItems(UnknownItems.UNKNOWN_ITEMS_SKIP)
                                        .build());
        assertThat(states.getResults(0).getSkippedItemIdsList()).containsExactly("a");
        assertThat(states.getResults(0).getStates().getCount()).isEqualTo(1);
    }

    @Test
    void unsoundRequests_areRefusedByFieldBoundAndValue() {
        var stub = running.environment();
        assertInvalid(
                () -> stub.getStates(GetStatesRequest.getDefaultInstance()),
                "OUT_OF_RANGE",
                "queries",
                "queries held must be in [1, 256] but is 0");
        assertInvalid(
                () ->
                        stub.scoreActions(
                                ScoreActionsRequest.newBuilder()
                                        .addAllQueries(
                                                Collections.nCopies(
                                                        257, ScoreQuery.getDefaultInstance()))
                                        .build()),
                "OUT_OF_RANGE",
                "queries",
                "but is 257");
        assertInvalid(
                () -> stub.scoreActions(score(List.of(), List.of()).build()),
                "OUT_OF_RANGE",
                "queries[0].candidate_item_ids",
                "must be in [1, 1000] but is 0");
        assertInvalid(
                () ->
                        stub.scoreActions(
                                score(List.of(), Collections.nCopies(1001, "item-1")).build()),
                "OUT_OF_RANGE",
                "queries[0].candidate_item_ids",
                "but is 1001");
        assertInvalid(
                () ->
                        stub.scoreActions(
                                score(List.of(), List.of("item-1", "item-2", "item-1")).build()),
                "DUPLICATE_ITEM",
                "queries[0].candidate_item_ids",
                "holds 'item-1' twice");
        assertInvalid(
                () ->
                        stub.scoreActions(
                                score(Collections.nCopies(10_001, "item-1"), List.of("item-1"))
                                        .build()),
                "OUT_OF_RANGE",
                "queries[0].history_item_ids",
                "must be in [0, 10000] but is 10001");
        assertInvalid(
                () -> stub.augmentActions(augment(Augmentation.newBuilder().setActions(101))),
                "OUT_OF_RANGE",
                "augmentation.actions",
                "must be in [1, 100] but is 101");
        assertInvalid(
                () ->
                        stub.augmentActions(
                                augment(Augmentation.newBuilder().setActions(7).setCandidates(6))),
                "OUT_OF_RANGE",
                "augmentation.candidates",
                "must be in [7, 1000] but is 6");
        assertInvalid(
                () ->
                        stub.augmentActions(
                                augment(Augmentation.newBuilder().setTemperature(Float.NaN))),
                "OUT_OF_RANGE",
                "augmentation.temperature",
                "but is NaN");
        assertInvalid(
                () ->
                        stub.getStates(
                                GetStatesRequest.newBuilder()
                                        .addQueries(StateQuery.getDefaultInstance())
                                        .setUnknownItemsValue(9)
                                        .build()),
                "INVALID_FIELD",
                "unknown_items",
                "not known here");
        assertInvalid(
                () ->
                        stub.getStates(
                                GetStatesRequest.newBuilder()
                                        .addQueries(StateQuery.getDefaultInstance())
                                        .setFormatValue(9)
                                        .build()),
                "INVALID_FIELD",
                "format",
                "not known here");
        var big =
                GetStatesRequest.newBuilder()
                        .addAllQueries(
                                Collections.nCopies(
                                        120,
                                        StateQuery.newBuilder()
                                                .addAllHistoryItemIds(
                                                        Collections.nCopies(9_000, "item-1"))
                                                .setAllPrefixes(true)
                                                .build()));
        assertInvalid(
                () -> stub.getStates(big.build()),
                "ANSWER_TOO_LARGE",
                "queries",
                "asks for 1080120 states of 4 floats, 17281920 bytes, but an answer holds at most 16777216");
    }

    @Test
    void versionPin_ofAnotherVersion_isAFailedPrecondition() {
        var pinned =
                score(List.of(), List.of("item-1"))
                        .setVersion(VersionPin.newBuilder().setExpectedVersion(1));
        assertThat(running.environment().scoreActions(pinned.build()).getResultsCount())
                .isEqualTo(1);
        var other = pinned.setVersion(VersionPin.newBuilder().setExpectedVersion(2)).build();
        var refused =
                catchThrowableOfType(
                        StatusRuntimeException.class,
                        () -> running.environment().scoreActions(other));
        assertThat(refused.getStatus().getCode()).isEqualTo(Status.Code.FAILED_PRECONDITION);
        assertThat(refused)
                .hasMessageContaining(
                        "version 2 of environment was expected but version 1 is live");
    }

    private static ScoreActionsRequest.Builder score(
            List<String> history, List<String> candidates) {
        return ScoreActionsRequest.newBuilder()
                .addQueries(
                        ScoreQuery.newBuilder()
                                .addAllHistoryItemIds(history)
                                .addAllCandidateItemIds(candidates));
    }

    private static AugmentActionsRequest augment(Augmentation.Builder augmentation) {
        return AugmentActionsRequest.newBuilder()
                .addQueries(AugmentQuery.getDefaultInstance())
                .setAugmentation(augmentation)
                .build();
    }

    private static void assertRow(Embeddings states, int row, int... history) {
        double[] expected = TOY.state(history);
        List<Float> floats = floats(states);
        assertThat(states.getDimension()).isEqualTo(4);
        for (int d = 0; d < 4; d++) {
            assertThat((double) floats.get(row * 4 + d)).isCloseTo(expected[d], within(2e-5));
        }
    }

    static List<Float> floats(Embeddings embeddings) {
        var buffer =
                embeddings
                        .getPacked()
                        .asReadOnlyByteBuffer()
                        .order(ByteOrder.LITTLE_ENDIAN)
                        .asFloatBuffer();
        return IntStream.range(0, buffer.limit()).mapToObj(buffer::get).toList();
    }

    private static void assertInvalid(
            Executable call, String reason, String field, String message) {
        var refused = catchThrowableOfType(StatusRuntimeException.class, call::execute);
        assertThat(refused.getStatus().getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT);
        assertThat(refused).hasMessageContaining(message);
        var status = StatusProto.fromThrowable(refused);
        try {
            assertThat(status.getDetails(0).unpack(ErrorInfo.class).getReason()).isEqualTo(reason);
            assertThat(
                            status.getDetails(1)
                                    .unpack(BadRequest.class)
                                    .getFieldViolations(0)
                                    .getField())
                    .isEqualTo(field);
        } catch (com.google.protobuf.InvalidProtocolBufferException e) {
            throw new AssertionError(e);
        }
    }
}
