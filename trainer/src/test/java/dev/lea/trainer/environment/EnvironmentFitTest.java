package dev.lea.trainer.environment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.lea.serving.bundle.Bundle;
import dev.lea.serving.bundle.ItemIndex;
import dev.lea.serving.bundle.Probes;
import dev.lea.serving.feature.EnvironmentSpec;
import dev.lea.serving.feature.PackedBatch;
import dev.lea.serving.feature.PackedSequence;
import dev.lea.serving.onnx.ElementType;
import dev.lea.serving.onnx.OnnxModel;
import dev.lea.serving.onnx.OnnxOptions;
import dev.lea.serving.onnx.Tensor;
import dev.lea.trainer.llm.Adapted;
import dev.lea.trainer.llm.LanguageModel;
import dev.lea.trainer.llm.Pretraining;
import dev.lea.trainer.llm.Trained;
import dev.lea.trainer.net.Graph;
import dev.lea.trainer.net.OnnxWriter;
import dev.lea.trainer.net.Progress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.CancellationException;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The LE on a catalogue of two kinds, whose users stay with one kind.
class EnvironmentFitTest {
    private static final int ITEMS = 20;
    private static final Adapted.LoraConfig WHOLE = new Adapted.LoraConfig(0, 16, Set.of());

    @TempDir static Path shared;
    @TempDir Path folder;

    private static LanguageModel model;
    private static ItemTokens tokens;
    private static EnvironmentFit.Fitted fitted;

    private static EnvironmentSettings settings(
            int steps, Adapted.LoraConfig lora, int sampledSoftmax) {
        return new EnvironmentSettings(
                steps,
                16,
                0,
                0.01,
                6,
                1,
                0.07,
                1,
                2,
                2,
                2.5,
                5,
                0.1,
                sampledSoftmax,
                16,
                lora,
                4,
                "History:",
                ":",
                1);
    }

    private static List<int[]> users(int count, long seed) {
        var random = new SplittableRandom(seed);
        List<int[]> users = new ArrayList<>();
        for (int u = 0; u < count; u++) {
            int kind = random.nextInt(2);
            users.add(
                    random.ints(4 + random.nextInt(8), 0, ITEMS / 2)
                            .map(i -> 2 * i + kind)
                            .toArray());
        }
        return users;
    }

    @BeforeAll
    static void fit() {
        List<String> texts = new ArrayList<>();
        for (int i = 0; i < ITEMS; i++) {
            texts.add(
                    i == 7
                            ? ""
                            : (i % 2 == 0 ? "A steel bolt of size " : "A jazz record, number ")
                                    + i);
        }
        model =
                new Pretraining(
                                new Pretraining.Settings(300, 16, 1, 64, 40, 4, 24, 0.01, 64, 1),
                                3,
                                shared)
                        .run(texts, Progress.NONE);
        tokens =
                new ItemTokenFit(
                                model,
                                new ItemTokenFit.Settings(3, 8, 0, 12, 24, 0.05, 1),
                                3,
                                shared)
                        .run(texts, Progress.NONE);
        fitted =
                new EnvironmentFit(model, tokens, settings(60, WHOLE, 100), 3, shared)
                        .run(users(80, 1), Progress.NONE);
    }

    @Test
    void run_onUsersOfOneKind_learnsTheKinds() {
        try (var environment = FittedEnvironment.open(model, fitted, WHOLE, 1)) {
            List<Integer> reference = EnvironmentEvaluation.reference(ITEMS, 4, 1);
            int[] counts = new int[ITEMS];
            Arrays.fill(counts, 1);
            var report =
                    new EnvironmentEvaluation(tokens, counts, reference, 30, 1)
                            .run(environment, users(30, 2), users(30, 3), Progress.NONE);
            // The first event of a user cannot be known; all others can, by kind.
            assertThat(report.metrics().get("test.accuracy.uniform")).isGreaterThan(0.75);
            assertThat(report.passed()).as("%s", report.unmet()).isTrue();
            assertThat(report.metrics().get("token.loss.after"))
                    .isLessThan(report.metrics().get("token.loss.before"));
        }
    }

    @Test
    void run_stoppedAndStartedAgain_givesTheSameBits() {
        var fit = new EnvironmentFit(model, tokens, settings(60, WHOLE, 100), 3, folder);
        assertThatThrownBy(() ->
                        fit.run(
                                users(80, 1),
                                (done, _, _) -> {
                                    if (done == 23) {
                                        throw new CancellationException("stop");
                                    }
                                }))
                .isInstanceOf(CancellationException.class);
        var again = fit.run(users(80, 1), Progress.NONE);
        assertThat(again.items().elements()).isEqualTo(fitted.items().elements());
    }

