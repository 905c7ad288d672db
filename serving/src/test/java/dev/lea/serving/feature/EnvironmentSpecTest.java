package dev.lea.serving.feature;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lea.serving.Failure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class EnvironmentSpecTest {
    private static final EnvironmentSpec SPEC =
            new EnvironmentSpec(100, 8, 17, 20, List.of(1, 2), List.of(3), List.of(0, 5, 9), 0.7);

    @TempDir Path folder;

    @Test
    void read_ofWhatWasWritten_isTheSame() throws IOException {
        Path file = Files.write(folder.resolve("environment.json"), SPEC.toBytes());
        assertThat(EnvironmentSpec.read(file)).isEqualTo(SPEC);
        assertThat(Files.readString(file))
                .contains("vocabulary_size", "item_columns", "context_items", "action_prompt")
                .doesNotContain("layout");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "\"reward_temperature\" : 0.7 | \"reward_temperature\" : 0 | reward_temperature must be above 0",
                "\"reference_items\" : [ 0, 5, 9 ] | \"reference_items\" : [ ] | at least one item but is empty",
                "\"reference_items\" : [ 0, 5, 9 ] | \"reference_items\" : [ 5, 5 ] | must hold different items",
                "\"prompt\" : [ 1, 2 ] | \"prompt\" : [ ] | a prompt needs at least one token",
                "\"prompt\" : [ 1, 2 ] | \"prompt\" : [ 100 ] | prompt token must be in [0, 99] but is 100",
                "\"context_items\" : 20 | \"context\" : 20 | context_items",
                "\"width\" : 8 | \"width\" : null | width",
                "\"width\" : 8 | \"width\" : | environment.json cannot be read"
            })
    void read_ofABrokenFile_isRefusedWithTheReason(String from, String to, String message)
            throws IOException {
        String text = new String(SPEC.toBytes(), java.nio.charset.StandardCharsets.UTF_8);
        assertThat(text).contains(from);
        Path file = Files.writeString(folder.resolve("environment.json"), text.replace(from, to));
        assertThatThrownBy(() -> EnvironmentSpec.read(file))
                .isInstanceOf(Failure.Corrupt.class)
                .hasMessageContaining(message);
    }
}
