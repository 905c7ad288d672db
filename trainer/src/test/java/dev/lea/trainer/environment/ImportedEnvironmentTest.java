package dev.lea.trainer.environment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lea.serving.Failure;
import dev.lea.serving.bundle.Bundle;
import dev.lea.serving.bundle.ItemIndex;
import dev.lea.serving.bundle.Probes;
import dev.lea.serving.feature.PackedSequence;
import dev.lea.serving.onnx.OnnxModel;
import dev.lea.serving.onnx.OnnxOptions;
import dev.lea.trainer.evaluation.Spearman;
import dev.lea.trainer.llm.Adapted;
import dev.lea.trainer.llm.LanguageModel;
import dev.lea.trainer.llm.LlmBundle;
import dev.lea.trainer.llm.Precision;
import dev.lea.trainer.llm.StoredWeights;
import dev.lea.trainer.llm.huggingface.Checkpoint;
import dev.lea.trainer.llm.huggingface.HuggingFaceModel;
import dev.lea.trainer.net.Progress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// An LE on a language model that was imported, in every precision.
class ImportedEnvironmentTest {
    private static final int ITEMS = 20;
    private static final Adapted.LoraConfig LORA =
            new Adapted.LoraConfig(4, 8, Adapted.LoraConfig.DEFAULT.targets());
    private static final Adapted.LoraConfig WHOLE = new Adapted.LoraConfig(0, 16, Set.of());

    @TempDir Path folder;

    @ParameterizedTest
    @EnumSource(Precision.class)
    void run_onAnImportedModel_learnsAndIsServedBesideItsWeights(Precision precision) {
        LanguageModel model = imported(precision);
        Path kept = folder.resolve("run");
        kept.toFile().mkdir();
        ItemTokens tokens = tokens(model, kept);
        assertThat(tokens.lossAfter()).isLessThan(tokens.lossBefore());
        var losses = new ArrayList<Double>();
        var fitted =
                new EnvironmentFit(model, tokens, settings(40, LORA), 3, kept)
                        .run(
                                users(60, 1),
                                (done, _, note) -> {
                                    if (done > 0) {
                                        losses.add(Double.parseDouble(note.replace("loss ", "")));
                                    }
                                });
        assertThat(losses.getLast()).isLessThan(losses.getFirst());
        assertThat(fitted.parameters().arrays().keySet())
                .allMatch(name -> !name.startsWith("llm."));
        try (var environment = FittedEnvironment.open(model, fitted, LORA, 1)) {
            assertServed(environment, tokens);
        }
    }

    private void assertServed(FittedEnvironment environment, ItemTokens tokens) {
        int[] counts = new int[ITEMS];
        Arrays.fill(counts, 1);
        List<Integer> reference = EnvironmentEvaluation.reference(ITEMS, 4, 1);
        var report =
                new EnvironmentEvaluation(tokens, counts, reference, 5, 1)
                        .run(environment, users(5, 2), users(5, 3), Progress.NONE);
        Bundle bundle =
                EnvironmentBundle.write(
                        folder.resolve("environment"),
                        ItemIndex.of(IntStream.range(0, ITEMS).mapToObj(i -> "item-" + i).toList()),
                        environment,
                        report,
                        reference,
                        Map.of(),
                        Map.of(),
                        Optional.empty());
        assertThat(bundle.manifest().files()).containsKey(StoredWeights.FILE);
        assertThat(bundle.manifest().files().get(Bundle.MODEL).sizeBytes()).isLessThan(300_000);
        try (OnnxModel served = OnnxModel.load(bundle.file(Bundle.MODEL), OnnxOptions.SERVING)) {
            Probes.read(bundle).replay(served, environment.shared());
        }
    }

    /// The bars of the documentation: rewards and similarities of a fitted LE when its backbone is stored in fewer bits.
    @Test
    void run_onABackboneInFewerBits_ranksAsOnTheFull() {
        LanguageModel full = imported(Precision.FP32);
        Path kept = folder.resolve("run");
        kept.toFile().mkdir();
        ItemTokens tokens = tokens(full, kept);
        var fitted =
                new EnvironmentFit(full, tokens, settings(60, LORA), 3, kept)
                        .run(users(60, 1), Progress.NONE);
        double[][] expected = answers(full, fitted);
        for (var bar : Map.of(Precision.INT8, 0.99, Precision.INT4, 0.97).entrySet()) {
            double[][] given = answers(imported(bar.getKey()), fitted);
            assertThat(Spearman.of(expected[0], given[0]))
                    .as("rewards in %s", bar.getKey())
                    .isGreaterThan(bar.getValue());
            assertThat(Spearman.of(expected[1], given[1]))
                    .as("similarities in %s", bar.getKey())
                    .isGreaterThan(bar.getValue());
        }
    }