    @Test
    void run_withAdapters_leavesTheBackboneAsItWas() {
        var lora = new Adapted.LoraConfig(2, 4, Set.of("query", "value"));
        var adapted =
                new EnvironmentFit(model, tokens, settings(5, lora, 100), 3, folder)
                        .run(users(20, 1), Progress.NONE);
        assertThat(adapted.parameters().under(Trained.PREFIX).arrays()).isEmpty();
        assertThat(adapted.parameters().arrays())
                .containsKey("lora.layers.0.attention.query.a")
                .doesNotContainKey("lora.layers.0.attention.key.a");
        try (var environment = FittedEnvironment.open(model, adapted, lora, 1)) {
            assertThat(
                            environment
                                    .run(List.of(PackedSequence.of(environment.layout(), 1, 2)))
                                    .scores())
                    .doesNotContain(Float.NaN);
        }
    }

    @Test
    void open_withAdapters_givesWhatTheFittedNetworkGives() {
        var lora = new Adapted.LoraConfig(2, 4, Set.of("query", "value"));
        var adapted =
                new EnvironmentFit(model, tokens, settings(5, lora, 100), 3, folder)
                        .run(users(20, 1), Progress.NONE);
        try (var environment = FittedEnvironment.open(model, adapted, lora, 1)) {
            var sequence = PackedSequence.of(environment.layout(), 1, 2, 5);
            int slot = sequence.candidate(2, 4);
            var answer = environment.run(List.of(sequence));
            Graph graph = new Graph();
            var network = new EnvironmentNetwork(model.config(), 64);
            var in = EnvironmentNetwork.Inputs.of(graph, 1, sequence.length());
            int columns = ItemTable.columns(16);
            var table = graph.input("item_tokens", ElementType.FLOAT, ITEMS, columns);
            var rows = ItemTable.rows(table, network.itemIndices(in), 16);
            var out =
                    network.outputs(
                            in, rows, new Adapted(graph, model.weights().frozen(graph), lora));
            byte[] bytes =
                    OnnxWriter.serving(
                            graph,
                            List.of(graph.named("scores", out.scores())),
                            adapted.parameters());
            Map<String, Tensor> inputs = new HashMap<>(PackedBatch.of(List.of(sequence)).tensors());
            inputs.put("item_tokens", environment.shared().get("item_tokens"));
            try (var fitting = OnnxModel.load(bytes, OnnxOptions.SERVING);
                    var expected = fitting.run(inputs, List.of("scores"))) {
                assertThat(answer.score(0, slot))
                        .isCloseTo(expected.floats("scores")[slot], within(1e-5f));
            }
        }
    }

    @Test
    void open_whateverWasFittedToAModel_hasItsGraph(@TempDir Path other) {
        var few = new Adapted.LoraConfig(2, 4, Set.of("query", "value"));
        var all = Adapted.LoraConfig.DEFAULT;
        var one =
                new EnvironmentFit(model, tokens, settings(1, few, 100), 3, folder)
                        .run(users(20, 1), Progress.NONE);
        var another =
                new EnvironmentFit(model, tokens, settings(1, all, 100), 4, other)
                        .run(users(20, 2), Progress.NONE);
        try (var first = FittedEnvironment.open(model, one, few, 1);
                var second = FittedEnvironment.open(model, another, all, 1)) {
            assertThat(first.served().graph()).isEqualTo(second.served().graph());
            assertThat(first.served().adapter().toBytes())
                    .isNotEqualTo(second.served().adapter().toBytes());
        }
    }

    @Test
    void run_withSampledNegatives_learnsToo() {
        var sampled =
                new EnvironmentFit(model, tokens, settings(60, WHOLE, 4), 3, folder)
                        .run(users(80, 1), Progress.NONE);
        try (var environment = FittedEnvironment.open(model, sampled, WHOLE, 1)) {
            int[] counts = new int[ITEMS];
            Arrays.fill(counts, 1);
            var report =
                    new EnvironmentEvaluation(
                                    tokens,
                                    counts,
                                    EnvironmentEvaluation.reference(ITEMS, 4, 1),
                                    30,
                                    1)
                            .run(environment, users(30, 2), users(30, 3), Progress.NONE);
            assertThat(report.metrics().get("test.ndcg@10"))
                    .isGreaterThan(report.metrics().get("test.popularity.ndcg@10"));
        }
    }

