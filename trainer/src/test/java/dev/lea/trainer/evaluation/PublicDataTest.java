package dev.lea.trainer.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.lea.trainer.data.CounterRandom;
import dev.lea.trainer.data.Dataset;
import dev.lea.trainer.data.Sequence;
import dev.lea.trainer.data.Transitions;
import dev.lea.trainer.evaluation.Ranking.Group;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

/// Figures of public data sets that others computed with other code. The data is not part of this
/// repository: it is looked for in `../shared/data` beside the repository, or in `data` of the folder that
/// the system property `lea.shared` names.
class PublicDataTest {
    @Test
    void popularity_industrial_givesThePublishedFigures() {
        Dataset data = read("industrial");
        int items = data.catalogue().size();

        Ranking ranking =
                new RankingEvaluation(items).rank(Popularity.of(data.train(), items), data.test());

        assertThat(items).isEqualTo(4344);
        assertThat(data.users()).isEqualTo(8317);
        assertThat(data.interactions()).isEqualTo(58492);
        assertThat(data.badRows().count()).isZero();
        // Published as 0.0195, where ties count in the target's favour; by our rule, that they do
        // not, an
        // independent computation gives this.
        assertThat(ranking.ndcg(Group.ALL, 10)).isCloseTo(0.019401955, within(1e-8));
        assertThat(ranking.hitRate(Group.ALL, 10)).isCloseTo(0.0365606, within(1e-7));
    }

    @Test
    void accuracy_popularityAgainstUniformNegatives_isAsComputedElsewhere() {
        PairwiseAccuracy industrial = popularityAccuracy(read("industrial"));
        assertThat(industrial.value()).isCloseTo(0.653, within(0.01));
        assertThat(industrial.withTiesAsHalf()).isCloseTo(0.674, within(0.01));

        PairwiseAccuracy movies = popularityAccuracy(read("ml-100k"));
        assertThat(movies.value()).isCloseTo(0.848, within(0.01));
        assertThat(movies.withTiesAsHalf()).isCloseTo(0.850, within(0.01));
    }

    private static PairwiseAccuracy popularityAccuracy(Dataset data) {
        int items = data.catalogue().size();
        Popularity popularity = Popularity.of(data.train(), items);
        Transitions events = Transitions.of(data.valid());
        var random = CounterRandom.of(1, "negatives", 0);
        int[] user = new int[events.size()];
        float[] chosen = new float[events.size()];
        float[] other = new float[events.size()];
        for (int event = 0; event < events.size(); event++) {
            user[event] = events.sequence(event);
            chosen[event] = popularity.count(events.action(event));
            other[event] =
                    popularity.count(
                            uninteracted(events.sequences().get(user[event]), items, random));
        }
        return PairwiseAccuracy.of(user, chosen, other, 1);
    }

    private static int uninteracted(Sequence sequence, int items, CounterRandom random) {
        Set<Integer> own = new HashSet<>();
        for (int item : sequence.items()) {
            own.add(item);
        }
        int item = random.nextInt(items);
        while (own.contains(item)) {
            item = random.nextInt(items);
        }
        return item;
    }

    private static Dataset read(String name) {
        String shared = System.getProperty("lea.shared");
        // Tests run in the module's folder.
        Path folder =
                (shared == null ? Path.of("../../shared") : Path.of(shared))
                        .resolve("data")
                        .resolve(name);
        assumeTrue(Files.isDirectory(folder), "the public data set is not at " + folder);
        return Dataset.read(folder, 0);
    }
}
