package dev.lea.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lea.client.AgentClient;
import dev.lea.client.LeaChannel;
import dev.lea.client.LeaException;
import dev.lea.client.TrainerClient;
import dev.lea.e2e.ProgramProcess.Kind;
import dev.lea.importer.DataCommand;
import dev.lea.proto.agent.v1.Exploration;
import dev.lea.proto.agent.v1.Feedback;
import dev.lea.proto.agent.v1.Impression;
import dev.lea.proto.agent.v1.Interaction;
import dev.lea.proto.agent.v1.InteractionKind;
import dev.lea.proto.agent.v1.RecommendRequest;
import dev.lea.proto.agent.v1.RecommendResponse;
import dev.lea.proto.agent.v1.Recommendation;
import dev.lea.proto.agent.v1.RecordFeedbackRequest;
import dev.lea.proto.agent.v1.ShownItem;
import dev.lea.proto.common.v1.ModelVersion;
import dev.lea.proto.common.v1.UnknownItems;
import dev.lea.proto.trainer.v1.Run;
import dev.lea.proto.trainer.v1.RunSpec;
import dev.lea.proto.trainer.v1.RunState;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.assertj.core.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// The loop: recommend, keep what users did with it, train on that, swap the new policy in.
///
/// In the log users go around twelve items. Then there is a thirteenth, which has a text and nothing else; users find it
/// between the last and the first, and the next policy knows it.
@Timeout(300)
class FeedbackLoopTest {
    private static final int OLD_ITEMS = 12;
    private static final int ITEMS = 13;
    private static final int USERS = 60;
    private static final int LENGTH = 8;
    private static final int ROUNDS = 12;

    private static final Map<String, String> TINY =
            Map.ofEntries(
                    Map.entry("llm.vocabulary", "300"),
                    Map.entry("llm.width", "16"),
                    Map.entry("llm.layers", "1"),
                    Map.entry("llm.steps", "20"),
                    Map.entry("llm.batch", "4"),
                    Map.entry("llm.length", "24"),
                    Map.entry("item_tokens.batch", "8"),
                    Map.entry("item_tokens.words", "12"),
                    Map.entry("environment.epochs", "6"),
                    Map.entry("environment.rows", "16"),
                    Map.entry("environment.learning_rate", "0.01"),
                    Map.entry("environment.context", "6"),
                    Map.entry("environment.item_dropout", "0.1"),
                    Map.entry("annotation.candidates", "5"),
                    Map.entry("agent.batch", "64"),
                    Map.entry("agent.learning_rate", "0.02"),
                    Map.entry("agent.max_epochs", "8"),
                    Map.entry("threads", "1"));

    @TempDir Path folder;

    @Test
    void feedback_onRecommendations_trainsThePolicyThatIsSwappedIn() throws Exception {
        Path log = log();
        Path feedback = folder.resolve("feedback");
        try (var environment = start(Kind.ENV_SERVER);
                var agent = start(Kind.AGENT_SERVER, "--feedback=" + feedback)) {
            String[] targets = {
                "--environment=" + environment.endpoint(), "--agent=" + agent.endpoint()
            };
            try (var trainer = start(Kind.TRAINER, targets);
                    var toTrainer = LeaChannel.open(trainer.endpoint());
                    var toAgent = LeaChannel.open(agent.endpoint())) {
                var trainers = new TrainerClient(toTrainer);
                var policy = new AgentClient(toAgent);
                ModelVersion first = policy(trainers, log);
                assertThat(catalogue(policy)).hasSize(OLD_ITEMS).doesNotContain(item(OLD_ITEMS));
                int recorded = useThePolicy(policy, first);

                Path next = folder.resolve("next");
                String told = importFeedback(feedback, log, next);
                assertThat(told).contains("events", "items with text");
                assertThat(Files.readAllLines(next.resolve("interactions.tsv")))
                        .hasSize(1 + USERS * LENGTH + recorded)
                        .containsAll(Files.readAllLines(log.resolve("interactions.tsv")));

                ModelVersion second = policy(trainers, next);
                assertThat(second.getVersion()).isGreaterThan(first.getVersion());
                assertThat(second.getDigest()).isNotEqualTo(first.getDigest());
                assertThat(catalogue(policy)).hasSize(ITEMS).contains(item(OLD_ITEMS));
            }
        }
    }