    @Test
    void candidates_packedTogether_scoreAsEachAlone() {
        try (var environment = FittedEnvironment.open(model, fitted, WHOLE, 1)) {
            var together = PackedSequence.of(environment.layout(), 2, 4, 6);
            int[] slots = new int[ITEMS];
            for (int i = 0; i < ITEMS; i++) {
                slots[i] = together.candidate(2, i);
            }
            int longer = together.continuation(2, 6);
            var shared = environment.run(List.of(together));
            for (int i = 0; i < ITEMS; i++) {
                var alone = PackedSequence.of(environment.layout(), 2, 4);
                int slot = alone.candidate(2, i);
                assertThat(environment.run(List.of(alone)).score(0, slot))
                        .isCloseTo(shared.score(0, slots[i]), within(1e-4f));
            }
            float[] continued = shared.state(0, longer);
            float[] stood = shared.state(0, together.stateSlot(3));
            for (int d = 0; d < continued.length; d++) {
                assertThat(continued[d]).isCloseTo(stood[d], within(1e-4f));
            }
        }
    }

    @Test
    void write_thenReplay_agreesAndRefusesAnotherTable() {
        ItemIndex index =
                ItemIndex.of(
                        java.util.stream.IntStream.range(0, ITEMS)
                                .mapToObj(i -> "item-" + i)
                                .toList());
        int[] counts = new int[ITEMS];
        Arrays.fill(counts, 1);
        List<Integer> reference = EnvironmentEvaluation.reference(ITEMS, 4, 1);
        try (var environment = FittedEnvironment.open(model, fitted, WHOLE, 1)) {
            var report =
                    new EnvironmentEvaluation(tokens, counts, reference, 5, 1)
                            .run(environment, users(5, 2), users(5, 3), Progress.NONE);
            Bundle bundle =
                    EnvironmentBundle.write(
                            folder.resolve("bundle"),
                            index,
                            environment,
                            report,
                            reference,
                            Map.of("data", "d"),
                            Map.of(),
                            Optional.empty());
            var spec = EnvironmentSpec.read(bundle.file(EnvironmentSpec.FILE));
            assertThat(spec.layout()).isEqualTo(environment.layout());
            try (OnnxModel served = OnnxModel.load(bundle.file(Bundle.MODEL), OnnxOptions.SERVING);
                    Tensor other =
                            Tensor.of(
                                    new float[ITEMS * spec.itemColumns()],
                                    ITEMS,
                                    spec.itemColumns())) {
                Probes probes = Probes.read(bundle);
                probes.replay(served, environment.shared());
                assertThatThrownBy(() -> probes.replay(served, Map.of("item_tokens", other)))
                        .hasMessageContaining("training saw");
            }
        }
    }

    @Test
    void retrieve_ranksByCosineAndLeavesTheExcludedOut() {
        try (var environment = FittedEnvironment.open(model, fitted, WHOLE, 1);
                OnnxModel retrieve =
                        OnnxModel.load(environment.retrieveBytes(), OnnxOptions.SERVING)) {
            var sequence = PackedSequence.of(environment.layout(), 2, 4);
            float[] state = environment.run(List.of(sequence)).state(0, sequence.stateSlot(2));
            var inputs =
                    Map.of(
                            "states", Tensor.of(state, 1, state.length),
                            "item_tokens", environment.shared().get("item_tokens"),
                            "excluded", Tensor.of(new long[] {2, 4, ITEMS}, 1, 3),
                            "k", Tensor.of(new long[] {ITEMS}, 1));
            try (var out = retrieve.run(inputs, List.of("top_items", "top_similarities"))) {
                long[] items = out.longs("top_items");
                float[] cosines = out.floats("top_similarities");
                assertThat(Arrays.stream(items).limit(ITEMS - 2))
                        .doesNotContain(2L, 4L)
                        .doesNotHaveDuplicates();
                assertThat(cosines[ITEMS - 1]).isEqualTo(Float.NEGATIVE_INFINITY);
                assertThat(cosines[0]).isBetween(-1f, 1f);
                int better = 0;
                for (int i = 0; i < ITEMS; i++) {
                    better +=
                            i != 2
                                            && i != 4
                                            && i != items[0]
                                            && environment.rank(state, i)
                                                    < environment.rank(state, (int) items[0])
                                    ? 1
                                    : 0;
                }
                assertThat(better).isZero();
            }
        }
    }
}
