package dev.lea.environment;

import static dev.lea.environment.toy.ToyBundle.ids;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import dev.lea.environment.toy.ToyEnvironment;
import dev.lea.proto.common.v1.EmbeddingFormat;
import dev.lea.proto.environment.v1.GetStatesRequest;
import dev.lea.proto.environment.v1.ScoreActionsRequest;
import dev.lea.proto.environment.v1.ScoreQuery;
import dev.lea.proto.environment.v1.StateQuery;
import dev.lea.proto.inference.GRPCInferenceServiceGrpc;
import dev.lea.proto.inference.InferParameter;
import dev.lea.proto.inference.InferTensorContents;
import dev.lea.proto.inference.ModelInferRequest;
import dev.lea.proto.inference.ModelInferResponse;
import dev.lea.proto.inference.ServerReadyRequest;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// States and rewards by the Open Inference Protocol: the same as by the environment's own calls.
@Timeout(60)
class EnvironmentInferenceTest {
    @TempDir private Path folder;

    @Test
    void infer_histories_givesTheirStates() throws Exception {
        try (var running = started()) {
            var answer =
                    infer(
                            running,
                            request()
                                    .addInputs(
                                            tensor(
                                                    "history_item_ids",
                                                    2,
                                                    "item-1",
                                                    "item-2",
                                                    "item-3",
                                                    "")));

            assertThat(answer.getOutputsList())
                    .extracting(output -> output.getName())
                    .containsExactly("states");
            assertThat(answer.getOutputs(0).getContents().getFp32ContentsList())
                    .isEqualTo(states(running, ids(1, 2), ids(3)));
            assertThat(answer.getOutputs(0).getShape(0)).isEqualTo(2);
            assertThat(
                            GRPCInferenceServiceGrpc.newBlockingStub(running.channel())
                                    .serverReady(ServerReadyRequest.getDefaultInstance())
                                    .getReady())
                    .isTrue();
        }
    }

    @Test
    void infer_candidates_givesTheirRewardsInTheirPlaces() throws Exception {
        try (var running = started()) {
            var answer =
                    infer(
                            running,
                            request()
                                    .addInputs(tensor("history_item_ids", 1, "item-1", "item-2"))
                                    .addInputs(
                                            tensor(
                                                    "candidate_item_ids",
                                                    1,
                                                    "item-5",
                                                    "lost",
                                                    "item-4"))
                                    .putParameters(
                                            "unknown_items",
                                            InferParameter.newBuilder()
                                                    .setStringParam("skip")
                                                    .build()));

            List<Float> rewards = answer.getOutputs(0).getContents().getFp32ContentsList();
            assertThat(answer.getOutputs(0).getName()).isEqualTo("rewards");
            assertThat(rewards.get(0)).isEqualTo(reward(running, "item-5"));
            assertThat(rewards.get(1)).isNaN();
            assertThat(rewards.get(2)).isEqualTo(reward(running, "item-4"));
        }
    }

    @Test
    void infer_rewardsWithoutCandidates_isRefused() throws Exception {
        try (var running = started()) {
            var request =
                    request()
                            .addInputs(tensor("history_item_ids", 1, "item-1"))
                            .addOutputs(
                                    ModelInferRequest.InferRequestedOutputTensor.newBuilder()
                                            .setName("rewards"));

            assertThatThrownBy(() -> infer(running, request))
                    .hasMessageContaining("INVALID_ARGUMENT")
                    .hasMessageContaining("rewards needs the input candidate_item_ids");
        }
    }

    private Running started() throws Exception {
        var running = Running.start(Running.settings(folder.resolve("data")));
        running.publish(folder.resolve("bundle"), ToyEnvironment.SMALL);
        return running;
    }

    private static ModelInferResponse infer(Running running, ModelInferRequest.Builder request) {
        return GRPCInferenceServiceGrpc.newBlockingStub(running.channel())
                .modelInfer(request.build());
    }

    @SafeVarargs
    private static List<Float> states(Running running, List<String>... histories) {
        var request =
                GetStatesRequest.newBuilder().setFormat(EmbeddingFormat.EMBEDDING_FORMAT_VALUES);
        for (List<String> history : histories) {
            request.addQueries(StateQuery.newBuilder().addAllHistoryItemIds(history));
        }
        return running.environment().getStates(request.build()).getResultsList().stream()
                .flatMap(result -> result.getStates().getValuesList().stream())
                .toList();
    }

    private static float reward(Running running, String candidate) {
        return running.environment()
                .scoreActions(
                        ScoreActionsRequest.newBuilder()
                                .addQueries(
                                        ScoreQuery.newBuilder()
                                                .addAllHistoryItemIds(ids(1, 2))
                                                .addCandidateItemIds(candidate))
                                .build())
                .getResults(0)
                .getRewards(0)
                .getReward();
    }

    private static ModelInferRequest.Builder request() {
        return ModelInferRequest.newBuilder().setModelName("environment");
    }

    private static ModelInferRequest.InferInputTensor.Builder tensor(
            String name, int rows, String... ids) {
        var contents = InferTensorContents.newBuilder();
        for (String id : ids) {
            contents.addBytesContents(ByteString.copyFromUtf8(id));
        }
        return ModelInferRequest.InferInputTensor.newBuilder()
                .setName(name)
                .setDatatype("BYTES")
                .addShape(rows)
                .addShape(ids.length / rows)
                .setContents(contents);
    }
}
