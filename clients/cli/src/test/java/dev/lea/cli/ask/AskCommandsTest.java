package dev.lea.cli.ask;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Timestamp;
import dev.lea.cli.CommandLineOfTests;
import dev.lea.proto.agent.v1.AgentServiceGrpc.AgentServiceImplBase;
import dev.lea.proto.agent.v1.RecommendRequest;
import dev.lea.proto.agent.v1.RecommendResponse;
import dev.lea.proto.agent.v1.Recommendation;
import dev.lea.proto.agent.v1.RecordFeedbackRequest;
import dev.lea.proto.agent.v1.RecordFeedbackResponse;
import dev.lea.proto.agent.v1.ScoreItemsRequest;
import dev.lea.proto.agent.v1.ScoreItemsResponse;
import dev.lea.proto.agent.v1.ScoredItem;
import dev.lea.proto.common.v1.Embeddings;
import dev.lea.proto.common.v1.ModelVersion;
import dev.lea.proto.common.v1.UnknownItems;
import dev.lea.proto.environment.v1.AugmentActionsRequest;
import dev.lea.proto.environment.v1.AugmentActionsResponse;
import dev.lea.proto.environment.v1.AugmentResult;
import dev.lea.proto.environment.v1.EnvironmentServiceGrpc.EnvironmentServiceImplBase;
import dev.lea.proto.environment.v1.GetStatesRequest;
import dev.lea.proto.environment.v1.GetStatesResponse;
import dev.lea.proto.environment.v1.PositiveAction;
import dev.lea.proto.environment.v1.Reward;
import dev.lea.proto.environment.v1.RewardSource;
import dev.lea.proto.environment.v1.ScoreActionsRequest;
import dev.lea.proto.environment.v1.ScoreActionsResponse;
import dev.lea.proto.environment.v1.ScoreResult;
import dev.lea.proto.environment.v1.StateResult;
import dev.lea.proto.trainer.v1.CancelRunRequest;
import dev.lea.proto.trainer.v1.CancelRunResponse;
import dev.lea.proto.trainer.v1.CreateRunRequest;
import dev.lea.proto.trainer.v1.CreateRunResponse;
import dev.lea.proto.trainer.v1.ListRunsRequest;
import dev.lea.proto.trainer.v1.ListRunsResponse;
import dev.lea.proto.trainer.v1.PublishedVersion;
import dev.lea.proto.trainer.v1.RecommenderReport;
import dev.lea.proto.trainer.v1.Run;
import dev.lea.proto.trainer.v1.RunSpec;
import dev.lea.proto.trainer.v1.RunState;
import dev.lea.proto.trainer.v1.Stage;
import dev.lea.proto.trainer.v1.TrainerServiceGrpc.TrainerServiceImplBase;
import dev.lea.proto.trainer.v1.WatchRunRequest;
import dev.lea.proto.trainer.v1.WatchRunResponse;
import io.grpc.Grpc;
import io.grpc.InsecureServerCredentials;
import io.grpc.Server;
import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// The commands against servers that answer what they always answer, and remember what they were asked.
@Timeout(60)
class AskCommandsTest {
    private static final ModelVersion MODEL =
            ModelVersion.newBuilder()
                    .setName("policy")
                    .setVersion(3)
                    .setDigest("9c1f0c7a2b41".repeat(5))
                    .build();
    private static final Run RUN =
            Run.newBuilder()
                    .setRunId("r-1")
                    .setSpec(RunSpec.newBuilder().setDataPath("/data/shop"))
                    .setState(RunState.RUN_STATE_SUCCEEDED)
                    .setCreateTime(Timestamp.newBuilder().setSeconds(1_700_000_000))
                    .setEndTime(Timestamp.newBuilder().setSeconds(1_700_000_065))
                    .addStages(
                            Stage.newBuilder()
                                    .setName("read data")
                                    .setDone(20)
                                    .setTotal(20)
                                    .setUnit("rows")
                                    .setSeconds(1.25)
                                    .setComplete(true))
                    .addRecommenders(
                            RecommenderReport.newBuilder()
                                    .setName("SASRec")
                                    .putMetrics("test.ndcg@10", 0.0688)
                                    .setWinner(true))
                    .addPublished(
                            PublishedVersion.newBuilder().setRecommender("SASRec").setModel(MODEL))
                    .build();

    private static final AtomicReference<Object> ASKED = new AtomicReference<>();

