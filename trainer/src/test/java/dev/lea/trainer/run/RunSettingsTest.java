package dev.lea.trainer.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lea.serving.Failure;
import dev.lea.trainer.agent.StateUse;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class RunSettingsTest {
    @Test
    void of_severalMistakes_namesThemAll() {
        assertThatThrownBy(() ->
                        of(
                                "huge",
                                Map.of(
                                        "agent.speed", "9",
                                        "llm.width", "wide",
                                        "environment.negatives", "0",
                                        "environment.held_out_users", "0",
                                        "annotation.candidates", "5000")))
                .isInstanceOf(Failure.Invalid.class)
                .hasMessageContaining("[default, demo] but is 'huge'")
                .hasMessageContaining(
                        "no setting 'agent.speed'; there are agent.actor_learning_rate,")
                .hasMessageContaining("llm.width must be a whole number but is 'wide'")
                .hasMessageContaining("negatives must be in [1, 256] but is 0")
                .hasMessageContaining("environment.held_out_users must be 1 or more but is 0")
                .hasMessageContaining("candidates must be in [1, 1000] but is 5000");
    }

    @Test
    void of_emptyPreset_isTheDefault() {
        assertThat(of("", Map.of())).isEqualTo(of("default", Map.of()));
        assertThat(of("", Map.of("agent.gamma", "0.9")).base().q().gamma()).isEqualTo(0.9);
    }

    @Test
    void of_agentSettings_nameEncoderAlgorithmAndVariant() {
        RunSettings settings =
                of(
                        "",
                        Map.of(
                                "agent.encoder", "gru4rec",
                                "agent.algorithm", "SA2C",
                                "lea.variant", "lear",
                                "lea.states", "align"));
        assertThat(settings.supervised().label()).isEqualTo("GRU4Rec");
        assertThat(settings.base().label()).isEqualTo("GRU4Rec-SA2C");
        assertThat(settings.lea().label()).isEqualTo("GRU4Rec-SA2C-LEAR");
    }

    @Test
    void of_agentSettingsThatContradictEachOther_areRefused() {
        assertThatThrownBy(() -> of("", Map.of("agent.encoder", "bert", "lea.states", "eat")))
                .hasMessageContaining("agent.encoder must be one of sasrec, gru4rec but is 'bert'")
                .hasMessageContaining(
                        "lea.states must be one of join, align, initialise but is 'eat'");
        assertThatThrownBy(() -> of("", Map.of("agent.algorithm", "sqn")))
                .hasMessageContaining("LEASR needs an algorithm that learns")
                .hasMessageContaining("it is SQN");
        assertThatThrownBy(() -> of("", Map.of("lea.variant", "none")))
                .hasMessageContaining("lea.variant must learn something from the LE but is none");
        assertThatThrownBy(() -> of("", Map.of("agent.algorithm", "sa2c", "agent.max_epochs", "5")))
                .hasMessageContaining("fewer warmUpEpochs than maxEpochs but they are 5 and 5");
    }

    @Test
    void of_epochs_becomeStepsOfTheWindowsThereAre() {
        var settings = Map.of("environment.epochs", "3", "environment.rows", "10");
        assertThat(of("", settings).environment().steps()).isEqualTo(30); // of 100 windows
    }

    /// The table in the documentation says what the code does.
    @Test
    void documentation_listsEverySettingWithItsDefaults() throws IOException {
        Map<String, List<String>> told = new TreeMap<>();
        for (String line : Files.readAllLines(Path.of("../docs/training.md"))) {
            if (line.matches("\\| `[a-z_.]+` \\|.*")) {
                String[] cells = line.split("\\|", -1);
                told.put(
                        cells[1].strip().replace("`", ""),
                        List.of(cells[2].strip(), cells[3].strip()));
            }
        }
        Map<String, List<String>> actual = new TreeMap<>();
        Map<String, String> demo = RunSettings.preset("demo");
        RunSettings.preset("default")
                .forEach((name, value) -> actual.put(name, List.of(value, demo.get(name))));
        assertThat(told).isEqualTo(actual);
    }

    private static RunSettings of(String preset, Map<String, String> settings) {
        return RunSettings.of(preset, settings, 1, _ -> 100);
    }

    @Test
    void of_whatGoesWithAnEncoder_isChosenByItUnlessItIsSet() {
        RunSettings sasrec = of("", Map.of());
        RunSettings gru = of("", Map.of("agent.encoder", "gru4rec"));
        assertThat(sasrec.lea().lea().stateUse()).isEqualTo(StateUse.INITIALISE);
        assertThat(gru.lea().lea().stateUse()).isEqualTo(StateUse.ALIGN);
        assertThat(gru.base().learningRate()).isEqualTo(0.003);
        assertThat(of("", Map.of("agent.head", "tokens")).lea().lea().stateUse())
                .isEqualTo(StateUse.JOIN);
        assertThat(of("", Map.of("lea.states", "join")).lea().lea().stateUse())
                .isEqualTo(StateUse.JOIN);
    }
}
