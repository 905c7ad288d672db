package dev.lea.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.assertj.core.api.Assertions.within;

import dev.lea.proto.agent.v1.AgentServiceGrpc;
import dev.lea.proto.agent.v1.Exploration;
import dev.lea.proto.agent.v1.RecommendRequest;
import dev.lea.proto.agent.v1.Recommendation;
import dev.lea.proto.common.v1.UnknownItems;
import dev.lea.proto.common.v1.VersionPin;
import dev.lea.proto.repository.v1.RollBackRequest;
import dev.lea.proto.repository.v1.VersionState;
import dev.lea.serving.batch.BatchLimits;
import dev.lea.serving.config.StartFailure;
import dev.lea.serving.onnx.Device;
import dev.lea.serving.rpc.RpcSettings;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class AgentServerTest {
    private static final int N = 30;
    private static final LinearPolicy POLICY = new LinearPolicy(N, 4, 0);
    private static final LinearPolicy SHIFTED = new LinearPolicy(N, 4, 0.01f);

    @TempDir Path folder;
    private AgentServer server;
    private TestClient client;

    @BeforeEach
    void startServer() {
        server = AgentServer.start(settings(0));
        client = new TestClient(server.port());
    }

    @AfterEach
    void stopServer() {
        client.close();
        server.close();
    }

    @Test
    void recommend_nothingLiveYet_isUnavailable_andHealthSaysSo() throws Exception {
        assertThat(client.health(AgentServiceGrpc.SERVICE_NAME))
                .isEqualTo(ServingStatus.NOT_SERVING);
        assertThat(client.health("")).isEqualTo(ServingStatus.SERVING);
        var e = failure(request().setK(1));
        assertThat(e.getStatus().getCode()).isEqualTo(Status.Code.UNAVAILABLE);
        assertThat(TestClient.errorInfo(e).getReason()).isEqualTo("NO_LIVE_VERSION");

        long version = client.upload(TestBundles.write(folder.resolve("bundle"), POLICY));
        client.activate(version);

        assertThat(client.health(AgentServiceGrpc.SERVICE_NAME)).isEqualTo(ServingStatus.SERVING);
        assertThat(client.recommend(request().setK(1)).getItemsCount()).isEqualTo(1);
    }

    @Test
    void recommend_history_givesTheBestWithTheirScores() throws Exception {
        long version = goLive(POLICY);
        int[] history = {5, 6, 7, 8, 9, 10}; // longer than the policy reads

        var response =
                client.recommend(request().setK(4).addAllHistoryItemIds(TestBundles.ids(history)));

        int[] best = POLICY.best(history, 4, _ -> true);
        assertThat(response.getItemsList())
                .extracting(Recommendation::getItemId)
                .isEqualTo(TestBundles.ids(best));
        for (int place = 0; place < 4; place++) {
            Recommendation item = response.getItems(place);
            assertThat(item.getScore())
                    .isCloseTo(POLICY.score(history, best[place]), within(1e-5f));
            assertThat(item.getPropensity()).isEqualTo(1);
        }
        assertThat(response.getModel().getName()).isEqualTo("policy");
        assertThat(response.getModel().getVersion()).isEqualTo(version);
        assertThat(response.getModel().getDigest()).matches("[0-9a-f]{64}");
    }

    @Test
    void recommend_emptyHistory_isServed() throws Exception {
        goLive(POLICY);
        assertThat(items(request().setK(3)))
                .isEqualTo(TestBundles.ids(POLICY.best(new int[0], 3, _ -> true)));
    }

    @Test
    void recommend_wholeCatalogue_givesEveryItem() throws Exception {
        goLive(POLICY);
        assertThat(items(request().setK(N))).hasSize(N).doesNotHaveDuplicates();
    }

    @Test
    void recommend_exclusionsAllowListAndHistory_areHonouredTogether() throws Exception {
        goLive(POLICY);
        int[] history = {1, 2, 3, 4, 5, 6};
        var request =
                request()
                        .setK(10)
                        .addAllHistoryItemIds(TestBundles.ids(history))
                        .addAllExcludeItemIds(TestBundles.ids(7, 7, 8))
                        .addAllAllowItemIds(TestBundles.ids(1, 6, 7, 8, 9, 10, 11))
                        .setExcludeHistory(true);

        assertThat(items(request))
                .isEqualTo(
                        TestBundles.ids(POLICY.best(history, 10, item -> item >= 9 && item <= 11)));
        assertThat(items(request.setExcludeHistory(false)))
                .isEqualTo(
                        TestBundles.ids(
                                POLICY.best(
                                        history,
                                        10,
                                        i -> i == 1 || i == 6 || (i >= 9 && i <= 11))));
    }

    @Test
    void recommend_everythingExcluded_isEmptyAndNoError() throws Exception {
        goLive(POLICY);
        assertThat(items(request().setK(2).addAllowItemIds("item-1").addExcludeItemIds("item-1")))
                .isEmpty();
    }

    @Test
    void recommend_unknownItemsSkipped_areListedInOrder() throws Exception {
        goLive(POLICY);
        var response =
                client.recommend(
                        request()
                                .setK(2)
                                .setUnknownItems(UnknownItems.UNKNOWN_ITEMS_SKIP)
                                .addHistoryItemIds("h")
                                .addHistoryItemIds("item-3")
                                .addExcludeItemIds("e")
                                .addAllowItemIds("a")
                                .addAllowItemIds("item-4"));
        assertThat(response.getSkippedItemIdsList()).containsExactly("h", "e", "a");
        assertThat(response.getItemsList())
                .extracting(Recommendation::getItemId)
                .containsExactly("item-4");
    }

    @Test
    void recommend_allowListOfUnknownItemsAlone_allowsNothing() throws Exception {
        goLive(POLICY);
        assertThat(
                        items(
                                request()
                                        .setK(2)
                                        .setUnknownItems(UnknownItems.UNKNOWN_ITEMS_SKIP)
                                        .addAllowItemIds("a")))
                .isEmpty();
    }

    @Test
    void recommend_exploration_drawsBySeed() throws Exception {
        goLive(POLICY);
        int[] history = {2};
        var request =
                request()
                        .setK(5)
                        .addHistoryItemIds("item-2")
                        .addExcludeItemIds("item-0")
                        .setExploration(Exploration.newBuilder().setTemperature(0.7f).setSeed(9));

        var response = client.recommend(request);

        float[] scores = new float[N];
        for (int i = 0; i < N; i++) {
            scores[i] = i == 0 ? Float.NEGATIVE_INFINITY : POLICY.score(history, i);
        }
        Ranking expected = new Sampling(0.7f, 9).draw(scores, 0, N, 5);
        assertThat(response.getItemsList())
                .extracting(Recommendation::getItemId)
                .isEqualTo(TestBundles.ids(expected.items()));
        for (int place = 0; place < 5; place++) {
            assertThat(response.getItems(place).getPropensity())
                    .isCloseTo(expected.propensities()[place], within(1e-5f))
                    .isBetween(0f, 1f);
        }
        assertThat(client.recommend(request)).isEqualTo(response);
        assertThat(
                        client.recommend(
                                request.setExploration(
                                        Exploration.newBuilder().setTemperature(0.7f).setSeed(10))))
                .isNotEqualTo(response);
    }

    @Test
    void recommend_badRequests_nameFieldBoundAndValue() throws Exception {
        goLive(POLICY);
        expectInvalid(request(), "OUT_OF_RANGE", "k must be in [1, 30] but is 0");
        expectInvalid(request().setK(-3), "OUT_OF_RANGE", "k must be in [1, 30] but is -3");
        expectInvalid(request().setK(31), "OUT_OF_RANGE", "k must be in [1, 30] but is 31");
        expectInvalid(
                request().setK(1).addHistoryItemIds("nope"),
                "UNKNOWN_ITEM",
                "history_item_ids holds 'nope', which is not in the catalogue of 30 items");
        expectInvalid(
                request().setK(1).addExcludeItemIds(""),
                "UNKNOWN_ITEM",
                "exclude_item_ids holds '', which is not in the catalogue of 30 items");
        expectInvalid(
                request().setK(1).addAllowItemIds("x"),
                "UNKNOWN_ITEM",
                "allow_item_ids holds 'x', which is not in the catalogue of 30 items");
        expectInvalid(
                request().setK(1).addAllHistoryItemIds(Collections.nCopies(10_001, "item-1")),
                "TOO_MANY_ITEMS",
                "history_item_ids must hold at most 10000 ids but holds 10001");
        expectInvalid(
                request().setK(1).setUnknownItemsValue(9),
                "INVALID_FIELD",
                "unknown_items has no value 9; the highest is 2");
        for (float temperature : new float[] {-1, Float.NaN, Float.POSITIVE_INFINITY}) {
            expectInvalid(
                    request()
                            .setK(1)
                            .setExploration(Exploration.newBuilder().setTemperature(temperature)),
                    "OUT_OF_RANGE",
                    "exploration.temperature must be 0, or above 0 and finite, but is "
                            + temperature);
        }
        expectInvalid(
                request().setK(1).setVersion(VersionPin.newBuilder().setExpectedVersion(-1)),
                "OUT_OF_RANGE",
                "version.expected_version must be 0 or more but is -1");
    }

    @Test
    void recommend_unknownItem_isNamedInTheMetadata() throws Exception {
        goLive(POLICY);
        var info = TestClient.errorInfo(failure(request().setK(1).addHistoryItemIds("nope")));
        assertThat(info.getDomain()).isEqualTo("lea.dev");
        assertThat(info.getMetadataMap())
                .containsEntry("item_id", "nope")
                .containsEntry("field", "history_item_ids");
    }

    @Test
    void recommend_largestRequest_isServed() throws Exception {
        goLive(POLICY);
        var ids = Collections.nCopies(10_000, "item-1");
        var request =
                request()
                        .setK(N)
                        .addAllHistoryItemIds(ids)
                        .addAllExcludeItemIds(ids)
                        .setExcludeHistory(true);
        assertThat(items(request)).hasSize(N - 1).doesNotContain("item-1");
    }

    @Test
    void recommend_pinnedVersion_mustBeLive() throws Exception {
        long version = goLive(POLICY);
        var pin = VersionPin.newBuilder();
        assertThat(items(request().setK(1).setVersion(pin.setExpectedVersion(version)))).hasSize(1);

        var e = failure(request().setK(1).setVersion(pin.setExpectedVersion(version + 1)));

        assertThat(e.getStatus().getCode()).isEqualTo(Status.Code.FAILED_PRECONDITION);
        assertThat(TestClient.errorInfo(e).getReason()).isEqualTo("VERSION_MISMATCH");
        assertThat(TestClient.errorInfo(e).getMetadataMap())
                .containsEntry("expected_version", "2")
                .containsEntry("live_version", "1");
    }

    @Test
    void rollBack_makesTheVersionBeforeLiveAgain() throws Exception {
        long first = goLive(POLICY);
        long second = goLive(SHIFTED);
        var done = client.repository().rollBack(RollBackRequest.getDefaultInstance());
        assertThat(done.getVersion().getModel().getVersion()).isEqualTo(first);
        assertThat(done.getVersion().getState()).isEqualTo(VersionState.VERSION_STATE_LIVE);
        assertThat(done.getPrevious().getModel().getVersion()).isEqualTo(second);
        assertThat(client.recommend(request().setK(1)).getModel().getVersion()).isEqualTo(first);
    }

    @Test
    void start_again_servesWhatWasLive() throws Exception {
        goLive(POLICY);
        long live = goLive(SHIFTED);
        var before = client.recommend(request().setK(3));
        stopServer();

        startServer();

        assertThat(client.health(AgentServiceGrpc.SERVICE_NAME)).isEqualTo(ServingStatus.SERVING);
        assertThat(client.recommend(request().setK(3))).isEqualTo(before);
        assertThat(before.getModel().getVersion()).isEqualTo(live);
    }

    @Test
    void start_portInUse_isOneSentenceAndReleasesTheModel() {
        var settings = settings(server.port(), folder.resolve("other data"));
        assertThatThrownBy(() -> AgentServer.start(settings))
                .isInstanceOf(StartFailure.class)
                .hasMessage("cannot listen on 127.0.0.1:" + server.port() + ": the port is in use");
    }

    @Test
    void start_dataFolderInUse_isOneSentence() {
        assertThatThrownBy(() -> AgentServer.start(settings(0)))
                .isInstanceOf(StartFailure.class)
                .hasMessageContaining(folder.resolve("data").toString())
                .hasMessageContaining("in use by another server");
    }

    @Test
    void start_dataFolderIsAFile_namesIt() throws Exception {
        Path file = Files.writeString(folder.resolve("file"), "x");
        var settings = settings(0);
        assertThatThrownBy(() ->
                        AgentServer.start(
                                new AgentSettings(
                                        settings.rpc(),
                                        file,
                                        settings.batch(),
                                        settings.maxBundleBytes(),
                                        Device.CPU,
                                        Optional.empty(),
                                        Optional.empty())))
                .isInstanceOf(StartFailure.class)
                .hasMessageContaining(file.toString());
    }

    /// On a GPU where there is one, else on the CPU: the answers are the same.
    @Test
    void start_deviceCuda_servesWithOrWithoutIt() throws Exception {
        try (var cuda = AgentServer.start(settings(0, folder.resolve("cuda"), Device.CUDA));
                var caller = new TestClient(cuda.port())) {
            var policy = new LinearPolicy(30, 4, 0.5f);
            caller.activate(caller.upload(TestBundles.write(folder.resolve("on-cuda"), policy)));
            goLive(policy);
            var request = RecommendRequest.newBuilder().setK(5);
            assertThat(caller.recommend(request).getItemsList())
                    .extracting(i -> i.getItemId())
                    .isEqualTo(
                            client.recommend(request).getItemsList().stream()
                                    .map(i -> i.getItemId())
                                    .toList());
        }
    }

    private AgentSettings settings(int port) {
        return settings(port, folder.resolve("data"));
    }

    private static AgentSettings settings(int port, Path data) {
        return settings(port, data, Device.CPU);
    }

    private static AgentSettings settings(int port, Path data, Device device) {
        return new AgentSettings(
                RpcSettings.DEFAULT.withPort(port),
                data,
                new BatchLimits(8, 64, 2),
                1 << 20,
                device,
                Optional.empty(),
                Optional.empty());
    }

    private long goLive(LinearPolicy policy) throws Exception {
        Path bundle = TestBundles.write(folder.resolve("bundle-" + policy.shift()), policy);
        long version = client.upload(bundle);
        client.activate(version);
        return version;
    }

    private void expectInvalid(RecommendRequest.Builder request, String reason, String message) {
        var e = failure(request);
        assertThat(e.getStatus().getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT);
        assertThat(e.getStatus().getDescription()).isEqualTo(message);
        assertThat(TestClient.errorInfo(e).getReason()).isEqualTo(reason);
    }

    private StatusRuntimeException failure(RecommendRequest.Builder request) {
        return catchThrowableOfType(StatusRuntimeException.class, () -> client.recommend(request));
    }

    private List<String> items(RecommendRequest.Builder request) {
        return client.recommend(request).getItemsList().stream()
                .map(Recommendation::getItemId)
                .toList();
    }

    private static RecommendRequest.Builder request() {
        return RecommendRequest.newBuilder();
    }
}
