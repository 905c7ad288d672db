package dev.lea.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.assertj.core.api.Assertions.within;

import dev.lea.proto.agent.v1.RecommendRequest;
import dev.lea.proto.agent.v1.RecommendResponse;
import dev.lea.proto.repository.v1.DownloadRevisionRequest;
import dev.lea.serving.batch.BatchLimits;
import dev.lea.serving.bundle.Revision;
import dev.lea.serving.onnx.Device;
import dev.lea.serving.rpc.RpcSettings;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.io.ByteArrayOutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Items that arrive after the policy was trained, at a running server.
@Timeout(60)
class AddedItemsTest {
    private static final int N = 20;
    private static final RowPolicy POLICY = new RowPolicy(N, 0);

    @TempDir Path folder;
    private AgentServer server;
    private TestClient client;

    @BeforeEach
    void start() {
        server = AgentServer.start(settings());
        client = new TestClient(server.port());
    }

    @AfterEach
    void stop() {
        client.close();
        server.close();
    }

    @Test
    void add_newItems_areRecommendedAndReadAtOnce() throws Exception {
        goLive(POLICY, "one");
        RecommendResponse before = recommend(5, 3, 7);
        Revision revision = revision(1, 20, 21, 22, 23, 24);
        var answer = client.add(revision.toBytes());
        assertThat(answer.getRevision()).isEqualTo(1);
        assertThat(answer.getModel().getVersion()).isEqualTo(1);
        assertThat(answer.getModel().getDigest())
                .isEqualTo(revision.effectiveDigest(before.getModel().getDigest()))
                .isNotEqualTo(before.getModel().getDigest());
        RecommendResponse after = recommend(25, 3, 24, 22);
        assertThat(after.getModel()).isEqualTo(answer.getModel());
        expect(after, 25, 3, 24, 22);
        assertThat(before.getItemsList())
                .allSatisfy(item ->
                        assertThat(item.getScore())
                                .isCloseTo(
                                        POLICY.score(new int[] {3, 7}, number(item.getItemId())),
                                        within(1e-5f)));
    }

    @Test
    void recommend_newItemAllowedOrExcluded_isTreatedLikeAllOthers() throws Exception {
        goLive(POLICY, "one");
        client.add(revision(1, 20, 21).toBytes());
        var allowed =
                client.recommend(
                        RecommendRequest.newBuilder()
                                .setK(5)
                                .addHistoryItemIds("item-1")
                                .addAllAllowItemIds(TestBundles.ids(21, 2)));
        assertThat(allowed.getItemsList())
                .extracting(item -> item.getItemId())
                .containsExactlyInAnyOrder("item-21", "item-2");
        var excluded =
                client.recommend(
                        RecommendRequest.newBuilder()
                                .setK(22)
                                .addHistoryItemIds("item-20")
                                .setExcludeHistory(true)
                                .addExcludeItemIds("item-21"));
        assertThat(excluded.getItemsList())
                .extracting(item -> item.getItemId())
                .hasSize(20)
                .doesNotContain("item-20", "item-21");
    }

    @Test
    void add_laterRevision_replacesRowsAndKeepsPlaces() throws Exception {
        goLive(POLICY, "one");
        Revision first = revision(1, 20, 21);
        client.add(first.toBytes());
        Revision second = first.with(List.of(added(20, RowPolicy.row(5)), added(22)), "again");
        client.add(second.toBytes());
        var answer = recommend(23, 5);
        float own = score(answer, "item-5");
        assertThat(score(answer, "item-20")).isCloseTo(own, within(1e-6f));
        assertThat(score(answer, "item-21"))
                .isCloseTo(POLICY.score(new int[] {5}, 21), within(1e-5f));
    }

    @Test
    void add_sameAgain_changesNothing_andOlderIsRefused() throws Exception {
        goLive(POLICY, "one");
        Revision first = revision(1, 20);
        Revision second = first.with(List.of(added(21)), "");
        var once = client.add(second.toBytes());
        assertThat(client.add(second.toBytes())).isEqualTo(once);
        assertThat(reason(() -> client.add(first.toBytes()))).isEqualTo("REVISION_NOT_NEWER");
        assertThat(recommend(1).getModel()).isEqualTo(once.getModel());
        assertThat(download().toBytes()).isEqualTo(second.toBytes());
    }

    @Test
    void restart_afterAdding_servesTheSameRevision() throws Exception {
        goLive(POLICY, "one");
        client.add(revision(1, 20, 21).toBytes());
        RecommendResponse before = recommend(22, 21, 3);
        restart();
        assertThat(recommend(22, 21, 3)).isEqualTo(before);
    }