    private static <R> void answer(StreamObserver<R> out, Object asked, R answer) {
        ASKED.set(asked);
        out.onNext(answer);
        out.onCompleted();
    }

    private static final class Agent extends AgentServiceImplBase {
        @Override
        public void recommend(RecommendRequest request, StreamObserver<RecommendResponse> out) {
            if (request.getHistoryItemIdsList().contains("nobody")) {
                out.onError(
                        Status.INVALID_ARGUMENT
                                .withDescription("history_item_ids holds 'nobody'")
                                .asRuntimeException());
                return;
            }
            answer(
                    out,
                    request,
                    RecommendResponse.newBuilder()
                            .setModel(MODEL)
                            .setRecommendationId("abc-1")
                            .addSkippedItemIds("i99")
                            .addItems(
                                    Recommendation.newBuilder()
                                            .setItemId("i2")
                                            .setScore(1.5f)
                                            .setPropensity(0.25f))
                            .addItems(
                                    Recommendation.newBuilder()
                                            .setItemId("i3")
                                            .setScore(-0.5f)
                                            .setPropensity(0.5f))
                            .build());
        }

        @Override
        public void scoreItems(ScoreItemsRequest request, StreamObserver<ScoreItemsResponse> out) {
            answer(
                    out,
                    request,
                    ScoreItemsResponse.newBuilder()
                            .setModel(MODEL)
                            .addItems(ScoredItem.newBuilder().setItemId("i2").setScore(0.75f))
                            .build());
        }

        @Override
        public void recordFeedback(
                RecordFeedbackRequest request, StreamObserver<RecordFeedbackResponse> out) {
            answer(out, request, RecordFeedbackResponse.getDefaultInstance());
        }
    }

    private static final class Environment extends EnvironmentServiceImplBase {
        private static final Reward REWARD =
                Reward.newBuilder()
                        .setItemId("i2")
                        .setReward(0.875f)
                        .setRaw(2)
                        .setSource(RewardSource.REWARD_SOURCE_CACHE)
                        .build();

        @Override
        public void getStates(GetStatesRequest request, StreamObserver<GetStatesResponse> out) {
            answer(
                    out,
                    request,
                    GetStatesResponse.newBuilder()
                            .setModel(MODEL)
                            .addResults(
                                    StateResult.newBuilder()
                                            .setStates(
                                                    Embeddings.newBuilder()
                                                            .setCount(2)
                                                            .setDimension(2)
                                                            .addValues(3)
                                                            .addValues(4)
                                                            .addValues(4)
                                                            .addValues(3)))
                            .build());
        }

        @Override
        public void scoreActions(
                ScoreActionsRequest request, StreamObserver<ScoreActionsResponse> out) {
            answer(
                    out,
                    request,
                    ScoreActionsResponse.newBuilder()
                            .setModel(MODEL)
                            .addResults(ScoreResult.newBuilder().addRewards(REWARD))
                            .build());
        }

        @Override
        public void augmentActions(
                AugmentActionsRequest request, StreamObserver<AugmentActionsResponse> out) {
            answer(
                    out,
                    request,
                    AugmentActionsResponse.newBuilder()
                            .setModel(MODEL)
                            .addResults(
                                    AugmentResult.newBuilder()
                                            .addActions(
                                                    PositiveAction.newBuilder()
                                                            .setReward(REWARD)
                                                            .setSimilarity(0.5f)))
                            .build());
        }
    }

    private static final class Trainer extends TrainerServiceImplBase {
        @Override
        public void createRun(CreateRunRequest request, StreamObserver<CreateRunResponse> out) {
            answer(out, request, CreateRunResponse.newBuilder().setRun(RUN).build());
        }

        @Override
        public void listRuns(ListRunsRequest request, StreamObserver<ListRunsResponse> out) {
            answer(out, request, ListRunsResponse.newBuilder().addRuns(RUN).build());
        }

        @Override
        public void cancelRun(CancelRunRequest request, StreamObserver<CancelRunResponse> out) {
            answer(
                    out,
                    request,
                    CancelRunResponse.newBuilder()
                            .setRun(RUN.toBuilder().setState(RunState.RUN_STATE_CANCELLED))
                            .build());
        }

        @Override
        public void watchRun(WatchRunRequest request, StreamObserver<WatchRunResponse> out) {
            Run ended =
                    request.getRunId().equals("failed")
                            ? RUN.toBuilder()
                                    .setState(RunState.RUN_STATE_FAILED)
                                    .setFailure("too little data")
                                    .build()
                            : RUN;
            answer(out, request, WatchRunResponse.newBuilder().setRun(ended).build());
        }
    }

