package dev.lea.trainer.annotation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lea.client.LeaException;
import dev.lea.proto.environment.v1.AnnotateRequest;
import dev.lea.proto.environment.v1.AnnotateResponse;
import dev.lea.proto.environment.v1.RewardSource;
import dev.lea.serving.Failure;
import dev.lea.serving.bundle.ItemIndex;
import dev.lea.trainer.net.Progress;
import io.grpc.Status;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.function.BiFunction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@Timeout(60)
class AnnotatorTest {
    private static final ItemIndex ITEMS = ItemIndex.of(List.of("a", "b", "c", "d"));
    private static final List<int[]> SEQUENCES =
            List.of(
                    new int[] {0, 2},
                    new int[] {3},
                    new int[] {2, 0, 3},
                    new int[] {0, 3},
                    new int[] {2});
    private static final Annotator.Patience HASTY =
            new Annotator.Patience(
                    Duration.ofMillis(20), Duration.ofMillis(100), Duration.ofMillis(50));

    @TempDir Path folder;

    private final List<String> waits = new ArrayList<>();

    @Test
    void run_serverThatIsWell_keepsEveryNumber() throws Exception {
        try (var store = open()) {
            assertThat(annotate(store, (request, _) -> FakeEnvironment.sound(request)))
                    .isEqualTo(SEQUENCES.size());
            AnnotatedSequence known = store.find(new int[] {2, 0, 3}).orElseThrow();
            assertThat(known.states()).containsExactly(0, 3, 1, 3, 2, 3, 3, 3);
            assertThat(known.rewards()).containsExactly(1f / 2, 1f / 3, 1f / 4);
            assertThat(known.positives())
                    .isDeepEqualTo(new int[][] {new int[] {1}, new int[] {1}, new int[] {1}});
            assertThat(known.positiveRewards()[1]).containsExactly(0.75f);
            assertThat(known.positiveStates()[2]).containsExactly(-2, 9);
        }
        assertThat(waits).containsOnly("");
    }

