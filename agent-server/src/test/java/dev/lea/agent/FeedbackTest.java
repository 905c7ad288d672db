package dev.lea.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.google.protobuf.Timestamp;
import dev.lea.proto.agent.v1.Exploration;
import dev.lea.proto.agent.v1.Feedback;
import dev.lea.proto.agent.v1.Impression;
import dev.lea.proto.agent.v1.Interaction;
import dev.lea.proto.agent.v1.InteractionKind;
import dev.lea.proto.agent.v1.RecommendRequest;
import dev.lea.proto.agent.v1.RecommendResponse;
import dev.lea.proto.agent.v1.RecordFeedbackRequest;
import dev.lea.proto.agent.v1.ShownItem;
import dev.lea.serving.batch.BatchLimits;
import dev.lea.serving.config.StartFailure;
import dev.lea.serving.feedback.Entry;
import dev.lea.serving.feedback.FeedbackLimits;
import dev.lea.serving.feedback.SegmentReader;
import dev.lea.serving.feedback.Segments;
import dev.lea.serving.onnx.Device;
import dev.lea.serving.rpc.RpcSettings;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.assertj.core.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Feedback at a running server.
@Timeout(60)
class FeedbackTest {
    @TempDir Path folder;

    @Test
    void feedback_withoutAFolder_isRefused_andAnswersHaveNoName() throws Exception {
        try (var server = AgentServer.start(settings(Optional.empty()));
                var client = new TestClient(server.port())) {
            goLive(client);
            assertThat(recommend(client).getRecommendationId()).isEmpty();
            var refused = refusal(client, click("a", "u", "item-1").build());
            assertThat(refused.getStatus().getCode()).isEqualTo(Status.Code.FAILED_PRECONDITION);
            assertThat(TestClient.errorInfo(refused).getReason()).isEqualTo("FEEDBACK_OFF");
            assertThat(refused.getStatus().getDescription()).contains("--feedback");
        }
    }

    @Test
    void feedback_onARecommendation_isKeptAsItWasSaid() throws Exception {
        try (var server = AgentServer.start(settings(FeedbackLimits.DEFAULT));
                var client = new TestClient(server.port())) {
            goLive(client);
            RecommendResponse answer = recommend(client);
            assertThat(answer.getRecommendationId())
                    .isNotEmpty()
                    .isNotEqualTo(recommend(client).getRecommendationId());
            var shown =
                    Impression.newBuilder()
                            .setRecommendationId(answer.getRecommendationId())
                            .setModel(answer.getModel())
                            .setExploration(EXPLORATION);
            answer.getItemsList()
                    .forEach(item ->
                            shown.addItems(
                                    ShownItem.newBuilder()
                                            .setItemId(item.getItemId())
                                            .setPropensity(item.getPropensity())));
            var request = click("a", "ünïcode 用户", answer.getItems(1).getItemId());
            request.getFeedbackBuilder(0).setImpression(shown);
            assertThat(client.agent().recordFeedback(request.build()).getAlreadyRecorded())
                    .isFalse();
            assertThat(client.agent().recordFeedback(request.build()).getAlreadyRecorded())
                    .isTrue();

            Entry kept = entries().getFirst();
            assertThat(entries()).hasSize(1);
            assertThat(kept.requestId()).isEqualTo("a");
            var feedback = kept.feedback().getFirst();
            assertThat(feedback.user()).isEqualTo("ünïcode 用户");
            var impression = feedback.impression().orElseThrow();
            assertThat(impression.digest()).isEqualTo(answer.getModel().getDigest());
            assertThat(impression.version()).isEqualTo(1);
            assertThat(impression.temperature()).isEqualTo(0.5f);
            assertThat(impression.seed()).isEqualTo(-7);
            assertThat(impression.items())
                    .extracting(dev.lea.serving.feedback.Feedback.Shown::propensity)
                    .containsExactlyElementsOf(
                            answer.getItemsList().stream().map(i -> i.getPropensity()).toList())
                    .allSatisfy(p -> assertThat(p).isBetween(0f, 1f).isNotZero());
            assertThat(feedback.interactions().getFirst().item())
                    .isEqualTo(answer.getItems(1).getItemId());
        }
    }

    @Test
    void feedback_thatIsNotSound_isRefusedByItsField() throws Exception {
        try (var server = AgentServer.start(settings(FeedbackLimits.DEFAULT));
                var client = new TestClient(server.port())) {
            assertInvalid(client, "request_id", r -> r.clearRequestId());
            assertInvalid(client, "request_id", r -> r.setRequestId("x".repeat(129)));
            assertInvalid(client, "feedback", r -> r.clearFeedback());
            assertInvalid(
                    client, "feedback[0].user_id", r -> r.getFeedbackBuilder(0).setUserId("a\tb"));
            assertInvalid(
                    client,
                    "feedback[0].interactions",
                    r -> r.getFeedbackBuilder(0).clearInteractions());
            assertInvalid(
                    client,
                    "feedback[0].interactions[0].item_id",
                    r -> interaction(r).clearItemId());
            assertInvalid(
                    client,
                    "feedback[0].interactions[0].kind",
                    r -> interaction(r).setKindValue(9));
            assertInvalid(
                    client,
                    "feedback[0].interactions[0].interact_time",
                    r -> interaction(r).setInteractTime(Timestamp.newBuilder().setNanos(-1)));
            assertInvalid(
                    client,
                    "feedback[0].impression.recommendation_id",
                    r -> r.getFeedbackBuilder(0).getImpressionBuilder());
            assertInvalid(
                    client,
                    "feedback[0].impression.model.name",
                    r ->
                            r.getFeedbackBuilder(0)
                                    .getImpressionBuilder()
                                    .addItems(ShownItem.newBuilder().setItemId("i")));
            assertInvalid(
                    client,
                    "feedback[0].impression.items[0].propensity",
                    r -> {
                        var impression = r.getFeedbackBuilder(0).getImpressionBuilder();
                        impression.addItems(
                                ShownItem.newBuilder().setItemId("i").setPropensity(Float.NaN));
                        impression.getModelBuilder().setName("policy").setVersion(1).setDigest("d");
                    });
            client.agent().recordFeedback(click("same", "u", "i").build());
            var reused = refusal(client, click("same", "u", "j").build());
            assertThat(TestClient.errorInfo(reused).getReason()).isEqualTo("REQUEST_ID_REUSED");
            assertThat(entries()).hasSize(1);
        }
    }