    @TempDir Path folder;
    private final CommandLineOfTests lea = new CommandLineOfTests();
    private Server server;
    private int port;

    @BeforeEach
    void start() throws IOException {
        server =
                Grpc.newServerBuilderForPort(0, InsecureServerCredentials.create())
                        .addService(new Agent())
                        .addService(new Environment())
                        .addService(new Trainer())
                        .build()
                        .start();
        port = server.getPort();
        Files.writeString(
                folder.resolve("items.tsv"), "item\ttitle\ni1\tA bolt\ni2\tA jazz record\n");
        Files.writeString(
                folder.resolve("interactions.tsv"),
                "user\titem\ttimestamp\nu7\ti2\t9\nu8\ti9\t1\nu7\ti1\t2.5\nu7\ti3\tnever\n");
    }

    @AfterEach
    void stop() {
        server.shutdownNow();
    }

    @Test
    void recommend_showsItemsWithTitlesAndScores() {
        assertThat(run("recommend", "i1", "--data", folder.toString(), "-k", "2")).isZero();
        assertThat(lea.out())
                .contains("A bolt")
                .containsPattern("1 +i2 +A jazz record +1\\.5000\n")
                .containsPattern("2 +i3 +-0\\.5000\n")
                .contains("unknown and left out: i99")
                .contains("by policy 3 (9c1f0c7a2b41…), recommendation abc-1")
                .doesNotContain("chance", "\u001b");
        var asked = (RecommendRequest) ASKED.get();
        assertThat(asked.getHistoryItemIdsList()).containsExactly("i1");
        assertThat(asked.getK()).isEqualTo(2);
        assertThat(asked.hasExploration()).isFalse();
        assertThat(asked.getUnknownItems()).isEqualTo(UnknownItems.UNKNOWN_ITEMS_ERROR);
    }

    @Test
    void recommend_explored_showsChances() {
        assertThat(run("recommend", "--temperature", "0.5", "--seed", "7", "--skip-unknown"))
                .isZero();
        assertThat(lea.out()).contains("chance", "0.2500").doesNotContain("title");
        var asked = (RecommendRequest) ASKED.get();
        assertThat(asked.getExploration().getSeed()).isEqualTo(7);
        assertThat(asked.getUnknownItems()).isEqualTo(UnknownItems.UNKNOWN_ITEMS_SKIP);
    }

    @Test
    void history_isOfTheUserThenTheFileThenTheArguments() throws IOException {
        Path file = Files.writeString(folder.resolve("ids"), "i5\n\n i6 \r\n");
        assertThat(
                        run(
                                "recommend",
                                "i7",
                                "--history",
                                file.toString(),
                                "--history-of",
                                "u7",
                                "--data",
                                folder.toString()))
                .isZero();
        assertThat(((RecommendRequest) ASKED.get()).getHistoryItemIdsList())
                .containsExactly("i1", "i2", "i5", "i6", "i7");
    }

    @Test
    void json_isTheContractsMessage() {
        assertThat(run("recommend", "--json")).isZero();
        assertThat(lea.out().replaceAll("\\s", ""))
                .startsWith("{\"model\":{\"name\":\"policy\",\"version\":\"3\",")
                .contains("{\"item_id\":\"i2\",\"score\":1.5,\"propensity\":0.25}")
                .contains("\"recommendation_id\":\"abc-1\"");
    }

    @Test
    void score_asksThePolicy_orTheEnvironment() {
        assertThat(run("score", "--items", "i2,i3", "i1")).isZero();
        assertThat(lea.out()).containsPattern("i2 +0\\.7500");
        assertThat(((ScoreItemsRequest) ASKED.get()).getItemIdsList()).containsExactly("i2", "i3");
        assertThat(run("score", "--items", "i2", "--reward", "--environment", place())).isZero();
        assertThat(lea.out()).containsPattern("i2 +0\\.8750 +2\\.0000 +cache");
    }

    @Test
    void state_showsLengthAndCosine() {
        assertThat(run("state", "i1", "--prefixes")).isZero();
        assertThat(lea.out())
                .containsPattern("0 +5\\.0000 +- +\\+3\\.000 \\+4\\.000")
                .containsPattern("1 +i1 +5\\.0000 +0\\.9600")
                .contains("2 elements, by");
    }