    /// What a kill between writing and renaming leaves.
    @Test
    void restart_withARevisionThatWasNotRenamed_servesTheOneBefore() throws Exception {
        goLive(POLICY, "one");
        Revision first = revision(1, 20);
        client.add(first.toBytes());
        RecommendResponse before = recommend(21, 20);
        client.close();
        server.close();
        byte[] next = first.with(List.of(added(21)), "").toBytes();
        Path aside = revisions().resolve("." + RowPolicy.ENVIRONMENT + ".revision.part");
        Files.write(aside, Arrays.copyOf(next, next.length - 7));
        start();
        assertThat(recommend(21, 20)).isEqualTo(before);
        client.add(next);
        expect(recommend(22, 20), 22, 20);
    }

    @Test
    void restart_withARevisionThatHasRotten_isRefusedAndCanBePutRight() throws Exception {
        goLive(POLICY, "one");
        Revision revision = revision(1, 20);
        client.add(revision.toBytes());
        client.close();
        server.close();
        Path file = revisions().resolve(RowPolicy.ENVIRONMENT + ".revision");
        byte[] sound = Files.readAllBytes(file);
        byte[] rotten = sound.clone();
        rotten[rotten.length / 2] ^= 1;
        Files.write(file, rotten);
        start();
        assertThat(reason(() -> recommend(1))).isEqualTo("NO_LIVE_VERSION");
        assertThat(reason(() -> client.activate(1))).isEqualTo("REVISION_UNREADABLE");
        Files.write(file, sound);
        client.activate(1);
        expect(recommend(21, 20), 21, 20);
    }

    @Test
    void activate_otherPolicyOfTheSameEnvironment_hasTheItemsAtOnce() throws Exception {
        goLive(POLICY, "one");
        client.add(revision(1, 20, 21).toBytes());
        var other = new RowPolicy(N, 0.5f);
        goLive(other, "two");
        RecommendResponse answer = recommend(22, 21);
        assertThat(answer.getModel().getVersion()).isEqualTo(2);
        assertThat(score(answer, "item-20"))
                .isCloseTo(other.score(new int[] {21}, 20), within(1e-5f));
        client.repository()
                .rollBack(dev.lea.proto.repository.v1.RollBackRequest.getDefaultInstance());
        expect(recommend(22, 21), 22, 21);
    }

    @Test
    void add_itemThatThePolicyWasTrainedOn_leavesItAsItIs() throws Exception {
        goLive(POLICY, "one");
        Revision revision =
                Revision.none(RowPolicy.ENVIRONMENT)
                        .with(List.of(added(3, new float[] {9, 9, 9}), added(20)), "");
        client.add(revision.toBytes());
        expect(recommend(21, 3), 21, 3);
    }

    @Test
    void add_whatDoesNotFit_isRefusedAndNothingChanges() throws Exception {
        goLive(POLICY, "one");
        RecommendResponse before = recommend(20, 1);
        Revision narrow =
                Revision.none(RowPolicy.ENVIRONMENT)
                        .with(List.of(added(20, new float[] {1, 2})), "");
        assertThat(reason(() -> client.add(narrow.toBytes()))).isEqualTo("REVISION_MISMATCH");
        Revision strange = Revision.none("f".repeat(64)).with(List.of(added(20)), "");
        assertThat(reason(() -> client.add(strange.toBytes())))
                .isEqualTo("REVISION_OF_ANOTHER_VERSION");
        byte[] cut = revision(1, 20).toBytes();
        assertThat(reason(() -> client.add(Arrays.copyOf(cut, cut.length - 1))))
                .isEqualTo("REVISION_UNREADABLE");
        assertThat(recommend(20, 1)).isEqualTo(before);
        assertThat(revisions()).doesNotExist();
    }

    @Test
    void add_policyOfFixedItems_isRefused() throws Exception {
        client.activate(
                client.upload(
                        TestBundles.write(folder.resolve("fixed"), new LinearPolicy(N, 4, 0))));
        var refusal =
                catchThrowableOfType(
                        StatusRuntimeException.class, () -> client.add(revision(1, 20).toBytes()));
        assertThat(refusal.getStatus().getCode()).isEqualTo(Status.Code.FAILED_PRECONDITION);
        assertThat(TestClient.errorInfo(refusal).getReason()).isEqualTo("NO_REVISIONS");
        assertThat(refusal).hasMessageContaining("agent.head=tokens");
    }

