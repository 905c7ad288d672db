package dev.lea.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.google.protobuf.ByteString;
import dev.lea.proto.agent.v1.RecommendRequest;
import dev.lea.proto.agent.v1.RecommendResponse;
import dev.lea.proto.inference.GRPCInferenceServiceGrpc;
import dev.lea.proto.inference.InferParameter;
import dev.lea.proto.inference.InferTensorContents;
import dev.lea.proto.inference.ModelInferRequest;
import dev.lea.proto.inference.ModelInferResponse;
import dev.lea.serving.batch.BatchLimits;
import dev.lea.serving.onnx.Device;
import dev.lea.serving.rpc.RpcSettings;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// The policy by the Open Inference Protocol: the same answers as by its own service.
@Timeout(60)
class PolicyInferenceTest {
    private static final LinearPolicy POLICY = new LinearPolicy(30, 4, 0);

    @TempDir private Path folder;
    private AgentServer server;
    private TestClient client;
    private PublishedDefinition published;
    private long version;

    @BeforeEach
    void startServer() throws Exception {
        server =
                AgentServer.start(
                        new AgentSettings(
                                RpcSettings.DEFAULT,
                                folder.resolve("data"),
                                new BatchLimits(8, 64, 2),
                                1 << 20,
                                Device.CPU,
                                Optional.empty(),
                                Optional.empty()));
        client = new TestClient(server.port());
        published = new PublishedDefinition(client.channel());
        version = client.upload(TestBundles.write(folder.resolve("bundle"), POLICY));
    }

    @AfterEach
    void stopServer() {
        client.close();
        server.close();
    }

    @Test
    void serverAndModel_beforeAndAfterActivation_areReadyWhenAVersionIsLive() throws Exception {
        assertThat(yes("ServerLive", "", "live")).isTrue();
        assertThat(yes("ServerReady", "", "ready")).isFalse();
        assertThat(yes("ModelReady", "name: 'policy'", "ready")).isFalse();

        client.activate(version);

        assertThat(yes("ServerReady", "", "ready")).isTrue();
        assertThat(yes("ModelReady", "name: 'policy'", "ready")).isTrue();
        assertThat(yes("ModelReady", "name: 'policy' version: '" + version + "'", "ready"))
                .isTrue();
        assertThat(yes("ModelReady", "name: 'policy' version: '99'", "ready")).isFalse();
        assertThat(yes("ModelReady", "name: 'other'", "ready")).isFalse();
    }

    @Test
    void metadata_ofServerAndModel_saysWhatThereIs() throws Exception {
        client.activate(version);

        var ofServer = published.call("ServerMetadata", "");
        assertThat(PublishedDefinition.get(ofServer, "name")).isEqualTo("agent-server");
        assertThat((String) PublishedDefinition.get(ofServer, "version")).matches("\\d+\\..*");
        assertThat((List<?>) PublishedDefinition.get(ofServer, "extensions")).isEmpty();
        String ofModel = published.call("ModelMetadata", "name: 'policy'").toString();
        assertThat(ofModel)
                .contains(
                        "versions: \"" + version + "\"",
                        "name: \"history_item_ids\"",
                        "datatype: \"BYTES\"",
                        "name: \"propensities\"",
                        "optional_inputs");
    }

    @Test
    void infer_typedByThePublishedDefinition_answersAsRecommendDoes() throws Exception {
        client.activate(version);

        var answer =
                published.call(
                        "ModelInfer",
                        """
                        model_name: 'policy' id: 'mine'
                        parameters { key: 'k' value { int64_param: 3 } }
                        inputs {
                          name: 'history_item_ids' datatype: 'BYTES' shape: [2, 2]
                          contents { bytes_contents: ['item-1', 'item-2', 'item-7', ''] }
                        }
                        """);

        assertThat(PublishedDefinition.get(answer, "model_name")).isEqualTo("policy");
        assertThat(PublishedDefinition.get(answer, "model_version")).isEqualTo("" + version);
        assertThat(PublishedDefinition.get(answer, "id")).isEqualTo("mine");
        var parsed = ModelInferResponse.parseFrom(answer.toByteString());
        expectRow(parsed, 0, recommend(3, "item-1", "item-2"));
        expectRow(parsed, 1, recommend(3, "item-7"));
        assertThat(parsed.getOutputs(0).getShapeList()).containsExactly(2L, 3L);
    }

