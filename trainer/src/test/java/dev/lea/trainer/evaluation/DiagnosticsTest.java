package dev.lea.trainer.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.lea.trainer.data.Catalogue;
import dev.lea.trainer.data.CounterRandom;
import dev.lea.trainer.data.Dataset;
import dev.lea.trainer.data.Sequence;
import dev.lea.trainer.data.Transitions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DiagnosticsTest {
    @TempDir Path folder;

    @Test
    void gini_ofKnownSpreads_isTheFormulas() {
        assertThat(Gini.of(new int[] {3, 3, 3})).isZero();
        assertThat(Gini.of(new int[] {0, 8, 0, 0})).isEqualTo(0.75);
        assertThat(Gini.of(new int[] {2, 1, 3})).isCloseTo(2.0 / 9, within(1e-12));
        assertThat(Gini.of(new int[] {0, 0})).isNaN();
    }

    @Test
    void textDistance_ofAlikeItems_isLess() throws IOException {
        TextDistance distance = TextDistance.of(catalogue());

        assertThat(distance.between(0, 0)).isCloseTo(0, within(1e-6));
        assertThat(distance.between(0, 1)).isBetween(0.05, 0.95);
        assertThat(distance.between(0, 1)).isEqualTo(distance.between(1, 0));
        assertThat(distance.between(0, 2)).isEqualTo(1);
        assertThat(distance.between(0, 3)).isEqualTo(1);
        assertThat(distance.within(List.of(new int[] {0, 1, 2}, new int[] {2, 3})))
                .isCloseTo(((distance.between(0, 1) + 2) / 3 + 1) / 2, within(1e-12));
    }

    @Test
    void rewardSpread_ofUsersByActivity_groupsThem() {
        var transitions =
                Transitions.of(
                        List.of(
                                sequence("a", 1),
                                sequence("b", 2),
                                sequence("c", 2),
                                sequence("d", 5)));

        List<RewardSpread> spreads = RewardSpread.of(transitions, t -> t < 5 ? 1 : t % 2, 2);

        assertThat(spreads).hasSize(2);
        assertThat(spreads.get(0))
                .isEqualTo(new RewardSpread(1, 2, 5, 1, 0, List.of(1.0, 1.0, 1.0, 1.0, 1.0)));
        assertThat(spreads.get(1).fewest()).isEqualTo(5);
        assertThat(spreads.get(1).mean()).isEqualTo(0.6);
        assertThat(spreads.get(1).deviation()).isCloseTo(Math.sqrt(0.24), within(1e-12));
    }

    @Test
    void principalComponents_ofAFlatCloud_findItsDirections() {
        var random = CounterRandom.of(3, "cloud", 0);
        float[][] rows = new float[500][3];
        for (float[] row : rows) {
            double along = 3 * random.nextGaussian();
            double across = random.nextGaussian();
            row[0] = (float) (5 + along * 0.6 - across * 0.8);
            row[1] = (float) (along * 0.8 + across * 0.6);
            row[2] = 1;
        }

        PrincipalComponents picture = PrincipalComponents.of(rows);

        assertThat(picture.first()).isCloseTo(0.9, within(0.03));
        assertThat(picture.first() + picture.second()).isCloseTo(1, within(1e-9));
        assertThat(PrincipalComponents.of(rows).points()[7]).isEqualTo(picture.points()[7]);
    }

    private static Sequence sequence(String user, int length) {
        return new Sequence(user, new int[length], null);
    }

    private Catalogue catalogue() throws IOException {
        StringBuilder interactions = new StringBuilder("user\titem\ttimestamp\n");
        for (int user = 0; user < 10; user++) {
            for (int item = 0; item < 4; item++) {
                interactions.append("u%d\t%d\t%d%n".formatted(user, item, item));
            }
        }
        Files.writeString(folder.resolve("interactions.tsv"), interactions);
        Files.writeString(
                folder.resolve("items.tsv"),
                "item\ttitle\n0\tred steel hammer\n1\tBlue hammer, steel\n2\twool socks\n");
        return Dataset.read(folder, 1).catalogue();
    }
}
