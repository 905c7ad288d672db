package dev.lea.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lea.client.AgentClient;
import dev.lea.client.ClientSettings;
import dev.lea.client.EnvironmentClient;
import dev.lea.client.LeaChannel;
import dev.lea.client.LeaException;
import dev.lea.client.RepositoryClient;
import dev.lea.client.Tls;
import dev.lea.client.TrainerClient;
import dev.lea.e2e.ProgramProcess.Kind;
import dev.lea.proto.agent.v1.RecommendRequest;
import dev.lea.proto.agent.v1.RecommendResponse;
import dev.lea.proto.environment.v1.GetStatesRequest;
import dev.lea.proto.environment.v1.StateQuery;
import dev.lea.proto.trainer.v1.PublishedVersion;
import dev.lea.proto.trainer.v1.Run;
import dev.lea.proto.trainer.v1.RunSpec;
import dev.lea.proto.trainer.v1.RunState;
import io.grpc.Status;
import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// The three programs together, on a shop of two kinds whose users stay with one kind.
@Timeout(400)
class LoopTest {
    private static final int ITEMS = 24;

    private static final Map<String, String> TINY =
            Map.ofEntries(
                    Map.entry("llm.vocabulary", "300"),
                    Map.entry("llm.width", "16"),
                    Map.entry("llm.layers", "1"),
                    Map.entry("llm.steps", "60"),
                    Map.entry("llm.batch", "4"),
                    Map.entry("llm.length", "24"),
                    Map.entry("item_tokens.batch", "8"),
                    Map.entry("item_tokens.words", "12"),
                    Map.entry("environment.epochs", "12"),
                    Map.entry("environment.rows", "16"),
                    Map.entry("environment.learning_rate", "0.01"),
                    Map.entry("environment.context", "6"),
                    Map.entry("environment.item_dropout", "0.1"),
                    Map.entry("annotation.candidates", "5"),
                    Map.entry("agent.batch", "64"),
                    Map.entry("agent.learning_rate", "0.01"),
                    Map.entry("agent.max_epochs", "4"),
                    Map.entry("threads", "1"));

    @TempDir Path folder;

    @Test
    void run_killedHalfWayOrKeptWaiting_endsWithTheSameBits() throws Exception {
        Path data = shop(folder.resolve("shop"), true);
        List<String> killed = digests(runWithTheTrainerKilled(data));
        List<String> late = digests(runWithEnvServerLate(data));
        assertThat(late).hasSize(3).isEqualTo(killed);
    }

    /// The trainer is killed while it fits the LE, and again while agents train.
    private Run runWithTheTrainerKilled(Path data) throws Exception {
        Path own = folder.resolve("killed");
        try (var environment = start(Kind.ENV_SERVER, own, 0);
                var agent = start(Kind.AGENT_SERVER, own, 0)) {
            String[] targets = targets(environment.endpoint().port(), agent.endpoint().port());
            Run run;
            var first = start(Kind.TRAINER, own, 0, targets);
            try (var channel = LeaChannel.open(first.endpoint())) {
                run = new TrainerClient(channel).create(spec(data));
                waitFor(
                        first,
                        run,
                        r ->
                                r.getStagesList().stream()
                                        .anyMatch(s ->
                                                s.getName().equals("fit environment")
                                                        && s.getDone() > 3));
            } finally {
                first.kill();
            }
            var second = start(Kind.TRAINER, own, 0, targets);
            try {
                waitFor(
                        second,
                        run,
                        r ->
                                r.getStagesList().stream()
                                        .anyMatch(s ->
                                                s.getName().startsWith("train ")
                                                        && s.getDone() > 3));
            } finally {
                second.kill();
            }
            try (var third = start(Kind.TRAINER, own, 0, targets)) {
                Run ended = waitFor(third, run, TrainerClient::isOver);
                served(environment, agent, ended);
                refused(environment, agent, third);
                restarted(agent, own);
                assertThat(third.terminate()).as(third.log()).isZero();
                assertThat(environment.terminate()).as(environment.log()).isZero();
                return ended;
            }
        }
    }

    /// env-server starts only when the run has said that it waits for it; and everybody shows certificates.
    private Run runWithEnvServerLate(Path data) throws Exception {
        Path own = folder.resolve("late");
        var certificates = new Certificates(own.resolve("certificates"));
        certificates.issue("server");
        certificates.issue("trainer");
        certificates.issue("reader");
        String[] secured = certificates.server("server").toArray(String[]::new);
        int port = freePort();
        try (var agent = start(Kind.AGENT_SERVER, own, 0, secured);
                var trainer =
                        start(
                                Kind.TRAINER,
                                own,
                                0,
                                Stream.of(
                                                certificates.server("trainer").stream(),
                                                Stream.of(certificates.peers()),
                                                Stream.of(targets(port, agent.endpoint().port())))
                                        .flatMap(s -> s)
                                        .toArray(String[]::new));
                var channel = open(trainer, certificates.client("trainer"))) {
            Run run = new TrainerClient(channel).create(spec(data));
            Run waiting =
                    waitFor(
                            channel,
                            run,
                            r ->
                                    r.getState() == RunState.RUN_STATE_WAITING
                                            || TrainerClient.isOver(r));
            assertThat(waiting.getState())
                    .as(waiting.getFailure())
                    .isEqualTo(RunState.RUN_STATE_WAITING);
            assertThat(waiting.getFailure())
                    .contains("environment")
                    .contains(Integer.toString(port));
            try (var _ = start(Kind.ENV_SERVER, own, port, secured)) {
                Run ended = waitFor(channel, run, TrainerClient::isOver);
                readerMayOnlyAsk(agent, certificates.client("reader"), ended);
                return ended;
            }
        }
    }

