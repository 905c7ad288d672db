package dev.lea.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.assertj.core.api.Assertions.within;

import dev.lea.proto.agent.v1.RecommendRequest;
import dev.lea.proto.agent.v1.RecommendResponse;
import dev.lea.proto.agent.v1.ScoreItemsRequest;
import dev.lea.proto.agent.v1.ScoredItem;
import dev.lea.proto.common.v1.UnknownItems;
import dev.lea.proto.common.v1.VersionPin;
import dev.lea.proto.repository.v1.GetShadowReportRequest;
import dev.lea.proto.repository.v1.SetCanaryRequest;
import dev.lea.proto.repository.v1.SetShadowRequest;
import dev.lea.proto.repository.v1.ShadowComparison;
import dev.lea.serving.batch.BatchLimits;
import dev.lea.serving.onnx.Device;
import dev.lea.serving.rpc.RpcSettings;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Live version, canary and shadow as callers see them, and the scores of named items.
@Timeout(60)
class VersionsTest {
    private static final int N = 30;
    private static final LinearPolicy ONE = new LinearPolicy(N, 4, 0);
    private static final LinearPolicy TWO = new LinearPolicy(N, 4, 0.01f);

    @TempDir Path folder;
    private AgentServer server;
    private TestClient client;

    @BeforeEach
    void start() throws Exception {
        startServer();
        client.upload(TestBundles.write(folder.resolve("one"), ONE));
        client.upload(TestBundles.write(folder.resolve("two"), TWO));
        client.activate(1);
    }

    @AfterEach
    void stop() {
        client.close();
        server.close();
    }

    @Test
    void canary_answersItsShareOfUsers_theSameOnesAgain_alsoAfterARestart() {
        canary(2, 0.3);
        var sides = sides();
        long canarys = sides.values().stream().filter(version -> version == 2).count();
        assertThat(canarys).isBetween(30L, 90L); // 60 of 200 are expected
        assertThat(sides()).isEqualTo(sides);
        stop();
        startServer();
        assertThat(sides()).isEqualTo(sides);

        canary(2, 0.6);
        var more = sides();
        sides.forEach(
                (user, version) -> assertThat(more.get(user)).isGreaterThanOrEqualTo(version));
        canary(0, 0);
        assertThat(sides()).containsValue(1L).doesNotContainValue(2L);
    }

    @Test
    void canary_answersByItsOwnModel_andWhoeverPinsIt() {
        canary(2, 0);
        var pinned = client.recommend(request().setVersion(pin(2)));
        assertThat(pinned.getModel().getVersion()).isEqualTo(2);
        assertThat(pinned.getItems(0).getScore())
                .isCloseTo(TWO.score(new int[] {1}, best(TWO)), within(1e-5f));
        assertThat(client.recommend(request().setVersion(pin(1))).getModel().getVersion())
                .isEqualTo(1);
        var e =
                catchThrowableOfType(
                        StatusRuntimeException.class,
                        () -> client.recommend(request().setVersion(pin(3))));
        assertThat(TestClient.errorInfo(e).getReason()).isEqualTo("VERSION_MISMATCH");
    }

    @Test
    void canary_noUser_goesByTheHistory() {
        canary(2, 0.5);
        var versions =
                IntStream.range(0, 100)
                        .mapToObj(i ->
                                RecommendRequest.newBuilder()
                                        .setK(3)
                                        .addAllHistoryItemIds(
                                                TestBundles.ids(i % N, i / N, (7 * i) % N)))
                        .map(request -> {
                            long first = version(request);
                            assertThat(version(request)).isEqualTo(first);
                            return first;
                        })
                        .collect(Collectors.toSet());
        assertThat(versions).containsExactlyInAnyOrder(1L, 2L);
        assertThat(version(RecommendRequest.newBuilder().setK(3))).isEqualTo(1);
    }

    @Test
    void user_tooLong_isInvalid() {
        var e =
                catchThrowableOfType(
                        StatusRuntimeException.class,
                        () -> client.recommend(request().setUserId("u".repeat(257))));
        assertThat(e.getStatus().getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT);
        assertThat(TestClient.errorInfo(e).getMetadataMap()).containsEntry("field", "user_id");
    }

    @Test
    void shadow_isComparedAndNeverAnswers() {
        shadow(2);
        for (int i = 0; i < 20; i++) {
            assertThat(version(request())).isEqualTo(1);
        }
        ShadowComparison comparison = awaitCompared();
        assertThat(comparison.getAnswered().getVersion()).isEqualTo(1);
        assertThat(comparison.getShadow().getVersion()).isEqualTo(2);
        assertThat(comparison.getIdenticalCount()).isEqualTo(comparison.getComparedCount());
        assertThat(comparison.getMeanOverlap()).isEqualTo(1);
        assertThat(comparison.getMeanScoreDifference()).isCloseTo(0.01, within(1e-5));
        assertThat(comparison.getMaxScoreDifference()).isCloseTo(0.01, within(1e-5));
        assertThat(comparison.getFailedCount()).isZero();
    }

    @Test
    void shadow_ofASmallerCatalogue_failsAloneAndIsCounted() throws Exception {
        long small =
                client.upload(
                        TestBundles.write(folder.resolve("small"), new LinearPolicy(5, 4, 0)));
        shadow(small);
        int[] history = {N - 1};
        var request =
                RecommendRequest.newBuilder()
                        .setK(3)
                        .addAllHistoryItemIds(TestBundles.ids(history));
        assertThat(client.recommend(request).getItemsCount()).isEqualTo(3);
        ShadowComparison comparison = report();
        while (comparison.getFailedCount() == 0) {
            comparison = report();
        }
        assertThat(comparison.getLastFailure()).contains("UNKNOWN_ITEM");
        assertThat(comparison.getComparedCount()).isZero();
    }

