package dev.lea.environment;

import static dev.lea.environment.toy.ToyBundle.ids;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.lea.environment.toy.ToyEnvironment;
import dev.lea.proto.common.v1.VersionPin;
import dev.lea.proto.environment.v1.AnnotateRequest;
import dev.lea.proto.environment.v1.AnnotateResponse;
import dev.lea.proto.environment.v1.Augmentation;
import dev.lea.proto.environment.v1.EnvironmentServiceGrpc;
import dev.lea.proto.environment.v1.RewardSource;
import dev.lea.proto.environment.v1.ScoreActionsRequest;
import dev.lea.proto.environment.v1.ScoreQuery;
import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class AnnotateTest {
    private static final ToyEnvironment TOY = ToyEnvironment.SMALL;

    @TempDir static Path folder;

    private static Running running;

    /// What one stream gave, and how it ended.
    private record Outcome(List<AnnotateResponse> answers, Status end) {}

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
    void annotate_manySequences_answersEachInOrderWithAllItsParts() throws Exception {
        var random = new Random(1);
        List<AnnotateRequest> requests = new ArrayList<>();
        List<int[]> sequences = new ArrayList<>();
        for (int i = 0; i < 30; i++) {
            int[] items = random.ints(1 + random.nextInt(12), 0, 20).toArray();
            sequences.add(items);
            requests.add(request("user " + i, items).build());
        }
        Outcome outcome = annotate(requests);
        assertThat(outcome.end().isOk()).isTrue();
        assertThat(outcome.answers()).hasSize(30);
        for (int i = 0; i < 30; i++) {
            AnnotateResponse answer = outcome.answers().get(i);
            int[] items = sequences.get(i);
            assertThat(answer.getSequenceId()).isEqualTo("user " + i);
            assertThat(answer.getModel().getVersion()).isEqualTo(1);
            assertThat(answer.getStates().getCount()).isEqualTo(items.length + 1);
            assertThat(answer.getStates().getPacked().size()).isEqualTo((items.length + 1) * 4 * 4);
            assertThat(answer.getPositiveActionsCount()).isEqualTo(items.length);
            for (int t = 0; t < items.length; t++) {
                int[] history = IntStream.of(items).limit(t).toArray();
                var reward = answer.getRewards(t);
                assertThat(reward.getItemId()).isEqualTo("item-" + items[t]);
                assertThat(reward.getSource()).isEqualTo(RewardSource.REWARD_SOURCE_MODEL);
                assertThat((double) reward.getReward())
                        .isCloseTo(TOY.reward(history, items[t]), within(2e-5));
                var actions = answer.getPositiveActions(t);
                assertThat(actions.getActionsCount()).isEqualTo(2);
                assertThat(actions.getNextStates().getCount()).isEqualTo(2);
                assertThat(actions.getActionsList())
                        .noneMatch(a ->
                                ids(history).contains(a.getReward().getItemId())
                                        || a.getReward().getItemId().equals(reward.getItemId()));
            }
        }
    }

    @Test
    void annotate_theSameMessageAgain_givesTheSameBytes_whateverElseRuns() throws Exception {
        int[] items = new Random(2).ints(25, 0, 20).toArray();
        AnnotateRequest request = request("user", items).build();
        var alone = annotate(List.of(request)).answers().getFirst().toByteString();
        List<AnnotateRequest> crowd = new ArrayList<>(Collections.nCopies(9, request));
        for (int i = 0; i < 20; i++) {
            crowd.add(i, request("other", i % 20, (3 * i) % 20, 7).build());
        }
        var other = new CompletableFuture<Outcome>();
        Thread.ofVirtual().start(() -> other.complete(annotateQuietly(crowd)));
        for (int i = 0; i < 20; i++) {
            var _ =
                    running.environment()
                            .scoreActions(
                                    ScoreActionsRequest.newBuilder()
                                            .addQueries(
                                                    ScoreQuery.newBuilder()
                                                            .addAllHistoryItemIds(ids(items))
                                                            .addCandidateItemIds("item-" + i))
                                            .build());
        }
        List<AnnotateResponse> answers = other.get(30, TimeUnit.SECONDS).answers();
        assertThat(answers).hasSize(29);
        assertThat(answers)
                .filteredOn(answer -> answer.getSequenceId().equals("user"))
                .hasSize(9)
                .allMatch(answer -> answer.toByteString().equals(alone));
    }

    @Test
    void annotate_withoutAugmentation_givesStatesAndRewardsAlone() throws Exception {
        var request = AnnotateRequest.newBuilder().addAllItemIds(ids(1, 2, 3)).build();
        AnnotateResponse answer = annotate(List.of(request)).answers().getFirst();
        assertThat(answer.getStates().getCount()).isEqualTo(4);
        assertThat(answer.getRewardsCount()).isEqualTo(3);
        assertThat(answer.getPositiveActionsCount()).isZero();
    }

    @Test
    void annotate_anUnsoundMessage_endsTheStreamAfterTheAnswersBeforeIt() throws Exception {
        AnnotateRequest good = request("good", 1, 2).build();
        assertEnd(
                List.of(good, good, request("bad").addItemIds("who?").build(), good),
                2,
                Status.Code.INVALID_ARGUMENT,
                "item_ids holds 'who?', which is not in the catalogue of 20 items");
        assertEnd(
                List.of(good, request("empty").build()),
                1,
                Status.Code.INVALID_ARGUMENT,
                "ids in item_ids must be in [1, 10000] but is 0");
        assertEnd(
                List.of(
                        good.toBuilder()
                                .setVersion(VersionPin.newBuilder().setExpectedVersion(9))
                                .build()),
                0,
                Status.Code.FAILED_PRECONDITION,
                "version 9 of environment was expected but version 1 is live");
        assertEnd(
                List.of(
                        good.toBuilder()
                                .setAugmentation(Augmentation.newBuilder().setActions(-1))
                                .build()),
                0,
                Status.Code.INVALID_ARGUMENT,
                "augmentation.actions must be in [1, 100] but is -1");
        assertThat(annotate(List.of()).end().isOk()).isTrue();
    }

    private static void assertEnd(
            List<AnnotateRequest> requests, int answers, Status.Code code, String message)
            throws Exception {
        Outcome outcome = annotate(requests);
        assertThat(outcome.answers()).hasSize(answers);
        assertThat(outcome.end().getCode()).isEqualTo(code);
        assertThat(outcome.end().getDescription()).isEqualTo(message);
    }

    private static AnnotateRequest.Builder request(String id, int... items) {
        return AnnotateRequest.newBuilder()
                .setSequenceId(id)
                .addAllItemIds(ids(items))
                .setAugmentation(Augmentation.newBuilder().setActions(2).setCandidates(6));
    }

    private static Outcome annotateQuietly(List<AnnotateRequest> requests) {
        try {
            return annotate(requests);
        } catch (Exception e) {
            return new Outcome(List.of(), Status.fromThrowable(e));
        }
    }

    private static Outcome annotate(List<AnnotateRequest> requests) throws Exception {
        var end = new CompletableFuture<Status>();
        List<AnnotateResponse> answers = Collections.synchronizedList(new ArrayList<>());
        var out =
                EnvironmentServiceGrpc.newStub(running.channel())
                        .annotate(
                                new StreamObserver<>() {
                                    @Override
                                    public void onNext(AnnotateResponse answer) {
                                        answers.add(answer);
                                    }

                                    @Override
                                    public void onError(Throwable problem) {
                                        end.complete(Status.fromThrowable(problem));
                                    }

                                    @Override
                                    public void onCompleted() {
                                        end.complete(Status.OK);
                                    }
                                });
        requests.forEach(out::onNext);
        out.onCompleted();
        return new Outcome(answers, end.get(30, TimeUnit.SECONDS));
    }
}