    private static void readerMayOnlyAsk(ProgramProcess agent, Tls reader, Run ended)
            throws Exception {
        try (var channel = open(agent, reader);
                var stranger = LeaChannel.open(agent.endpoint())) {
            var request = RecommendRequest.newBuilder().addHistoryItemIds("i2").setK(3).build();
            assertThat(new AgentClient(channel).recommend(request).getModel())
                    .isEqualTo(ended.getPublished(1).getModel());
            assertThatThrownBy(() -> new RepositoryClient(channel).rollBack())
                    .isInstanceOfSatisfying(
                            LeaException.class,
                            e -> {
                                assertThat(e.code()).isEqualTo(Status.Code.PERMISSION_DENIED);
                                assertThat(e.reason()).isEqualTo("WRITER_REQUIRED");
                                assertThat(e.metadata()).containsEntry("caller", "reader");
                            });
            assertThatThrownBy(() -> new AgentClient(stranger).recommend(request))
                    .isInstanceOfSatisfying(
                            LeaException.class,
                            e -> assertThat(e.code()).isEqualTo(Status.Code.UNAVAILABLE));
        }
    }

    private static LeaChannel open(ProgramProcess program, Tls tls) throws Exception {
        return LeaChannel.open(program.endpoint(), ClientSettings.DEFAULT, tls);
    }

    private static void served(ProgramProcess environment, ProgramProcess agent, Run ended)
            throws Exception {
        assertThat(ended.getState()).as(ended.getFailure()).isEqualTo(RunState.RUN_STATE_SUCCEEDED);
        assertThat(ended.getPublishedList())
                .hasSize(2)
                .allSatisfy(p -> assertThat(p.getParity()).isLessThanOrEqualTo(1e-4));
        assertThat(ended.getData().getItemsWithoutText()).isEqualTo(1);
        assertThat(ended.getData().getBadRows()).isEqualTo(1);
        assertThat(ended.getData().getBadRowExamples(0)).contains("interactions.tsv:");
        try (var toAgent = LeaChannel.open(agent.endpoint());
                var toEnvironment = LeaChannel.open(environment.endpoint())) {
            var recommended =
                    new AgentClient(toAgent)
                            .recommend(
                                    RecommendRequest.newBuilder()
                                            .addHistoryItemIds("i2")
                                            .addHistoryItemIds("i4")
                                            .setK(5)
                                            .build());
            assertThat(recommended.getModel()).isEqualTo(ended.getPublished(1).getModel());
            assertThat(recommended.getItemsList())
                    .hasSize(5)
                    .allSatisfy(i ->
                            assertThat(Integer.parseInt(i.getItemId().substring(1)) % 2).isZero());
            assertThat(
                            new AgentClient(toAgent)
                                    .recommend(RecommendRequest.newBuilder().setK(3).build())
                                    .getItemsList())
                    .hasSize(3);
            var states =
                    new EnvironmentClient(toEnvironment)
                            .states(
                                    GetStatesRequest.newBuilder()
                                            .addQueries(
                                                    StateQuery.newBuilder()
                                                            .addHistoryItemIds("i2")
                                                            .setAllPrefixes(true))
                                            .build());
            assertThat(states.getModel()).isEqualTo(ended.getEnvironment().getModel());
            assertThat(states.getResults(0).getStates().getCount()).isEqualTo(2);
        }
    }

    private void refused(ProgramProcess environment, ProgramProcess agent, ProgramProcess trainer)
            throws Exception {
        Path noText = shop(folder.resolve("no-text"), false);
        try (var toAgent = LeaChannel.open(agent.endpoint());
                var toEnvironment = LeaChannel.open(environment.endpoint());
                var toTrainer = LeaChannel.open(trainer.endpoint())) {
            var policies = new AgentClient(toAgent);
            assertRefused(
                    () -> policies.recommend(RecommendRequest.newBuilder().setK(0).build()),
                    "k",
                    "0");
            assertRefused(
                    () -> policies.recommend(RecommendRequest.newBuilder().setK(ITEMS + 1).build()),
                    "k",
                    Integer.toString(ITEMS),
                    Integer.toString(ITEMS + 1));
            assertRefused(
                    () ->
                            policies.recommend(
                                    RecommendRequest.newBuilder()
                                            .setK(1)
                                            .addHistoryItemIds("nothing")
                                            .build()),
                    "nothing");
            assertRefused(
                    () ->
                            new EnvironmentClient(toEnvironment)
                                    .states(
                                            GetStatesRequest.newBuilder()
                                                    .addQueries(
                                                            StateQuery.newBuilder()
                                                                    .addHistoryItemIds("nothing"))
                                                    .build()),
                    "nothing");
            var trainers = new TrainerClient(toTrainer);
            var live = new RepositoryClient(toAgent).live();
            Run failed = trainers.watch(trainers.create(spec(noText)).getRunId(), _ -> {});
            assertThat(failed.getState()).isEqualTo(RunState.RUN_STATE_FAILED);
            assertThat(failed.getFailure()).contains("text");
            assertThat(new RepositoryClient(toAgent).live()).isEqualTo(live);
        }
    }