    @Test
    void infer_raw_answersRaw() throws Exception {
        client.activate(version);

        var answer =
                infer(
                        request()
                                .putParameters("k", number(2))
                                .addInputs(ids("history_item_ids", 1, 2).clearContents())
                                .addRawInputContents(raw("item-1", "item-2"))
                                .addOutputs(wanted("scores"))
                                .addOutputs(wanted("item_ids")));

        RecommendResponse due = recommend(2, "item-1", "item-2");
        assertThat(answer.getOutputsList())
                .extracting(output -> output.getName())
                .containsExactly("item_ids", "scores");
        assertThat(answer.getOutputsList()).noneMatch(output -> output.hasContents());
        assertThat(answer.getRawOutputContents(0))
                .isEqualTo(raw(due.getItems(0).getItemId(), due.getItems(1).getItemId()));
        var scores =
                answer.getRawOutputContents(1)
                        .asReadOnlyByteBuffer()
                        .order(ByteOrder.LITTLE_ENDIAN)
                        .asFloatBuffer();
        assertThat(scores.get(0)).isEqualTo(due.getItems(0).getScore());
        assertThat(scores.get(1)).isEqualTo(due.getItems(1).getScore());
    }

    @Test
    void infer_withItems_scoresThemInTheirPlaces() throws Exception {
        client.activate(version);

        var answer =
                infer(
                        request()
                                .addInputs(ids("history_item_ids", 1, 1, "item-1"))
                                .addInputs(ids("item_ids", 1, 3, "item-9", "", "item-4")));

        List<Float> scores = answer.getOutputs(1).getContents().getFp32ContentsList();
        assertThat(scores.get(0)).isEqualTo(POLICY.score(new int[] {1}, 9));
        assertThat(scores.get(1)).isNaN();
        assertThat(scores.get(2)).isEqualTo(POLICY.score(new int[] {1}, 4));
    }

    @Test
    void infer_fewerThanK_fillsTheRowUp() throws Exception {
        client.activate(version);

        var answer =
                infer(
                        request()
                                .putParameters("k", number(3))
                                .addInputs(ids("history_item_ids", 1, 0))
                                .addInputs(ids("allow_item_ids", 1, 1, "item-5")));

        assertThat(answer.getOutputs(0).getContents().getBytesContentsList())
                .extracting(ByteString::toStringUtf8)
                .containsExactly("item-5", "", "");
        assertThat(answer.getOutputs(1).getContents().getFp32Contents(2)).isNaN();
    }

    @Test
    void infer_pinnedVersionThatIsNotLive_isRefused() throws Exception {
        client.activate(version);

        expect(
                request().setModelVersion("7").addInputs(ids("history_item_ids", 1, 0)),
                Status.Code.FAILED_PRECONDITION,
                "version 7 of policy was expected");
    }

    @Test
    void infer_whatIsWrong_isNamed() throws Exception {
        client.activate(version);
        var history = ids("history_item_ids", 1, 1, "item-1");

        invalid(request(), "the input history_item_ids must be given");
        invalid(request().setModelVersion("x").addInputs(history), "model_version", "'x'");
        invalid(request().addInputs(ids("hist", 1, 0)), "there is no input 'hist'");
        invalid(request().addInputs(history).addInputs(history), "given twice");
        invalid(request().addInputs(ids("history_item_ids", 1, 2, "item-1")), "[1, 2]", "holds 1");
        invalid(request().addInputs(ids("history_item_ids", 0, 2)), "1 to 256 rows", "[0, 2]");
        invalid(request().addInputs(ids("history_item_ids", 1L << 40, 1L << 40)), "1 to 256 rows");
        invalid(request().addInputs(ids("history_item_ids", 1, -1)), "[1, -1]");
        invalid(request().addInputs(history.clone().setDatatype("FP16")), "BYTES", "'FP16'");
        invalid(
                request()
                        .addInputs(
                                history.clone()
                                        .setContents(
                                                InferTensorContents.newBuilder()
                                                        .addInt64Contents(1))),
                "int64_contents");
        invalid(
                request().addInputs(history).addRawInputContents(raw("item-1")),
                "history_item_ids has contents although raw_input_contents");
        invalid(
                request().addInputs(history).addRawInputContents(raw()).addRawInputContents(raw()),
                "raw_input_contents must hold one element for each of the 1 inputs but holds 2");
        invalid(
                request()
                        .addInputs(history.clone().clearContents())
                        .addRawInputContents(ByteString.copyFrom(new byte[] {1, 0})),
                "ends amid the length");
        invalid(
                request()
                        .addInputs(history.clone().clearContents())
                        .addRawInputContents(ByteString.copyFrom(new byte[] {-1, -1, -1, -1, 65})),
                "element of 4294967295 bytes",
                "only 1 are left");
        invalid(
                request()
                        .addInputs(
                                history.clone()
                                        .setContents(
                                                InferTensorContents.newBuilder()
                                                        .addBytesContents(
                                                                ByteString.copyFrom(
                                                                        new byte[] {-1, -2})))),
                "history_item_ids[0, 0] is not UTF-8");
        invalid(request().addInputs(history).putParameters("kk", number(1)), "'kk'", "[exclude_");
        invalid(
                request()
                        .addInputs(history)
                        .putParameters(
                                "k", InferParameter.newBuilder().setStringParam("3").build()),
                "k must be a whole number");
        invalid(
                request().addInputs(history).putParameters("k", number(31)),
                "k must be in [1, 30]");
        invalid(request().addInputs(history).putParameters("k", number(1L << 40)), "k must be in");
        invalid(request().addInputs(history).addOutputs(wanted("logits")), "no output 'logits'");
        invalid(
                request().addInputs(ids("history_item_ids", 2, 1, "item-1", "nothing")),
                "row 1",
                "'nothing'");
        invalid(
                request().addInputs(history).addInputs(ids("exclude_item_ids", 2, 0)),
                "exclude_item_ids has 2 rows but history_item_ids has 1");
        expect(
                ModelInferRequest.newBuilder().setModelName("other").addInputs(history),
                Status.Code.NOT_FOUND,
                "there is no model 'other' here; the model is policy");
    }

