package dev.lea.trainer.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.lea.trainer.net.Parameters;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Updates that see a sample of the items beside updates that see all.
class SampledFormTest {
    private static final float CLOSE = 1e-5f;

    static Stream<AgentSettings> settings() {
        return EveryAgentTest.whole();
    }

    /// Also of rows that most updates do not touch.
    @ParameterizedTest
    @MethodSource("settings")
    void updates_withTheWholeCatalogueAsCandidates_areThoseOfTheFullForm(AgentSettings settings) {
        AgentData data = Tiny.annotated(12);
        AgentSettings sampled =
                settings.withSampling(new SamplingSettings(Tiny.ITEMS - 1, 10 * Tiny.ITEMS, 0.5));
        try (var full = AgentStep.compile(settings, data);
                var step = AgentStep.compile(sampled, data)) {
            for (long number = 0; number < 10; number++) {
                float expected = full.update(number);
                assertThat(step.update(number))
                        .as("loss of update %d", number)
                        .isCloseTo(expected, within(CLOSE * Math.max(1, Math.abs(expected))));
            }
            for (int network = 0; network < full.networks().size(); network++) {
                Parameters expected = full.parameters(network);
                Parameters actual = step.parameters(network);
                expected.arrays()
                        .forEach((name, array) ->
                                assertThat(actual.get(name))
                                        .as(name)
                                        .containsExactly(array.elements(), within(CLOSE)));
            }
        }
    }
}