    @Test
    void activate_bundleThatLacksWhatItReads_isRefused() throws Exception {
        Map<String, String> parents = Map.of("environment", RowPolicy.ENVIRONMENT);
        assertThat(refusal(POLICY.write(folder.resolve("no-table"), parents, false, "n")))
                .isEqualTo("BUNDLE_FILE_MISSING");
        assertThat(refusal(POLICY.write(folder.resolve("no-parent"), Map.of(), true, "n")))
                .isEqualTo("SCHEMA_MISMATCH");
        assertThat(refusal(POLICY.write(folder.resolve("closed"), parents, true, N + 1)))
                .isEqualTo("SCHEMA_MISMATCH");
    }

    /// Every answer is right for the revision that it names.
    @Test
    void recommend_whileItemsAreAdded_neverMixesRevisions() throws Exception {
        goLive(POLICY, "one");
        Map<String, Integer> sizes = new HashMap<>();
        sizes.put(recommend(1).getModel().getDigest(), N);
        var over = new AtomicBoolean();
        try (var callers = Executors.newFixedThreadPool(3)) {
            List<Future<List<RecommendResponse>>> answers = new ArrayList<>();
            for (int caller = 0; caller < 3; caller++) {
                answers.add(
                        callers.submit(() -> {
                            List<RecommendResponse> all = new ArrayList<>();
                            while (!over.get()) {
                                all.add(recommend(N, 3, 7));
                            }
                            return all;
                        }));
            }
            Revision revision = Revision.none(RowPolicy.ENVIRONMENT);
            for (int i = 0; i < 15; i++) {
                revision = revision.with(List.of(added(N + i)), "");
                var model = client.add(revision.toBytes()).getModel();
                sizes.put(model.getDigest(), N + i + 1);
                expect(recommend(N, 3, 7), N + i + 1, 3, 7);
            }
            over.set(true);
            for (Future<List<RecommendResponse>> some : answers) {
                for (RecommendResponse answer : some.get()) {
                    expect(answer, sizes.get(answer.getModel().getDigest()), 3, 7);
                }
            }
        }
    }

    private void goLive(RowPolicy policy, String name) throws Exception {
        client.activate(client.upload(policy.write(folder.resolve(name))));
    }

    private void restart() {
        client.close();
        server.close();
        start();
    }

    private RecommendResponse recommend(int k, int... history) {
        return client.recommend(
                RecommendRequest.newBuilder()
                        .setK(k)
                        .addAllHistoryItemIds(TestBundles.ids(history)));
    }

    /// Expects the best of the first `count` items, with their scores.
    private static void expect(RecommendResponse answer, int count, int... history) {
        int[] best = POLICY.best(count, history, answer.getItemsCount());
        assertThat(answer.getItemsList())
                .extracting(item -> item.getItemId())
                .containsExactlyElementsOf(TestBundles.ids(best));
        answer.getItemsList()
                .forEach(item ->
                        assertThat(item.getScore())
                                .isCloseTo(
                                        POLICY.score(history, number(item.getItemId())),
                                        within(1e-5f)));
    }

    private Revision download() {
        var bytes = new ByteArrayOutputStream();
        client.repository()
                .downloadRevision(DownloadRevisionRequest.getDefaultInstance())
                .forEachRemaining(part -> bytes.writeBytes(part.getData().toByteArray()));
        return Revision.of(bytes.toByteArray());
    }

    private String refusal(Path bundle) throws Exception {
        long version = client.upload(bundle);
        return reason(() -> client.activate(version));
    }

    private static String reason(ThrowingCallable call) {
        return TestClient.errorInfo(catchThrowableOfType(StatusRuntimeException.class, call))
                .getReason();
    }

    private static float score(RecommendResponse answer, String id) {
        return answer.getItemsList().stream()
                .filter(item -> item.getItemId().equals(id))
                .findFirst()
                .orElseThrow()
                .getScore();
    }

    private static int number(String id) {
        return Integer.parseInt(id.substring("item-".length()));
    }

    private static Revision revision(int number, int... items) {
        Revision revision = Revision.none(RowPolicy.ENVIRONMENT);
        for (int i = 1; i < number; i++) {
            revision = revision.with(List.of(), "");
        }
        return revision.with(Arrays.stream(items).mapToObj(AddedItemsTest::added).toList(), "");
    }

    private static Revision.Added added(int item) {
        return added(item, RowPolicy.row(item));
    }

    private static Revision.Added added(int item, float[] row) {
        return Revision.Added.of(TestBundles.id(item), "text " + item, row);
    }

    private Path revisions() {
        return folder.resolve("data").resolve("revisions");
    }

    private AgentSettings settings() {
        return new AgentSettings(
                RpcSettings.DEFAULT,
                folder.resolve("data"),
                new BatchLimits(8, 64, 2),
                1 << 20,
                Device.CPU,
                Optional.empty(),
                Optional.empty());
    }
}
