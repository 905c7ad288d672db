package dev.lea.cli.demo;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lea.cli.terminal.Terminal;
import dev.lea.client.AgentClient;
import dev.lea.client.ClientSettings;
import dev.lea.client.LeaChannel;
import dev.lea.client.TrainerClient;
import dev.lea.proto.trainer.v1.RunSpec;
import dev.lea.proto.trainer.v1.RunState;
import io.grpc.inprocess.InProcessChannelBuilder;
import io.grpc.inprocess.InProcessServerBuilder;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class StoryTest {
    @TempDir Path folder;

    private final ByteArrayOutputStream screen = new ByteArrayOutputStream();
    private final Terminal terminal =
            new Terminal(new PrintStream(screen, true, StandardCharsets.UTF_8), false, false, 100);
    private final FakeAgent agent = new FakeAgent(version -> {});
    private DataFolder data;

    @BeforeEach
    void writeData() throws Exception {
        data = DataFolder.read(TestData.write(folder));
    }

    @Test
    void tell_swapUnderLoad_countsEveryCallAndBothVersions() throws Exception {
        var outcome =
                tell(
                        RunSpec.newBuilder().setPreset("demo").build(),
                        (spec, version) -> {
                            if (version == 2) {
                                agent.awaitCalls(40);
                            }
                            agent.activate(version);
                        });
        assertThat(outcome.isGood()).isTrue();
        var load = outcome.load().orElseThrow();
        assertThat(load.failed()).isZero();
        assertThat(load.versions()).containsOnlyKeys(1L, 2L);
        assertThat(load.versions().get(1L)).isGreaterThanOrEqualTo(30);
        assertThat(load.swaps()).isEqualTo(1);
        assertThat(load.swapping().calls() + load.quiet().calls()).isEqualTo((int) load.calls());
        assertThat(outcome.before().orElseThrow().version()).isEqualTo(1);
        assertThat(outcome.after().orElseThrow().version()).isEqualTo(2);
        assertThat(outcome.users()).extracting(Comparison.User::id).containsExactly("u7");
        assertThat(screen.toString(StandardCharsets.UTF_8))
                .contains("Training, run run-1")
                .contains("✓ read data")
                .contains(
                        "… pretrain the LLM         30 %, 120/400 steps, 19/s, 0:15 left, loss 3.10")
                .contains("✓ train SNQN-LEASR");
    }

    @Test
    void tell_callsFailAfterTheSwap_isNotGoodAndSaysWhy() throws Exception {
        var outcome =
                tell(
                        RunSpec.getDefaultInstance(),
                        (spec, version) -> {
                            if (version == 2) {
                                agent.awaitCalls(10);
                                agent.activate(-1);
                                agent.awaitCalls(10);
                            }
                            agent.activate(version);
                        });
        assertThat(outcome.isGood()).isFalse();
        assertThat(outcome.load().orElseThrow().failed()).isPositive();
        assertThat(outcome.load().orElseThrow().failures())
                .containsExactly("Recommend at agent: INTERNAL: model failed");
    }

    @Test
    void tell_runFails_endsWithoutLoad() throws Exception {
        var outcome = tell(RunSpec.newBuilder().setPreset("broken").build(), (spec, version) -> {});
        assertThat(outcome.isGood()).isFalse();
        assertThat(outcome.run().getState()).isEqualTo(RunState.RUN_STATE_FAILED);
        assertThat(outcome.load()).isEmpty();
    }

    @Test
    void report_ofTheWholeStory_fitsTheTerminal() throws Exception {
        var outcome =
                tell(
                        RunSpec.newBuilder().setPreset("demo").build(),
                        (spec, version) -> {
                            if (version == 2) {
                                agent.awaitCalls(10);
                            }
                            agent.activate(version);
                        });
        screen.reset();
        var report = new Report(terminal);
        report.print(outcome, data);
        report.cost(java.util.Map.of("env-server", 500L << 20), Duration.ofSeconds(151));
        List<String> lines = screen.toString(StandardCharsets.UTF_8).lines().toList();
        assertThat(lines).allSatisfy(line -> assertThat(line.length()).isLessThanOrEqualTo(100));
        assertThat(String.join("\n", lines))
                .containsPattern("NDCG@10, all items .* +0.0312 +0.0455 +0.0409 +> 0.0417 +✗")
                .containsPattern("the true reward +0.6340 +≥ 0.5000 +✓")
                .containsPattern("SASRec-SNQN-LEASR +0.0888 +0.0781 .*● live")
                .contains("failed calls: 0 of ")
                .contains("version 1, SASRec-SNQN")
                .contains("version 2, SASRec-SNQN-LEASR")
                .contains("total time 2 min 31 s");
    }

    private Story.Outcome tell(RunSpec spec, FakeTrainer.Publication publication) throws Exception {
        String name = InProcessServerBuilder.generateName();
        var server =
                InProcessServerBuilder.forName(name)
                        .addService(agent.agent())
                        .addService(new FakeTrainer(publication))
                        .build()
                        .start();
        var once = ClientSettings.DEFAULT.withMaxAttempts(1);
        try (var channel = LeaChannel.open("agent", InProcessChannelBuilder.forName(name), once)) {
            return new Story(
                            terminal,
                            new TrainerClient(channel),
                            new AgentClient(channel),
                            data,
                            Duration.ofMillis(100))
                    .tell(spec);
        } finally {
            server.shutdownNow();
        }
    }
}