    @Test
    void run_theWholeOfAModelInBlocks_isRefused() {
        LanguageModel model = imported(Precision.INT8);
        ItemTokens tokens = tokens(model, folder);
        assertThatThrownBy(() ->
                        new EnvironmentFit(model, tokens, settings(5, WHOLE), 3, folder)
                                .run(users(5, 1), Progress.NONE))
                .isInstanceOf(Failure.Conflict.class)
                .hasMessageContaining("INT8 cannot be trained");
    }

    @Test
    void run_theWholeOfAModelInFull_trainsIt() {
        LanguageModel model = imported(Precision.FP32);
        ItemTokens tokens = tokens(model, folder);
        var fitted =
                new EnvironmentFit(model, tokens, settings(5, WHOLE), 3, folder)
                        .run(users(20, 1), Progress.NONE);
        assertThat(fitted.parameters().get("llm.layers.0.attention.query"))
                .isNotEqualTo(model.weights().parameters().get("llm.layers.0.attention.query"));
    }

    @Test
    void run_onAModelWithTooFewPositions_isRefused() {
        Checkpoint checkpoint =
                Checkpoint.of("llama", "{\"max_position_embeddings\": 12}", "F32", 1);
        LanguageModel model = imported(checkpoint, Precision.FP32);
        ItemTokens tokens = tokens(model, folder);
        assertThatThrownBy(() ->
                        new EnvironmentFit(model, tokens, settings(5, LORA), 3, folder)
                                .run(users(5, 1), Progress.NONE))
                .hasMessageContaining("positions but the language model has 12");
    }

    /// Raw rewards of all items after some histories, and cosines of their states with all keys.
    private static double[][] answers(LanguageModel model, EnvironmentFit.Fitted fitted) {
        List<Double> rewards = new ArrayList<>();
        List<Double> similarities = new ArrayList<>();
        try (var environment = FittedEnvironment.open(model, fitted, LORA, 1)) {
            ItemTable table = environment.items();
            for (int[] user : users(12, 9)) {
                int[] history = Arrays.copyOf(user, 4);
                var sequence = PackedSequence.of(environment.layout(), history);
                int[] slots = new int[ITEMS];
                for (int i = 0; i < ITEMS; i++) {
                    slots[i] = sequence.candidate(4, i);
                }
                var answer = environment.run(List.of(sequence));
                float[] state = answer.state(0, sequence.stateSlot(4));
                double length = 0;
                for (float s : state) {
                    length += (double) s * s;
                }
                for (int i = 0; i < ITEMS; i++) {
                    rewards.add((double) answer.score(0, slots[i]));
                    double product = 0;
                    for (int d = 0; d < state.length; d++) {
                        product +=
                                state[d]
                                        * (double)
                                                table.elements()[
                                                        i * ItemTable.columns(state.length)
                                                                + state.length
                                                                + d];
                    }
                    similarities.add(product / Math.sqrt(length));
                }
            }
        }
        return new double[][] {
            rewards.stream().mapToDouble(Double::doubleValue).toArray(),
            similarities.stream().mapToDouble(Double::doubleValue).toArray()
        };
    }

    private static ItemTokens tokens(LanguageModel model, Path kept) {
        List<String> texts =
                IntStream.range(0, ITEMS)
                        .mapToObj(i ->
                                (i % 2 == 0 ? "A steel bolt of size " : "A jazz record, number ")
                                        + i)
                        .toList();
        return new ItemTokenFit(model, new ItemTokenFit.Settings(3, 8, 0, 12, 24, 0.05, 1), 3, kept)
                .run(texts, Progress.NONE);
    }

    private LanguageModel imported(Precision precision) {
        return imported(Checkpoint.of("qwen3", "{\"head_dim\": 16}", "BF16", 1), precision);
    }

    private LanguageModel imported(Checkpoint checkpoint, Precision precision) {
        Path source = folder.resolve("source");
        try (HuggingFaceModel model = HuggingFaceModel.open(checkpoint.write(source))) {
            LlmBundle bundle =
                    model.write(folder.resolve("llm-" + precision), precision, 32, Progress.NONE);
            return LlmBundle.open(bundle.bundle().folder()).model();
        }
    }

    private static EnvironmentSettings settings(int steps, Adapted.LoraConfig lora) {
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
                100,
                16,
                lora,
                4,
                "The user:",
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
}