    /// Users who are shown something and go on as they like; every call is made twice.
    private static int useThePolicy(AgentClient policy, ModelVersion expected) {
        int recorded = 0;
        Set<String> names = new HashSet<>();
        for (int user = 0; user < USERS; user++) {
            List<String> history = new ArrayList<>(List.of(old(user)));
            for (int round = 1; round <= ROUNDS; round++) {
                RecommendResponse answer = recommend(policy, history);
                assertThat(answer.getModel()).isEqualTo(expected);
                assertThat(names.add(answer.getRecommendationId())).isTrue();
                var shown =
                        Impression.newBuilder()
                                .setRecommendationId(answer.getRecommendationId())
                                .setModel(answer.getModel())
                                .setExploration(Exploration.newBuilder().setTemperature(1));
                answer.getItemsList()
                        .forEach(item ->
                                shown.addItems(
                                        ShownItem.newBuilder()
                                                .setItemId(item.getItemId())
                                                .setPropensity(item.getPropensity())));
                history.add(item(user + LENGTH - 1 + round));
                var request =
                        RecordFeedbackRequest.newBuilder()
                                .setRequestId(user + "/" + round)
                                .addFeedback(
                                        Feedback.newBuilder()
                                                .setUserId("u" + user)
                                                .setImpression(shown)
                                                .addInteractions(
                                                        Interaction.newBuilder()
                                                                .setItemId(history.getLast())
                                                                .setKind(
                                                                        InteractionKind
                                                                                .INTERACTION_KIND_CLICK)))
                                .build();
                assertThat(policy.recordFeedback(request).getAlreadyRecorded()).isFalse();
                assertThat(policy.recordFeedback(request).getAlreadyRecorded()).isTrue();
                recorded++;
            }
        }
        Assertions.assertThatThrownBy(
                        () -> policy.recordFeedback(RecordFeedbackRequest.getDefaultInstance()))
                .isInstanceOf(LeaException.class)
                .hasMessageContaining("feedback must be 1 to 1000 long but is 0");
        return recorded;
    }

    private static RecommendResponse recommend(AgentClient policy, List<String> history) {
        return policy.recommend(
                RecommendRequest.newBuilder()
                        .addAllHistoryItemIds(history)
                        .setK(3)
                        .setExploration(Exploration.newBuilder().setTemperature(1))
                        .setUnknownItems(UnknownItems.UNKNOWN_ITEMS_SKIP)
                        .build());
    }

    /// All that the live policy can recommend.
    private static List<String> catalogue(AgentClient policy) {
        int size;
        try {
            policy.recommend(RecommendRequest.newBuilder().setK(Integer.MAX_VALUE).build());
            throw new AssertionError("the catalogue has no end");
        } catch (LeaException e) {
            size = Integer.parseInt(e.metadata().get("max"));
        }
        return policy
                .recommend(RecommendRequest.newBuilder().setK(size).build())
                .getItemsList()
                .stream()
                .map(Recommendation::getItemId)
                .toList();
    }

    /// Trains on a data set; what it published last.
    private static ModelVersion policy(TrainerClient trainers, Path data) {
        var spec =
                RunSpec.newBuilder()
                        .setDataPath(data.toString())
                        .setSeed(5)
                        .putAllSettings(TINY)
                        .build();
        Run run = trainers.watch(trainers.create(spec).getRunId(), _ -> {});
        assertThat(run.getState()).as(run.getFailure()).isEqualTo(RunState.RUN_STATE_SUCCEEDED);
        return run.getPublishedList().getLast().getModel();
    }

    private String importFeedback(Path feedback, Path base, Path to) throws Exception {
        var process =
                new ProcessBuilder(
                                ProgramProcess.java(
                                        DataCommand.class,
                                        "import",
                                        "feedback",
                                        "--from=" + feedback,
                                        "--base=" + base,
                                        "--to=" + to))
                        .redirectErrorStream(true)
                        .start();
        String told = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(told).isZero();
        return told;
    }

    private ProgramProcess start(Kind kind, String... more) throws Exception {
        List<String> arguments =
                new ArrayList<>(List.of("--port=0", "--data-dir=" + folder.resolve(kind.name())));
        arguments.addAll(List.of(more));
        return ProgramProcess.start(kind, folder, arguments.toArray(String[]::new));
    }

    private static String item(int number) {
        return "i" + number % ITEMS;
    }

    private static String old(int number) {
        return "i" + number % OLD_ITEMS;
    }

    private Path log() throws Exception {
        Path log = Files.createDirectory(folder.resolve("log"));
        var items = new StringBuilder("item\ttitle\n");
        for (int i = 0; i < ITEMS; i++) {
            items.append("%s\tA steel bolt of size %d%n".formatted(item(i), i));
        }
        Files.writeString(log.resolve("items.tsv"), items);
        var events = new StringBuilder("user\titem\ttimestamp\n");
        for (int user = 0; user < USERS; user++) {
            for (int t = 0; t < LENGTH; t++) {
                events.append("u%d\t%s\t%d%n".formatted(user, old(user + t), t));
            }
        }
        Files.writeString(log.resolve("interactions.tsv"), events);
        return log;
    }
}