    /// A policy that was live goes on answering after a kill, with the same scores.
    private static void restarted(ProgramProcess agent, Path own) throws Exception {
        var request = RecommendRequest.newBuilder().addHistoryItemIds("i3").setK(6).build();
        RecommendResponse before;
        try (var channel = LeaChannel.open(agent.endpoint())) {
            before = new AgentClient(channel).recommend(request);
        }
        agent.kill();
        try (var again = start(Kind.AGENT_SERVER, own, 0);
                var channel = LeaChannel.open(again.endpoint())) {
            assertThat(new AgentClient(channel).recommend(request)).isEqualTo(before);
            assertThat(again.terminate()).as(again.log()).isZero();
        }
    }

    private static void assertRefused(
            org.assertj.core.api.ThrowableAssert.ThrowingCallable call, String... named) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        LeaException.class,
                        e -> {
                            assertThat(e.code()).isEqualTo(Status.Code.INVALID_ARGUMENT);
                            assertThat(e.description()).contains(named);
                        });
    }

    private static Run waitFor(ProgramProcess trainer, Run run, Predicate<Run> until)
            throws Exception {
        try (var channel = LeaChannel.open(trainer.endpoint())) {
            return waitFor(channel, run, until);
        }
    }

    private static Run waitFor(LeaChannel channel, Run run, Predicate<Run> until)
            throws InterruptedException {
        var client = new TrainerClient(channel);
        while (true) {
            Run now = client.get(run.getRunId());
            if (until.test(now)) {
                return now;
            }
            assertThat(now.getState()).as(now.getFailure()).isNotEqualTo(RunState.RUN_STATE_FAILED);
            TimeUnit.MILLISECONDS.sleep(30);
        }
    }

    /// What the run made: the LE and the policies.
    private static List<String> digests(Run run) {
        List<String> digests =
                new ArrayList<>(List.of(run.getEnvironment().getModel().getDigest()));
        run.getPublishedList().stream()
                .map(PublishedVersion::getModel)
                .forEach(m -> digests.add(m.getDigest()));
        return digests;
    }

    private static RunSpec spec(Path data) {
        return RunSpec.newBuilder()
                .setDataPath(data.toString())
                .setSeed(5)
                .putAllSettings(TINY)
                .build();
    }

    private static ProgramProcess start(Kind kind, Path own, int port, String... more)
            throws Exception {
        Files.createDirectories(own);
        List<String> arguments =
                new ArrayList<>(
                        List.of("--port=" + port, "--data-dir=" + own.resolve(kind.name())));
        arguments.addAll(List.of(more));
        return ProgramProcess.start(kind, own, arguments.toArray(String[]::new));
    }

    private static String[] targets(int environment, int agent) {
        return new String[] {
            "--environment", "127.0.0.1:" + environment, "--agent", "127.0.0.1:" + agent
        };
    }

    private static int freePort() throws IOException {
        try (var socket = new ServerSocket(0, 1, java.net.InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    /// One broken row, one item without text; or no text at all.
    private static Path shop(Path to, boolean text) throws IOException {
        Files.createDirectories(to);
        var items = new StringBuilder("item\ttitle\n");
        for (int i = 0; i < ITEMS; i++) {
            String title = (i % 2 == 0 ? "A steel bolt of size " : "A jazz record, number ") + i;
            items.append('i')
                    .append(i)
                    .append('\t')
                    .append(!text || i == 7 ? "" : title)
                    .append('\n');
        }
        Files.writeString(to.resolve("items.tsv"), items);
        var random = new SplittableRandom(4);
        var events = new StringBuilder("user\titem\ttimestamp\n");
        events.append("u0\ti0\tyesterday\n");
        for (int u = 0; u < 160; u++) {
            int kind = random.nextInt(2);
            int length = 4 + random.nextInt(8);
            for (int t = 0; t < length; t++) {
                int item =
                        t == 0 && u < ITEMS
                                ? u
                                : 2 * random.nextInt(ITEMS / 2) + (u < ITEMS ? u % 2 : kind);
                events.append('u')
                        .append(u)
                        .append("\ti")
                        .append(item)
                        .append('\t')
                        .append(t)
                        .append('\n');
            }
        }
        Files.writeString(to.resolve("interactions.tsv"), events);
        return to;
    }
}