    @Test
    void feedback_beyondTheLimit_isRefused_untilThereIsRoom() throws Exception {
        try (var server =
                        AgentServer.start(
                                settings(
                                        new FeedbackLimits(
                                                4096, 512, FeedbackLimits.DEFAULT.segmentAge())));
                var client = new TestClient(server.port())) {
            int kept = 0;
            StatusRuntimeException refused = null;
            while (refused == null) {
                try {
                    client.agent().recordFeedback(click("r" + kept, "u", "i").build());
                    kept++;
                } catch (StatusRuntimeException e) {
                    refused = e;
                }
            }
            assertThat(refused.getStatus().getCode()).isEqualTo(Status.Code.FAILED_PRECONDITION);
            assertThat(TestClient.errorInfo(refused).getReason()).isEqualTo("FEEDBACK_FULL");
            assertThat(TestClient.errorInfo(refused).getMetadataMap())
                    .containsEntry("max_bytes", "4096");
            assertThat(entries()).hasSize(kept);
            List<Path> segments = Segments.of(folder.resolve("feedback"));
            assertThat(segments).hasSizeGreaterThan(3);
            long size = 0;
            for (Path segment : segments) {
                size += Files.size(segment);
            }
            assertThat(size).isLessThanOrEqualTo(4096);
        }
    }

    @Test
    void start_onAFolderInUse_isSaid() {
        var settings = settings(FeedbackLimits.DEFAULT);
        try (var _ = AgentServer.start(settings)) {
            Assertions.assertThatThrownBy(() ->
                            AgentServer.start(
                                    new AgentSettings(
                                            RpcSettings.DEFAULT,
                                            folder.resolve("other"),
                                            settings.batch(),
                                            1 << 20,
                                            Device.CPU,
                                            settings.feedback(),
                                            Optional.empty())))
                    .isInstanceOf(StartFailure.class)
                    .hasMessageContaining("feedback")
                    .hasMessageContaining("in use");
        }
    }

    private static final Exploration EXPLORATION =
            Exploration.newBuilder().setTemperature(0.5f).setSeed(-7).build();

    private static RecommendResponse recommend(TestClient client) {
        return client.recommend(
                RecommendRequest.newBuilder()
                        .addHistoryItemIds("item-1")
                        .setK(3)
                        .setExploration(EXPLORATION));
    }

    static RecordFeedbackRequest.Builder click(String requestId, String user, String item) {
        return RecordFeedbackRequest.newBuilder()
                .setRequestId(requestId)
                .addFeedback(
                        Feedback.newBuilder()
                                .setUserId(user)
                                .addInteractions(
                                        Interaction.newBuilder()
                                                .setItemId(item)
                                                .setKind(InteractionKind.INTERACTION_KIND_CLICK)));
    }

    private static Interaction.Builder interaction(RecordFeedbackRequest.Builder request) {
        return request.getFeedbackBuilder(0).getInteractionsBuilder(0);
    }

    private static void assertInvalid(
            TestClient client, String field, Consumer<RecordFeedbackRequest.Builder> spoil) {
        var request = click("spoiled", "u", "i");
        spoil.accept(request);
        var refused = refusal(client, request.build());
        assertThat(refused.getStatus().getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT);
        assertThat(TestClient.errorInfo(refused).getMetadataOrThrow("field")).isEqualTo(field);
        assertThat(refused.getStatus().getDescription()).startsWith(field + " must ");
    }

    private static StatusRuntimeException refusal(
            TestClient client, RecordFeedbackRequest request) {
        return catchThrowableOfType(
                StatusRuntimeException.class, () -> client.agent().recordFeedback(request));
    }

    private List<Entry> entries() throws IOException {
        return entries(folder.resolve("feedback"));
    }

    /// All that is kept in a folder.
    static List<Entry> entries(Path feedback) throws IOException {
        List<Entry> entries = new ArrayList<>();
        for (Path segment : Segments.of(feedback)) {
            try (var reader = SegmentReader.open(segment)) {
                for (var next = reader.next(); next.isPresent(); next = reader.next()) {
                    entries.add(next.get());
                }
                assertThat(reader.damage()).isEmpty();
            }
        }
        return entries;
    }

    private void goLive(TestClient client) throws Exception {
        client.activate(
                client.upload(
                        TestBundles.write(folder.resolve("bundle"), new LinearPolicy(30, 4, 0))));
    }

    private AgentSettings settings(FeedbackLimits limits) {
        return settings(
                Optional.of(
                        new AgentSettings.FeedbackSettings(folder.resolve("feedback"), limits)));
    }

    private AgentSettings settings(Optional<AgentSettings.FeedbackSettings> feedback) {
        return new AgentSettings(
                RpcSettings.DEFAULT,
                folder.resolve("data"),
                new BatchLimits(8, 64, 1),
                1 << 20,
                Device.CPU,
                feedback,
                Optional.empty());
    }
}
