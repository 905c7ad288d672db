package dev.lea.trainer.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lea.serving.Failure;
import dev.lea.trainer.data.Sequence;
import dev.lea.trainer.evaluation.Popularity;
import dev.lea.trainer.evaluation.RankingEvaluation;
import dev.lea.trainer.evaluation.Scorer;
import dev.lea.trainer.net.Parameters;
import dev.lea.trainer.net.Progress;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AgentTrainingTest {
    private static final List<Sequence> HELD_OUT = Tiny.sequences(2, 30);
    @TempDir Path folder;

    private static double validate(Scorer scorer) {
        return new RankingEvaluation(Tiny.ITEMS).rank(scorer, HELD_OUT).ndcg();
    }

    private static TrainedAgent train(
            AgentSettings settings, AgentData data, Path folder, Progress listener) {
        try (var training =
                AgentTraining.open(settings, data, folder, AgentTrainingTest::validate, listener)) {
            return training.run();
        }
    }

    /// Ends the process's part in a training run: nothing is written on the way out.
    private static final class Killed extends RuntimeException {
        private static final long serialVersionUID = 1;
    }

    private static Progress kill(long at) {
        return (done, _, _) -> {
            if (done == at) {
                throw new Killed();
            }
        };
    }

    @ParameterizedTest
    @CsvSource({
        "SASREC, SUPERVISED, NONE",
        "SASREC, SNQN, NONE",
        "GRU4REC, SAC, NONE",
        "SASREC, SA2C, LEASR",
    })
    void run_killedTwice_endsWithTheBitsOfAnUndisturbedRun(
            Architecture architecture, Algorithm algorithm, String variant) {
        AgentSettings settings =
                Tiny.SETTINGS
                        .withEncoder(Tiny.SETTINGS.encoder().withArchitecture(architecture))
                        .withActor(ActorCriticSettings.DEFAULT.withWarmUpUpdates(4))
                        .withAlgorithm(algorithm)
                        .withLea(
                                LeaSettings.NONE
                                        .withVariant(Lea.named(variant))
                                        .withPositiveActions(2))
                        .withMaxEpochs(3);
        AgentData data = Tiny.annotated(12);
        TrainedAgent straight = train(settings, data, folder.resolve("a"), Progress.NONE);
        Path b = folder.resolve("b");
        assertThatThrownBy(() -> train(settings, data, b, kill(4))).isInstanceOf(Killed.class);
        assertThatThrownBy(() -> train(settings, data, b, kill(7))).isInstanceOf(Killed.class);
        TrainedAgent resumed = train(settings, data, b, Progress.NONE);
        assertSame(resumed.parameters(), straight.parameters());
        assertThat(resumed.epochs()).isEqualTo(straight.epochs());
        assertThat(resumed.updates()).isEqualTo(straight.updates()).isEqualTo(9);
    }

    @Test
    void run_cancelled_goesOnLaterFromThere() {
        AgentSettings settings = Tiny.SETTINGS.withMaxEpochs(2);
        AgentData data = Tiny.data(12);
        Progress cancel =
                (done, _, _) -> {
                    if (done == 2) {
                        throw new CancellationException("enough");
                    }
                };
        assertThatThrownBy(() -> train(settings, data, folder, cancel))
                .isInstanceOf(CancellationException.class);
        List<Long> seen = new ArrayList<>();
        train(settings, data, folder, (done, _, _) -> seen.add(done));
        assertThat(seen).containsExactly(2L, 3L, 4L, 5L, 6L);
    }

    @Test
    void run_ofAFinishedFolder_givesTheSameAgainWithoutTraining() {
        AgentSettings settings = Tiny.SETTINGS.withMaxEpochs(2);
        TrainedAgent first = train(settings, Tiny.data(12), folder, Progress.NONE);
        TrainedAgent again = train(settings, Tiny.data(12), folder, kill(0));
        assertSame(again.parameters(), first.parameters());
        assertThat(again.best()).isEqualTo(first.best());
    }

    @Test
    void open_folderOfOtherSettings_isRefusedWithBoth() {
        train(Tiny.SETTINGS.withMaxEpochs(1), Tiny.data(12), folder, Progress.NONE);
        assertThatThrownBy(() ->
                        train(
                                Tiny.SETTINGS.withMaxEpochs(1).withSeed(2),
                                Tiny.data(12),
                                folder,
                                Progress.NONE))
                .isInstanceOf(Failure.Conflict.class)
                .hasMessageContaining("seed=1")
                .hasMessageContaining("seed=2");
    }

    @Test
    void open_checkpointWithAByteChanged_isRefused() throws IOException {
        AgentSettings settings = Tiny.SETTINGS.withMaxEpochs(1);
        train(settings, Tiny.data(12), folder, Progress.NONE);
        try (var files = Files.walk(folder)) {
            Path file =
                    files.filter(path -> path.endsWith("network-2.ckpt")).findFirst().orElseThrow();
            byte[] bytes = Files.readAllBytes(file);
            bytes[bytes.length / 2] ^= 1;
            Files.write(file, bytes);
        }
        assertThatThrownBy(() -> train(settings, Tiny.data(12), folder, Progress.NONE))
                .isInstanceOf(Failure.Corrupt.class)
                .hasMessageContaining("network-2.ckpt");
    }

    @Test
    void run_whenTheLossIsNoNumber_saysWhere() {
        AgentSettings settings =
                Tiny.SETTINGS.withLea(LeaSettings.NONE.withVariant(Lea.named("LER")));
        AgentData broken = Tiny.annotated(12, Float.NaN);
        assertThatThrownBy(() -> train(settings, broken, folder, Progress.NONE))
                .isInstanceOf(Failure.Conflict.class)
                .hasMessageContaining("is NaN at update 0")
                .hasMessageContaining("learningRate, which is 0.01");
    }

    @Test
    void run_stopsWhenPatienceEnds_andKeepsTheBestEpoch() {
        double[] figures = {0.1, 0.3, 0.2, 0.3, 0.1, 0.9};
        int[] asked = {0};
        AgentSettings settings = Tiny.SETTINGS.withMaxEpochs(6).withPatience(3);
        try (var training =
                AgentTraining.open(
                        settings, Tiny.data(12), folder, _ -> figures[asked[0]++], Progress.NONE)) {
            TrainedAgent agent = training.run();
            assertThat(agent.epochs()).hasSize(5);
            assertThat(agent.best().epoch()).isEqualTo(2);
        }
    }

    @Test
    void run_whoseFirstPhaseWouldNeverEnd_isRefusedBeforeItStarts() {
        AgentSettings settings =
                Tiny.SETTINGS
                        .withActor(ActorCriticSettings.DEFAULT.withWarmUpUpdates(9))
                        .withAlgorithm(Algorithm.SAC)
                        .withMaxEpochs(3);
        assertThatThrownBy(() -> train(settings, Tiny.data(12), folder, Progress.NONE))
                .hasMessage(
                        "SASRec-SAC's first phase must be shorter than the 9 updates of all epochs but has 9");
    }

    @Test
    void run_whosePatienceEndsInTheFirstPhase_seesTheSecond() {
        double[] figures = {0.3, 0.2, 0.1, 0.1, 0.1, 0.1};
        int[] asked = {0};
        AgentSettings settings =
                Tiny.SETTINGS
                        .withActor(ActorCriticSettings.DEFAULT.withWarmUpEpochs(3))
                        .withAlgorithm(Algorithm.SA2C)
                        .withMaxEpochs(6)
                        .withPatience(2);
        try (var training =
                AgentTraining.open(
                        settings, Tiny.data(12), folder, _ -> figures[asked[0]++], Progress.NONE)) {
            TrainedAgent agent = training.run();
            assertThat(agent.epochs()).hasSize(5);
            assertThat(agent.best().epoch()).isEqualTo(1);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "SASREC, SUPERVISED, NONE",
        "SASREC, SNQN, LEASR",
        "GRU4REC, SAC, NONE",
        "GRU4REC, SA2C, LEASR",
    })
    void run_onDataWithARule_beatsPopularity(
            Architecture architecture, Algorithm algorithm, String variant) {
        AgentSettings settings =
                Tiny.SETTINGS
                        .withEncoder(Tiny.SETTINGS.encoder().withArchitecture(architecture))
                        .withActor(ActorCriticSettings.DEFAULT.withLearningRate(0.01))
                        .withAlgorithm(algorithm)
                        .withLea(LeaSettings.NONE.withVariant(Lea.named(variant)))
                        .withMaxEpochs(10);
        TrainedAgent agent = train(settings, Tiny.annotated(120), folder, Progress.NONE);
        double popularity = validate(Popularity.of(Tiny.sequences(1, 120), Tiny.ITEMS));
        assertThat(agent.best().validation()).isGreaterThan(2 * popularity);
    }

    private static void assertSame(Parameters actual, Parameters expected) {
        assertThat(actual.arrays().keySet()).isEqualTo(expected.arrays().keySet());
        expected.arrays()
                .forEach((name, array) ->
                        assertThat(actual.get(name)).as(name).isEqualTo(array.elements()));
    }
}
