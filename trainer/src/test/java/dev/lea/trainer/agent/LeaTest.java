package dev.lea.trainer.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class LeaTest {
    @Test
    void variants_areTheEightByName() {
        assertThat(Lea.variants().stream().map(Lea::name))
                .containsExactly("NONE", "LES", "LER", "LESR", "LEA", "LEAS", "LEAR", "LEASR");
    }

    @Test
    void named_givesTheVariantOfThatName() {
        for (Lea variant : Lea.variants()) {
            assertThat(Lea.named(variant.name())).isEqualTo(variant);
        }
        assertThatThrownBy(() -> Lea.named("LEX"))
                .hasMessageContaining("LEASR")
                .hasMessageContaining("LEX");
    }

    @Test
    void settings_thatCannotWork_areRefusedWithTheBound() {
        var learning = LeaSettings.NONE.withVariant(Lea.LEASR);
        assertThatThrownBy(() ->
                        AgentSettings.DEFAULT.withLea(learning).withAlgorithm(Algorithm.SUPERVISED))
                .hasMessageContaining(
                        "LEASR needs an algorithm that learns action values from negatives");
        assertThatThrownBy(() -> AgentSettings.DEFAULT.withLearningRate(Double.NaN))
                .hasMessageContaining("learningRate must be in [1.0E-7, 1.0] but is NaN");
        assertThatThrownBy(() -> new AgentData(1, null, null, ""))
                .hasMessageContaining("items must be in [2, ");
    }

    @Test
    void open_withoutAnnotations_saysWhatNeedsThem() {
        assertThatThrownBy(() ->
                        Tiny.data(3)
                                .expectFor(
                                        Tiny.SETTINGS.withLea(
                                                LeaSettings.NONE.withVariant(Lea.LEASR))))
                .hasMessageContaining("LEASR learns from the environment");
    }

    @Test
    void label_namesAlgorithmAndVariant() {
        assertThat(Tiny.SETTINGS.withAlgorithm(Algorithm.SUPERVISED).label()).isEqualTo("SASRec");
        assertThat(Tiny.SETTINGS.withLea(LeaSettings.NONE.withVariant(Lea.LEASR)).label())
                .isEqualTo("SASRec-SNQN-LEASR");
    }
}
