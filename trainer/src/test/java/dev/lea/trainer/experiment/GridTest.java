package dev.lea.trainer.experiment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lea.serving.Failure;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class GridTest {
    private static ExperimentSettings settings(String... arguments) {
        List<ExperimentSettings> read = new ArrayList<>();
        List<String> all = new ArrayList<>(List.of("--data", "shop=/data/shop"));
        all.addAll(Arrays.asList(arguments));
        int code = ExperimentSettings.PROGRAM.run(all, Map.of(), System.out, System.err, read::add);
        assertThat(code).isZero();
        return read.getFirst();
    }

    private static List<String> labels(String... arguments) {
        return Grid.of(settings(arguments)).stream().map(Cell::label).distinct().toList();
    }

    @Test
    void of_everyEncoderAlgorithmAndVariant_variantsOnlyWhereThereAreAny() {
        List<Cell> cells =
                Grid.of(
                        settings(
                                "--algorithms",
                                "supervised,SQN,sa2c",
                                "--variants",
                                "none,leasr",
                                "--seeds",
                                "4,9"));

        assertThat(cells).hasSize(2 * 4 * 2);
        assertThat(cells.stream().map(Cell::label).distinct())
                .containsExactly(
                        "SASRec",
                        "SASRec-SQN",
                        "SASRec-SA2C",
                        "SASRec-SA2C-LEASR",
                        "GRU4Rec",
                        "GRU4Rec-SQN",
                        "GRU4Rec-SA2C",
                        "GRU4Rec-SA2C-LEASR");
        assertThat(cells.stream().map(cell -> cell.settings().seed()).distinct())
                .containsExactly(4L, 9L);
    }

    @Test
    void of_settingsForALabel_reachOnlyAgentsWhoseLabelBeginsSo() {
        List<Cell> cells =
                Grid.of(
                        settings(
                                "--algorithms",
                                "supervised,snqn",
                                "--variants",
                                "none",
                                "--seeds",
                                "1",
                                "--set",
                                "GRU4Rec-SNQN/agent.dropout=0.1,GRU4Rec/agent.dropout=0.2,agent.dropout=0.4"));

        assertThat(cells.stream().map(cell -> cell.settings().encoder().dropout()))
                .containsExactly(0.4, 0.4, 0.2, 0.1);
    }

    @Test
    void of_variedSettings_areTriedOnTheAgentThatUsesMostOfTheLe() {
        assertThat(
                        labels(
                                "--encoders",
                                "sasrec",
                                "--algorithms",
                                "snqn",
                                "--variants",
                                "none,les,leasr",
                                "--vary",
                                "agent.q_weight=0.5:2"))
                .endsWith(
                        "SASRec-SNQN-LEASR, agent.q_weight=0.5",
                        "SASRec-SNQN-LEASR, agent.q_weight=2");
    }

    @Test
    void of_controls_comeWithWhatTheyAreControlsOf() {
        assertThat(
                        labels(
                                "--encoders",
                                "sasrec",
                                "--algorithms",
                                "snqn",
                                "--variants",
                                "none",
                                "--controls"))
                .containsExactly(
                        "SASRec-SNQN",
                        "SASRec-SNQN-LEA",
                        "SASRec-SNQN-LEA, random actions",
                        "SASRec-SNQN-LEA, popular actions",
                        "SASRec-SNQN-LEA, kNN actions",
                        "SASRec-SNQN-LER",
                        "SASRec-SNQN-LER, shuffled rewards",
                        "SASRec-SNQN-LES",
                        "SASRec-SNQN-LES, un-adapted states");
    }

    @Test
    void of_settingsThatCannotWork_namesThemAll() {
        assertThatThrownBy(
                        () -> labels("--set", "agent.speed=9,agent.batch=0,agent.encoder=sasrec"))
                .isInstanceOf(Failure.Invalid.class)
                .hasMessageContaining("there is no setting 'agent.speed'")
                .hasMessageContaining("batchSize must be in [1, 65536] but is 0")
                .hasMessageContaining("agent.encoder is what the grid is made of");
    }

    @Test
    void environment_getsItsOwnSettings_andAsManyActionsAsAnyCellUses() {
        ExperimentSettings settings =
                settings(
                        "--set",
                        "environment.epochs=3,agent.dropout=0.1",
                        "--vary",
                        "lea.positive_actions=1:5:3");
        assertThat(Grid.environment(settings, Grid.of(settings)))
                .containsExactlyInAnyOrderEntriesOf(
                        Map.of("environment.epochs", "3", "lea.positive_actions", "5"));
    }
}