    @Test
    void run_storeThatHoldsAll_asksNothing() throws Exception {
        try (var store = open()) {
            annotate(store, (request, _) -> FakeEnvironment.sound(request));
        }
        try (var store = open()) {
            assertThat(annotate(store, (request, _) -> FakeEnvironment.sound(request))).isZero();
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = Status.Code.class,
            names = {"UNAVAILABLE", "CANCELLED", "DEADLINE_EXCEEDED"})
    void run_serverThatFailsHalfWay_goesOnAndAsksForTheRestAlone(Status.Code code)
            throws Exception {
        try (var store = open()) {
            int asked =
                    annotate(
                            store,
                            (request, number) -> {
                                if (number == 3) {
                                    throw FakeEnvironment.failing(
                                            code.toStatus().withDescription("going down"));
                                }
                                return FakeEnvironment.sound(request);
                            });
            assertThat(store.size()).isEqualTo(SEQUENCES.size());
            assertThat(asked).isGreaterThan(SEQUENCES.size()); // what was under way, again
        }
        assertThat(waits).anyMatch(w -> w.contains("going down")).last().isEqualTo("");
    }

    @Test
    void run_serverThatFallsSilent_asksAgain() throws Exception {
        try (var store = open()) {
            annotate(
                    store,
                    (request, number) -> number == 2 ? null : FakeEnvironment.sound(request));
            assertThat(store.size()).isEqualTo(SEQUENCES.size());
        }
        assertThat(waits).anyMatch(w -> w.contains("env-server"));
    }

    @Test
    void run_standInsForRewards_areAskedForAgainAndNeverKept() throws Exception {
        try (var store = open()) {
            annotate(
                    store,
                    (request, number) ->
                            number <= 7 && request.getItemIds(0).equals("c")
                                    ? FakeEnvironment.answer(
                                                    request,
                                                    FakeEnvironment.DIGEST,
                                                    RewardSource.REWARD_SOURCE_FALLBACK)
                                            .build()
                                    : FakeEnvironment.sound(request));
            assertThat(store.size()).isEqualTo(SEQUENCES.size());
        }
        assertThat(waits).anyMatch(w -> w.contains("stand-ins"));
    }

    @Test
    void run_anotherVersionAnswers_endsAndKeepsNothingOfIt() {
        try (var store = open()) {
            assertThatThrownBy(() ->
                            annotate(
                                    store,
                                    (request, _) ->
                                            FakeEnvironment.answer(
                                                            request,
                                                            "another",
                                                            RewardSource.REWARD_SOURCE_MODEL)
                                                    .build()))
                    .isInstanceOf(Failure.Conflict.class)
                    .hasMessageContaining("another")
                    .hasMessageContaining(FakeEnvironment.DIGEST);
            assertThat(store.size()).isZero();
        }
    }

    @Test
    void run_serverThatRefuses_endsWithItsWords() {
        try (var store = open()) {
            assertThatThrownBy(() ->
                            annotate(
                                    store,
                                    (_, _) -> {
                                        throw FakeEnvironment.failing(
                                                Status.INVALID_ARGUMENT.withDescription("no"));
                                    }))
                    .isInstanceOf(LeaException.class)
                    .hasMessageContaining("no");
        }
    }

    @Test
    void run_answersThatCannotBeRight_areRefusedByName() {
        assertWrong(
                request -> FakeEnvironment.sound(request).toBuilder().clearRewards().build(),
                "rewards must be 2 but is 0");
        assertWrong(
                request ->
                        change(request, answer -> answer.getRewardsBuilder(0).setReward(Float.NaN)),
                "the reward of 'a' must be in [0, 1] but is NaN");
        assertWrong(
                request -> change(request, answer -> answer.getStatesBuilder().setCount(2)),
                "states must be 3 but is 2");
        assertWrong(
                request ->
                        change(
                                request,
                                answer ->
                                        answer.getStatesBuilder()
                                                .setValues(0, Float.POSITIVE_INFINITY)),
                "states is Infinity");
        assertWrong(
                request ->
                        change(
                                request,
                                answer ->
                                        answer.getPositiveActionsBuilder(0)
                                                .getActionsBuilder(0)
                                                .getRewardBuilder()
                                                .setItemId("zebra")),
                "'zebra' is not in the catalogue");
        assertWrong(request -> change(request, answer -> answer.setSequenceId("77")), "'77'");
    }

    @Test
    void run_stoppedWhileItWaits_endsSoon() {
        try (var store = open();
                var server =
                        new FakeEnvironment((_, _) -> {
                            throw FakeEnvironment.failing(Status.UNAVAILABLE);
                        })) {
            Progress stopped =
                    (_, _, _) -> {
                        if (!waits.isEmpty()) {
                            throw new CancellationException("stopped");
                        }
                    };
            assertThatThrownBy(() -> annotator(server, store).run(SEQUENCES, stopped, waits::add))
                    .isInstanceOf(CancellationException.class);
        } catch (java.io.IOException e) {
            throw new AssertionError(e);
        }
    }

    private void assertWrong(
            java.util.function.Function<AnnotateRequest, AnnotateResponse> answer, String named) {
        try (var store = open()) {
            assertThatThrownBy(() -> annotate(store, (request, _) -> answer.apply(request)))
                    .isInstanceOf(Failure.Corrupt.class)
                    .hasMessageContaining(named);
            assertThat(store.size()).isZero();
        }
    }

    private static AnnotateResponse change(
            AnnotateRequest request, java.util.function.Consumer<AnnotateResponse.Builder> how) {
        var answer = FakeEnvironment.sound(request).toBuilder();
        how.accept(answer);
        return answer.build();
    }

    private AnnotationStore open() {
        return AnnotationStore.open(folder.resolve("annotations.mv"), FakeEnvironment.WIDTH);
    }

    /// @return requests that the server got
    private int annotate(
            AnnotationStore store, BiFunction<AnnotateRequest, Integer, AnnotateResponse> behaviour)
            throws Exception {
        try (var server = new FakeEnvironment(behaviour)) {
            annotator(server, store).run(SEQUENCES, (_, _, _) -> {}, waits::add);
            return server.asked();
        }
    }

    private static Annotator annotator(FakeEnvironment server, AnnotationStore store) {
        return new Annotator(
                server.client(),
                store,
                ITEMS,
                FakeEnvironment.DIGEST,
                new AnnotatorSettings(1, 3, 2),
                HASTY);
    }
}
