package dev.lea.environment.model;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lea.environment.model.EnvironmentGraph.Output;
import dev.lea.environment.model.Row.Recall;
import dev.lea.serving.feature.PackedSequence;
import dev.lea.serving.feature.PromptLayout;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/// Which rows of different callers share a pass.
class RowPassTest {
    private static final PromptLayout LAYOUT = new PromptLayout(10, List.of(1, 2), List.of(3), 200);
    private static final Passes PASSES =
            new Passes(
                    null,
                    new RowPlan(LAYOUT, new PassLimits(64, 256, 256)),
                    null,
                    new PassStatistics());

    @Test
    void admit_rowsOfAboutOneLength_joinUntilThePassIsFull() {
        var pass = row(50, 0).open();
        assertThat(pass.admit(row(60, 0))).isTrue();
        assertThat(pass.admit(row(40, 0))).isTrue();
        assertThat(pass.isFull()).isFalse();
        assertThat(pass.admit(row(60, 0))).isTrue(); // 4 rows of 60 places
        assertThat(pass.isFull()).isTrue();
        assertThat(pass.admit(row(40, 0))).isFalse();
    }

    @Test
    void admit_longAndShortRows_stayApart() {
        var pass = row(50, 0).open();
        assertThat(pass.admit(row(10, 0))).isFalse();
        assertThat(pass.admit(row(25, 0))).isTrue();
        assertThat(pass.admit(row(60, 0))).isFalse(); // more than twice as long as the shortest
        var few = row(1, 0).open();
        assertThat(few.admit(row(9, 0))).isTrue();
        assertThat(few.admit(row(12, 0))).isFalse();
    }

    @Test
    void admit_rowsThatRememberMuchAndLittle_stayApart() {
        var pass = row(1, 100).open();
        assertThat(pass.admit(row(1, 20))).isFalse();
        assertThat(pass.admit(row(1, 60))).isTrue();
        assertThat(pass.admit(row(1, 130))).isFalse();
    }

    private static RowPass.Task row(int length, int recalled) {
        var known = new KeyValues(recalled, new float[0]);
        return new RowPass.Task(
                PASSES,
                new Row(
                        0,
                        1,
                        _ -> PackedSequence.of(LAYOUT),
                        length,
                        new Recall(known, recalled, recalled + length),
                        Optional.empty()),
                Output.STATES,
                new float[0]);
    }
}
