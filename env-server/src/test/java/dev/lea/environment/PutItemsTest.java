package dev.lea.environment;

import static dev.lea.environment.toy.ToyBundle.id;
import static dev.lea.environment.toy.ToyBundle.ids;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.assertj.core.api.Assertions.within;

import com.google.protobuf.ByteString;
import dev.lea.environment.toy.ToyBundle;
import dev.lea.environment.toy.ToyEnvironment;
import dev.lea.environment.toy.ToyText;
import dev.lea.proto.common.v1.VersionPin;
import dev.lea.proto.environment.v1.AugmentActionsRequest;
import dev.lea.proto.environment.v1.AugmentQuery;
import dev.lea.proto.environment.v1.Augmentation;
import dev.lea.proto.environment.v1.GetEnvironmentRequest;
import dev.lea.proto.environment.v1.GetEnvironmentResponse;
import dev.lea.proto.environment.v1.GetStatesRequest;
import dev.lea.proto.environment.v1.NewItem;
import dev.lea.proto.environment.v1.PutItemsRequest;
import dev.lea.proto.environment.v1.PutItemsResponse;
import dev.lea.proto.environment.v1.ScoreActionsRequest;
import dev.lea.proto.environment.v1.ScoreQuery;
import dev.lea.proto.environment.v1.StateQuery;
import dev.lea.proto.environment.v1.TextColumn;
import dev.lea.proto.repository.v1.DownloadRevisionRequest;
import dev.lea.proto.repository.v1.ModelRepositoryServiceGrpc;
import dev.lea.proto.repository.v1.UploadRevisionRequest;
import dev.lea.proto.repository.v1.UploadRevisionResponse;
import dev.lea.serving.bundle.Bundle;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.StreamObserver;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class PutItemsTest {
    private static final ToyEnvironment TOY = ToyEnvironment.SMALL;
    private static final int[] HISTORY = {1, 2};

    @TempDir Path folder;
    private Running running;
    private Bundle bundle;

    @BeforeEach
    void start() throws Exception {
        running = Running.start(Running.settings(folder.resolve("data")));
        bundle = ToyText.write(folder.resolve("bundle"), TOY);
        running.activate(running.upload(bundle));
    }

    @AfterEach
    void stop() throws Exception {
        running.close();
    }

    @Test
    void put_newItem_isScoredStatedAndFoundLikeTheItemItsTextNames() {
        var before = describe();
        PutItemsResponse put = put(item("new", "like7"));
        assertThat(put.getRevision()).isEqualTo(1);
        assertThat(put.getAddedCount()).isEqualTo(1);
        assertThat(put.getModel().getVersion()).isEqualTo(before.getModel().getVersion());
        assertThat(put.getModel().getDigest()).isNotEqualTo(before.getModel().getDigest());
        var after = describe();
        assertThat(after.getModel()).isEqualTo(put.getModel());
        assertThat(after.getItemCount()).isEqualTo(before.getItemCount() + 1);
        assertThat(after.getAddedItemCount()).isEqualTo(1);
        assertThat(after.getRevision()).isEqualTo(1);
        assertThat(after.getItemIndexHash()).isNotEqualTo(before.getItemIndexHash());

        assertThat(raw("new")).isEqualTo((float) TOY.raw(HISTORY, 7), within(1e-4f));
        assertThat(raw(id(7))).isEqualTo(raw("new"), within(1e-5f));
        assertThat(state("new")).isEqualTo(state(id(7)));
        var actions =
                running.environment()
                        .augmentActions(
                                AugmentActionsRequest.newBuilder()
                                        .setAugmentation(
                                                Augmentation.newBuilder()
                                                        .setActions(TOY.items() + 1 - 2)
                                                        .setCandidates(TOY.items() + 1))
                                        .addQueries(
                                                AugmentQuery.newBuilder()
                                                        .addAllHistoryItemIds(ids(HISTORY)))
                                        .build())
                        .getResults(0)
                        .getActionsList();
        assertThat(actions)
                .extracting(action -> action.getReward().getItemId())
                .contains("new", id(7));
    }

    @Test
    void put_sameIdAgain_takesTheNewTextAndKeepsItsPlace() {
        put(item("a", "like7"), item("b", "like8"));
        var again = put(item("a", "like9"), item("c", "like3"));
        assertThat(again.getAddedCount()).isEqualTo(1);
        assertThat(again.getUpdatedCount()).isEqualTo(1);
        assertThat(raw("a")).isEqualTo((float) TOY.raw(HISTORY, 9), within(1e-4f));
        assertThat(raw("b")).isEqualTo((float) TOY.raw(HISTORY, 8), within(1e-4f));
        assertThat(raw("c")).isEqualTo((float) TOY.raw(HISTORY, 3), within(1e-4f));
    }

    @Test
    void put_sameRequestAgain_changesNothing() {
        var request = PutItemsRequest.newBuilder().setRequestId("r1").addItems(item("a", "like7"));
        var first = running.environment().putItems(request.build());
        put(item("b", "like2"));
        var repeat = running.environment().putItems(request.build());
        assertThat(repeat.getRevision()).isEqualTo(first.getRevision()).isEqualTo(1);
        assertThat(describe().getRevision()).isEqualTo(2);
    }

    @Test
    void put_thenRestart_servesTheSameCatalogue() throws Exception {
        put(item("a", "like7"), item("b", "like8 like9"));
        var before = describe();
        float raw = raw("b");
        running.close();
        running = Running.start(Running.settings(folder.resolve("data")));
        assertThat(describe().getModel()).isEqualTo(before.getModel());
        assertThat(describe().getItemIndexHash()).isEqualTo(before.getItemIndexHash());
        assertThat(raw("b")).isEqualTo(raw);
    }

    @Test
    void put_killedBeforeTheRename_leavesTheRevisionBefore() throws Exception {
        put(item("a", "like7"));
        running.close();
        Path kept = folder.resolve("data/revisions").resolve(bundle.digest() + ".revision");
        Files.write(kept.resolveSibling("." + kept.getFileName() + ".part"), new byte[] {1, 2});
        running = Running.start(Running.settings(folder.resolve("data")));
        assertThat(describe().getRevision()).isEqualTo(1);
        assertThat(put(item("b", "like8")).getRevision()).isEqualTo(2);
    }

    @Test
    void start_damagedRevision_isToldAndNothingIsServedUnderItsName() throws Exception {
        put(item("a", "like7"));
        running.close();
        Path kept = folder.resolve("data/revisions").resolve(bundle.digest() + ".revision");
        byte[] content = Files.readAllBytes(kept);
        content[content.length / 2] ^= 1;
        Files.write(kept, content);
        running = Running.start(Running.settings(folder.resolve("data")));
        var refused = catchThrowableOfType(StatusRuntimeException.class, this::describe);
        assertThat(refused).hasMessageContaining("no version of environment is live");
    }

    @Test
    void activate_anotherVersion_beginsWithoutThem_andTheFirstHasThemStill() throws Exception {
        put(item("a", "like7"));
        long second = running.upload(ToyText.write(folder.resolve("second"), TOY.withShift(0.25f)));
        running.activate(second);
        assertThat(describe().getAddedItemCount()).isZero();
        assertThat(refusal(() -> raw("a"))).contains("'a'");
        running.activate(second - 1);
        assertThat(describe().getAddedItemCount()).isEqualTo(1);
    }

    @Test
    void replica_takesTheRevision_andAnswersUnderTheSameDigest() throws Exception {
        put(item("a", "like7"));
        var model = put(item("b", "like8")).getModel();
        var content = download(running);
        try (var other = Running.start(Running.settings(folder.resolve("other")))) {
            other.activate(other.upload(bundle));
            assertThat(upload(other, content).getModel().getDigest()).isEqualTo(model.getDigest());
            assertThat(upload(other, content).getRevision()).isEqualTo(2);
            assertThat(
                            other.environment()
                                    .getEnvironment(GetEnvironmentRequest.getDefaultInstance())
                                    .getAddedItemCount())
                    .isEqualTo(2);
            var older = download(running);
            var _ =
                    other.environment()
                            .putItems(
                                    PutItemsRequest.newBuilder()
                                            .addItems(item("c", "like1"))
                                            .build());
            assertThat(refusal(() -> upload(other, older)))
                    .contains("revision 2 was sent but revision 3 is here");
            assertThat(refusal(() -> upload(other, older.substring(0, older.size() / 2))))
                    .contains("SHA-256");
        }
    }

    @Test
    void put_badRequests_nameWhatIsWrong_andChangeNothing() {
        assertThat(refusal(() -> put())).contains("items held must be in [1, 1000] but is 0");
        assertThat(refusal(() -> put(item("", "like1")))).contains("items[0].item_id");
        assertThat(refusal(() -> put(item("x".repeat(257), "like1")))).contains("257");
        assertThat(refusal(() -> put(item("a", "like1"), item("a", "like2"))))
                .contains("items[1].item_id 'a' stands there twice");
        assertThat(refusal(() -> put(item("fine", "like1"), item("b", " "))))
                .contains("items[1].columns holds no text");
        assertThat(refusal(() -> put(item("a", "like1 ".repeat(3000))))).contains("16384");
        assertThat(refusal(() -> put(item(id(3), "like1"))))
                .contains("'item-3' is an item that the live version was fitted on");
        assertThat(
                        refusal(() ->
                                running.environment()
                                        .putItems(
                                                PutItemsRequest.newBuilder()
                                                        .addItems(item("a", "like1"))
                                                        .setVersion(
                                                                VersionPin.newBuilder()
                                                                        .setExpectedVersion(9))
                                                        .build())))
                .contains("version 9");
        assertThat(describe().getRevision()).isZero();
    }

    @Test
    void put_versionWithoutTextModel_isRefused() throws Exception {
        running.activate(running.upload(ToyBundle.write(folder.resolve("plain"), TOY)));
        assertThat(refusal(() -> put(item("a", "like1")))).contains("without a text model");
    }

    @Test
    void put_underLoad_failsNoCall_andEveryAnswerIsOfTheCatalogueItNames() throws Exception {
        Set<String> wrong = ConcurrentHashMap.newKeySet();
        var stop = new AtomicBoolean();
        List<Thread> callers =
                IntStream.range(0, 3)
                        .mapToObj(n ->
                                Thread.ofPlatform()
                                        .start(() -> {
                                            while (!stop.get()) {
                                                try {
                                                    float raw = raw(id(5 + n));
                                                    if (Math.abs(raw - TOY.raw(HISTORY, 5 + n))
                                                            > 1e-4) {
                                                        wrong.add("raw " + raw);
                                                    }
                                                } catch (RuntimeException e) {
                                                    wrong.add(e.toString());
                                                }
                                            }
                                        }))
                        .toList();
        for (int i = 0; i < 20; i++) {
            put(item("new-" + i, "like" + i % TOY.items()));
            assertThat(raw("new-" + i))
                    .isEqualTo((float) TOY.raw(HISTORY, i % TOY.items()), within(1e-4f));
        }
        stop.set(true);
        for (Thread caller : callers) {
            caller.join();
        }
        assertThat(wrong).isEmpty();
        assertThat(describe().getAddedItemCount()).isEqualTo(20);
    }

    private static NewItem item(String id, String text) {
        return NewItem.newBuilder()
                .setItemId(id)
                .addColumns(TextColumn.newBuilder().setName("title").setText(text))
                .build();
    }

    private PutItemsResponse put(NewItem... items) {
        return running.environment()
                .putItems(PutItemsRequest.newBuilder().addAllItems(List.of(items)).build());
    }

    private GetEnvironmentResponse describe() {
        return running.environment().getEnvironment(GetEnvironmentRequest.getDefaultInstance());
    }

    private float raw(String candidate) {
        return running.environment()
                .scoreActions(
                        ScoreActionsRequest.newBuilder()
                                .addQueries(
                                        ScoreQuery.newBuilder()
                                                .addAllHistoryItemIds(ids(HISTORY))
                                                .addCandidateItemIds(candidate))
                                .build())
                .getResults(0)
                .getRewards(0)
                .getRaw();
    }

    private ByteString state(String last) {
        return running.environment()
                .getStates(
                        GetStatesRequest.newBuilder()
                                .addQueries(
                                        StateQuery.newBuilder()
                                                .addAllHistoryItemIds(ids(HISTORY))
                                                .addHistoryItemIds(last))
                                .build())
                .getResults(0)
                .getStates()
                .getPacked();
    }

    private static String refusal(Runnable call) {
        return catchThrowableOfType(StatusRuntimeException.class, call::run).getMessage();
    }

    private static ByteString download(Running from) {
        var all = ByteString.newOutput();
        from.repository()
                .downloadRevision(DownloadRevisionRequest.getDefaultInstance())
                .forEachRemaining(part -> {
                    try {
                        part.getData().writeTo(all);
                    } catch (java.io.IOException e) {
                        throw new AssertionError(e);
                    }
                });
        return all.toByteString();
    }

    private static UploadRevisionResponse upload(Running to, ByteString content) {
        var response = new CompletableFuture<UploadRevisionResponse>();
        var requests =
                ModelRepositoryServiceGrpc.newStub(to.channel())
                        .uploadRevision(
                                new StreamObserver<>() {
                                    @Override
                                    public void onNext(UploadRevisionResponse value) {
                                        response.complete(value);
                                    }

                                    @Override
                                    public void onError(Throwable problem) {
                                        response.completeExceptionally(problem);
                                    }

                                    @Override
                                    public void onCompleted() {}
                                });
        for (int from = 0; from < content.size(); from += 500) {
            requests.onNext(
                    UploadRevisionRequest.newBuilder()
                            .setData(content.substring(from, Math.min(content.size(), from + 500)))
                            .build());
        }
        requests.onCompleted();
        try {
            return response.get(20, TimeUnit.SECONDS);
        } catch (java.util.concurrent.ExecutionException e) {
            throw (StatusRuntimeException) e.getCause();
        } catch (InterruptedException | java.util.concurrent.TimeoutException e) {
            throw new AssertionError(e);
        }
    }
}
