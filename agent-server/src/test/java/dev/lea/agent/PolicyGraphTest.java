package dev.lea.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.lea.serving.Failure;
import dev.lea.serving.onnx.ElementType;
import dev.lea.serving.onnx.GraphBuilder;
import dev.lea.serving.onnx.OnnxModel;
import dev.lea.serving.onnx.OnnxOptions;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.IntPredicate;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;

class PolicyGraphTest {
    private static final int[] NONE = {};
    private static final LinearPolicy POLICY = new LinearPolicy(20, 4, 0);

    @RepeatedTest(10)
    void run_batchOfDifferentQueries_answersEachAsIfAlone() {
        long seed = ThreadLocalRandom.current().nextLong();
        var random = new Random(seed);
        try (PolicyGraph graph = open(POLICY.onnx(), 20)) {
            List<Query> queries = new ArrayList<>();
            for (int i = 0; i < 7; i++) {
                queries.add(query(random));
            }
            List<Supplier<Ranking>> answers = graph.run(queries);
            for (int i = 0; i < queries.size(); i++) {
                Query query = queries.get(i);
                Ranking ranking = answers.get(i).get();
                assertThat(ranking.items())
                        .as("seed %s query %s", seed, i)
                        .isEqualTo(POLICY.best(query.history(), query.k(), passes(query)));
                for (int place = 0; place < ranking.items().length; place++) {
                    assertThat(ranking.scores()[place])
                            .isCloseTo(
                                    POLICY.score(query.history(), ranking.items()[place]),
                                    within(1e-5f));
                    assertThat(ranking.propensities()[place]).isEqualTo(1);
                }
            }
        }
    }

    @Test
    void run_sampledBesideBest_disturbsNeither() {
        try (PolicyGraph graph = open(POLICY.onnx(), 20)) {
            var sampling = Optional.of(new Sampling(0.5f, 11));
            int[] history = {3, 4};
            int[] excluded = {5, 6};
            var sampled = new Query(history, excluded, NONE, true, 3, sampling);
            var best = new Query(history, excluded, NONE, true, 5, Optional.empty());
            var answers = graph.run(List.of(sampled, best));
            float[] scores = new float[20];
            for (int i = 0; i < 20; i++) {
                scores[i] = i == 5 || i == 6 ? Float.NEGATIVE_INFINITY : POLICY.score(history, i);
            }
            assertThat(answers.get(0).get().items())
                    .isEqualTo(new Sampling(0.5f, 11).draw(scores, 0, 20, 3).items());
            assertThat(answers.get(1).get().items())
                    .isEqualTo(POLICY.best(history, 5, passes(best)));
        }
    }

    @Test
    void of_otherCatalogue_isRefused() {
        assertThatThrownBy(() -> open(POLICY.onnx(), 21))
                .isInstanceOf(Failure.Corrupt.class)
                .hasMessage(
                        "the policy's graph has the output scores as FLOAT [-1, 20] but must have FLOAT [-1, 21] (-1: open)");
    }

    @Test
    void of_missingInput_isRefused() {
        byte[] model =
                new GraphBuilder()
                        .input("history", ElementType.INT64, "batch", 4)
                        .output("top_items", ElementType.INT64, "batch", 4)
                        .node("Identity", List.of("history"), List.of("top_items"))
                        .build();
        assertThatThrownBy(() -> open(model, 20))
                .isInstanceOf(Failure.Corrupt.class)
                .hasMessage("the policy's graph lacks the input length");
    }

    @Test
    void run_notANumber_isBroken() {
        try (PolicyGraph graph = open(POLICY.onnxWithWeight(Float.NaN), 20)) {
            var answer = graph.run(List.of(new Query(NONE, NONE, NONE, true, 1, Optional.empty())));
            assertThatThrownBy(() -> answer.getFirst().get())
                    .isInstanceOf(Failure.Broken.class)
                    .hasMessage("the policy gave a score of NaN");
        }
    }

    private static PolicyGraph open(byte[] model, int items) {
        return PolicyGraph.of(OnnxModel.load(model, OnnxOptions.SERVING), items);
    }

    private static Query query(Random random) {
        return new Query(
                random.ints(random.nextInt(8), 0, 20).toArray(),
                random.ints(random.nextInt(12), 0, 20).toArray(),
                random.ints(random.nextInt(5), 0, 20).toArray(),
                random.nextBoolean(),
                1 + random.nextInt(20),
                Optional.empty());
    }

    private static IntPredicate passes(Query query) {
        return item ->
                !contains(query.excluded(), item)
                        && (query.unrestricted() || contains(query.allowed(), item));
    }

    private static boolean contains(int[] items, int item) {
        return IntStream.of(items).anyMatch(i -> i == item);
    }
}