    @Test
    void scoreItems_givesEachItemsScore_inTheRequestsOrder() {
        int[] history = {1, 2, 3, 4, 5};
        int[] asked = {7, 3, 7, 0, N - 1};
        var response =
                client.agent()
                        .scoreItems(
                                ScoreItemsRequest.newBuilder()
                                        .addAllHistoryItemIds(TestBundles.ids(history))
                                        .addAllItemIds(TestBundles.ids(asked))
                                        .build());
        assertThat(response.getModel().getVersion()).isEqualTo(1);
        assertThat(response.getItemsList())
                .extracting(ScoredItem::getItemId)
                .isEqualTo(TestBundles.ids(asked));
        for (int i = 0; i < asked.length; i++) {
            assertThat(response.getItems(i).getScore())
                    .isCloseTo(ONE.score(history, asked[i]), within(1e-5f));
        }
    }

    @Test
    void scoreItems_unknownItems_areAnErrorOrSkipped() {
        var request =
                ScoreItemsRequest.newBuilder()
                        .addHistoryItemIds("gone")
                        .addItemIds("what")
                        .addItemIds(TestBundles.id(2));
        var e = scoreFailure(request);
        assertThat(TestClient.errorInfo(e).getReason()).isEqualTo("UNKNOWN_ITEM");
        var skipped =
                client.agent()
                        .scoreItems(
                                request.setUnknownItems(UnknownItems.UNKNOWN_ITEMS_SKIP).build());
        assertThat(skipped.getSkippedItemIdsList()).containsExactly("gone", "what");
        assertThat(skipped.getItemsList())
                .extracting(ScoredItem::getItemId)
                .containsExactly(TestBundles.id(2));
        var none =
                client.agent()
                        .scoreItems(
                                ScoreItemsRequest.newBuilder()
                                        .addItemIds("what")
                                        .setUnknownItems(UnknownItems.UNKNOWN_ITEMS_SKIP)
                                        .build());
        assertThat(none.getItemsList()).isEmpty();
    }

    @Test
    void scoreItems_malformed_isInvalid() {
        assertThat(scoreFailure(ScoreItemsRequest.newBuilder()).getStatus().getCode())
                .isEqualTo(Status.Code.INVALID_ARGUMENT);
        var many = ScoreItemsRequest.newBuilder();
        for (int i = 0; i <= RequestReader.MAX_IDS; i++) {
            many.addItemIds(TestBundles.id(0));
        }
        assertThat(TestClient.errorInfo(scoreFailure(many)).getReason())
                .isEqualTo("TOO_MANY_ITEMS");
        var pinned =
                ScoreItemsRequest.newBuilder().addItemIds(TestBundles.id(0)).setVersion(pin(9));
        assertThat(TestClient.errorInfo(scoreFailure(pinned)).getReason())
                .isEqualTo("VERSION_MISMATCH");
    }

    private void startServer() {
        server =
                AgentServer.start(
                        new AgentSettings(
                                RpcSettings.DEFAULT,
                                folder.resolve("data"),
                                new BatchLimits(8, 64, 1),
                                1 << 24,
                                Device.CPU,
                                Optional.empty(),
                                Optional.empty()));
        client = new TestClient(server.port());
    }

    private void canary(long version, double share) {
        var _ =
                client.repository()
                        .setCanary(
                                SetCanaryRequest.newBuilder()
                                        .setVersion(version)
                                        .setShare(share)
                                        .build());
    }

    private void shadow(long version) {
        var _ =
                client.repository()
                        .setShadow(SetShadowRequest.newBuilder().setVersion(version).build());
    }

    private ShadowComparison report() {
        List<ShadowComparison> comparisons =
                client.repository()
                        .getShadowReport(GetShadowReportRequest.getDefaultInstance())
                        .getComparisonsList();
        return comparisons.isEmpty()
                ? ShadowComparison.getDefaultInstance()
                : comparisons.getFirst();
    }

    private ShadowComparison awaitCompared() {
        ShadowComparison comparison = report();
        while (comparison.getComparedCount() == 0) {
            comparison = report();
        }
        return comparison;
    }

    /// Which version answers 200 users.
    private Map<String, Long> sides() {
        Map<String, Long> sides = new TreeMap<>();
        for (int i = 0; i < 200; i++) {
            String user = "user-" + i;
            sides.put(user, version(request().setUserId(user)));
        }
        return sides;
    }

    private long version(RecommendRequest.Builder request) {
        RecommendResponse response = client.recommend(request);
        return response.getModel().getVersion();
    }

    private StatusRuntimeException scoreFailure(ScoreItemsRequest.Builder request) {
        return catchThrowableOfType(
                StatusRuntimeException.class, () -> client.agent().scoreItems(request.build()));
    }

    private static int best(LinearPolicy policy) {
        return policy.best(new int[] {1}, 1, _ -> true)[0];
    }

    private static RecommendRequest.Builder request() {
        return RecommendRequest.newBuilder().setK(3).addHistoryItemIds(TestBundles.id(1));
    }

    private static VersionPin pin(long version) {
        return VersionPin.newBuilder().setExpectedVersion(version).build();
    }
}