    private boolean yes(String method, String request, String field) throws Exception {
        return (boolean) PublishedDefinition.get(published.call(method, request), field);
    }

    private RecommendResponse recommend(int k, String... history) {
        return client.recommend(
                RecommendRequest.newBuilder().setK(k).addAllHistoryItemIds(List.of(history)));
    }

    private static void expectRow(ModelInferResponse answer, int row, RecommendResponse due) {
        int k = due.getItemsCount();
        for (int place = 0; place < k; place++) {
            int at = row * k + place;
            assertThat(answer.getOutputs(0).getContents().getBytesContents(at).toStringUtf8())
                    .isEqualTo(due.getItems(place).getItemId());
            assertThat(answer.getOutputs(1).getContents().getFp32Contents(at))
                    .isEqualTo(due.getItems(place).getScore());
            assertThat(answer.getOutputs(2).getContents().getFp32Contents(at)).isEqualTo(1);
        }
    }

    private ModelInferResponse infer(ModelInferRequest.Builder request) {
        return GRPCInferenceServiceGrpc.newBlockingStub(client.channel())
                .modelInfer(request.build());
    }

    private void invalid(ModelInferRequest.Builder request, String... said) {
        expect(request, Status.Code.INVALID_ARGUMENT, said);
    }

    private void expect(ModelInferRequest.Builder request, Status.Code code, String... said) {
        var e = catchThrowableOfType(StatusRuntimeException.class, () -> infer(request));
        assertThat(e).as("%s", List.of(said)).isNotNull();
        assertThat(e.getStatus().getCode()).as(e.getMessage()).isEqualTo(code);
        assertThat(e.getStatus().getDescription()).contains(said);
    }

    private static ModelInferRequest.Builder request() {
        return ModelInferRequest.newBuilder().setModelName("policy");
    }

    private static ModelInferRequest.InferInputTensor.Builder ids(
            String name, long rows, long columns, String... ids) {
        var contents = InferTensorContents.newBuilder();
        for (String id : ids) {
            contents.addBytesContents(ByteString.copyFromUtf8(id));
        }
        return ModelInferRequest.InferInputTensor.newBuilder()
                .setName(name)
                .setDatatype("BYTES")
                .addShape(rows)
                .addShape(columns)
                .setContents(contents);
    }

    private static ModelInferRequest.InferRequestedOutputTensor.Builder wanted(String name) {
        return ModelInferRequest.InferRequestedOutputTensor.newBuilder().setName(name);
    }

    private static InferParameter number(long value) {
        return InferParameter.newBuilder().setInt64Param(value).build();
    }

    private static ByteString raw(String... elements) {
        List<ByteString> parts = new ArrayList<>();
        for (String element : elements) {
            ByteString bytes = ByteString.copyFromUtf8(element);
            parts.add(
                    ByteString.copyFrom(
                            ByteBuffer.allocate(4)
                                    .order(ByteOrder.LITTLE_ENDIAN)
                                    .putInt(0, bytes.size())));
            parts.add(bytes);
        }
        return ByteString.copyFrom(parts);
    }
}
