package dev.lea.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.lea.client.LeaChannel;
import dev.lea.client.LeaException;
import dev.lea.client.TrainerClient;
import dev.lea.proto.trainer.v1.Run;
import dev.lea.proto.trainer.v1.RunSpec;
import dev.lea.proto.trainer.v1.RunState;
import io.grpc.Status.Code;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Runs that cannot be: each is refused by name, at once where that is possible, and the trainer goes on.
@Timeout(120)
class RefusedRunsTest {
    @TempDir static Path folder;
    private static ProgramProcess program;
    private static LeaChannel channel;
    private static TrainerClient trainer;

    @TempDir Path data;

    @BeforeAll
    static void startTheTrainer() throws Exception {
        program =
                ProgramProcess.start(
                        ProgramProcess.Kind.TRAINER,
                        folder,
                        "--port=0",
                        "--data-dir=" + folder.resolve("runs"));
        channel = LeaChannel.open(program.endpoint());
        trainer = new TrainerClient(channel);
    }

    @AfterAll
    static void stopTheTrainer() throws Exception {
        channel.close();
        assertThat(program.terminate()).as(program.log()).isZero();
    }

    @BeforeEach
    void writeASoundDataSet() throws IOException {
        var interactions = new StringBuilder("user\titem\ttimestamp\n");
        for (int u = 0; u < 30; u++) {
            for (int t = 0; t < 6; t++) {
                interactions.append("u" + u + "\ti" + (u + t) % 20 + "\t" + t + "\n");
            }
        }
        write("interactions.tsv", interactions.toString());
        var items = new StringBuilder("item\ttitle\n");
        for (int i = 0; i < 20; i++) {
            items.append("i" + i + "\tthing number " + i + "\n");
        }
        write("items.tsv", items.toString());
    }

    @Test
    void create_folderThatIsMissing_isNamed() {
        String missing = data.resolve("missing").toString();
        var e = refusal(RunSpec.newBuilder().setDataPath(missing));
        assertThat(e.code()).isIn(Code.INVALID_ARGUMENT, Code.NOT_FOUND);
        assertThat(e).hasMessageContaining(missing);
    }

    @Test
    void create_fileThatIsMissing_isNamed() throws Exception {
        Files.delete(data.resolve("items.tsv"));
        assertThat(refusal(spec())).hasMessageContaining("items.tsv");
    }

    @Test
    void create_severalWrongSettings_areAllNamed() {
        var e =
                refusal(
                        spec().setPreset("huge")
                                .putSettings("llm.widht", "64")
                                .putSettings("agent.batch", "many"));
        assertThat(e.code()).isEqualTo(Code.INVALID_ARGUMENT);
        assertThat(e)
                .hasMessageContaining("'huge'")
                .hasMessageContaining("llm.widht")
                .hasMessageContaining("'many'");
    }

    @Test
    void create_targetWithoutPort_isQuoted() {
        var e = refusal(spec().setEnvironmentTarget("somewhere"));
        assertThat(e.code()).isEqualTo(Code.INVALID_ARGUMENT);
        assertThat(e).hasMessageContaining("'somewhere'");
    }

    @Test
    void get_runThatIsUnknown_isNamed() {
        var e = catchThrowableOfType(LeaException.class, () -> trainer.get("run-0"));
        assertThat(e.code()).isEqualTo(Code.NOT_FOUND);
        assertThat(e).hasMessageContaining("'run-0'");
    }

    @Test
    void run_catalogueWithoutAnyText_failsAndSaysSo() throws Exception {
        var items = new StringBuilder("item\ttitle\n");
        for (int i = 0; i < 20; i++) {
            items.append("i" + i + "\t\n");
        }
        write("items.tsv", items.toString());
        var run = outcome(spec());
        assertThat(run.getState()).isEqualTo(RunState.RUN_STATE_FAILED);
        assertThat(run.getFailure()).containsIgnoringCase("text");
    }

    @Test
    void run_nothingButBrokenRows_failsAndShowsThem() throws Exception {
        write("interactions.tsv", "user\titem\ttimestamp\nonly\nu1\ti1\tyesterday\n");
        var run = outcome(spec());
        assertThat(run.getState()).isEqualTo(RunState.RUN_STATE_FAILED);
        assertThat(run.getFailure()).contains("interactions.tsv");
    }

    private RunSpec.Builder spec() {
        return RunSpec.newBuilder().setDataPath(data.toString()).setPreset("demo");
    }

    private static LeaException refusal(RunSpec.Builder spec) {
        return catchThrowableOfType(LeaException.class, () -> trainer.create(spec.build()));
    }

    private static Run outcome(RunSpec.Builder spec) {
        try {
            return trainer.watch(trainer.create(spec.build()).getRunId(), run -> {});
        } catch (LeaException e) { // refused before it began: as good
            return Run.newBuilder()
                    .setState(RunState.RUN_STATE_FAILED)
                    .setFailure(e.getMessage())
                    .build();
        }
    }

    private void write(String name, String text) throws IOException {
        Files.writeString(data.resolve(name), text);
    }
}