    @Test
    void augment_showsPositiveActions() {
        assertThat(run("augment", "i1", "-n", "1")).isZero();
        assertThat(lea.out()).containsPattern("i2 +0\\.8750 +2\\.0000 +cache +0\\.5000");
    }

    @Test
    void feedback_isSent() {
        assertThat(run("feedback", "--user", "u7", "--purchase", "--recommendation", "abc-1", "i2"))
                .isZero();
        var asked = (RecordFeedbackRequest) ASKED.get();
        assertThat(asked.getRequestId()).isNotEmpty();
        assertThat(asked.getFeedback(0).getImpression().getRecommendationId()).isEqualTo("abc-1");
        assertThat(asked.getFeedback(0).getInteractions(0).getKindValue()).isEqualTo(2);
        assertThat(lea.out()).contains("kept");
    }

    @Test
    void runs_areListed_watched_andCancelled() {
        assertThat(run("runs")).isZero();
        assertThat(lea.out())
                .containsPattern("r-1 +succeeded +2023-11-14T22:13:20Z +1 min 05 s +3 +/data/shop");
        assertThat(run("watch")).isZero();
        assertThat(lea.out()).contains("0.0688", "published SASRec as policy 3");
        assertThat(run("watch", "failed")).isEqualTo(1);
        assertThat(lea.out()).contains("too little data");
        assertThat(run("watch", "--json")).isZero();
        assertThat(lea.out()).hasLineCount(1).contains("\"run_id\":\"r-1\"");
        assertThat(run("cancel", "r-1")).isZero();
        assertThat(lea.out()).contains("run r-1: cancelled");
    }

    @Test
    void train_startsARun_andFollowsIt() {
        assertThat(run("train", "--data", "shop", "--set", "agent.max_epochs=2")).isZero();
        assertThat(lea.out()).contains("run r-1", "published");
        assertThat(run("train", "--data", "shop", "--set", "agent.max_epochs=2", "--no-watch"))
                .isZero();
        var asked = (CreateRunRequest) ASKED.get();
        assertThat(asked.getSpec().getSettingsMap()).containsEntry("agent.max_epochs", "2");
        assertThat(asked.getSpec().getDataPath())
                .isEqualTo(Path.of("shop").toAbsolutePath().toString());
    }

    @Test
    void refusal_endsWithOne_andIsJsonWhereThatIsAskedFor() {
        assertThat(run("recommend", "nobody")).isEqualTo(1);
        assertThat(lea.err()).startsWith("lea: ").contains("INVALID_ARGUMENT", "'nobody'");
        assertThat(run("recommend", "nobody", "--json")).isEqualTo(1);
        assertThat(lea.out()).isEmpty();
        assertThat(lea.err()).startsWith("{\"error\":{\"code\":\"INVALID_ARGUMENT\",\"reason\":");
    }

    @Test
    void nobodyThere_endsWithThree_andSaysWhatToDo() {
        server.shutdownNow();
        assertThat(run("recommend", "--deadline", "2s")).isEqualTo(3);
        assertThat(lea.err()).contains("UNAVAILABLE", "is agent-server running there?");
        assertThat(run("status", "--environment", place(), "--trainer", place())).isEqualTo(3);
        assertThat(lea.out()).contains("does not answer");
    }

    @Test
    void wrongOptions_endWithTwo_andAreNamed() {
        assertThat(run("recommend", "--deadline", "soon")).isEqualTo(2);
        assertThat(lea.err()).contains("--deadline must be a time", "'soon'");
        assertThat(run("recommend", "--history-of", "u7")).isEqualTo(2);
        assertThat(lea.err()).contains("--history-of needs --data");
        assertThat(run("recommend", "--history-of", "u9", "--data", folder.toString()))
                .isEqualTo(2);
        assertThat(lea.err()).contains("knows no user 'u9'");
        assertThat(run("recommend", "--history", "/nowhere")).isEqualTo(2);
        assertThat(lea.err()).contains("/nowhere");
        assertThat(run("recommend", "--tls-certificate", "c.pem")).isEqualTo(2);
        assertThat(lea.err()).contains("needs its key");
        assertThat(run("recomend")).isEqualTo(2);
        assertThat(lea.err()).contains("lea recommend", "--help");
    }

    private String place() {
        return "127.0.0.1:" + port;
    }

    private int run(String... arguments) {
        var all = new ArrayList<>(List.of(arguments));
        all.addAll(1, List.of("--server", place()));
        return lea.run(all);
    }
}
