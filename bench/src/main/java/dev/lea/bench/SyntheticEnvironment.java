package dev.lea.bench;

import dev.lea.serving.bundle.Bundle;
import dev.lea.serving.bundle.ItemIndex;
import dev.lea.serving.feature.PromptLayout;
import dev.lea.serving.onnx.ElementType;
import dev.lea.trainer.environment.EnvironmentBundle;
import dev.lea.trainer.environment.EnvironmentFit;
import dev.lea.trainer.environment.EnvironmentNetwork;
import dev.lea.trainer.environment.EnvironmentReport;
import dev.lea.trainer.environment.FittedEnvironment;
import dev.lea.trainer.environment.ItemTable;
import dev.lea.trainer.llm.Adapted;
import dev.lea.trainer.llm.LanguageModel;
import dev.lea.trainer.llm.LlamaConfig;
import dev.lea.trainer.llm.LlmBundle;
import dev.lea.trainer.llm.Outline;
import dev.lea.trainer.llm.Precision;
import dev.lea.trainer.llm.RopeScaling;
import dev.lea.trainer.llm.TensorSource;
import dev.lea.trainer.llm.Trained;
import dev.lea.trainer.net.Graph;
import dev.lea.trainer.net.Parameters;
import dev.lea.trainer.net.Value;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

/// A language environment of a given shape with random weights, written by the code that writes fitted ones: what it
/// says means nothing, what it costs is real.
///
/// Item i is called "item-i". A candidate is two tokens of prompt and the item; one reference item is scored beside the
/// candidates.
///
/// @param model of the backbone
/// @param lora  of the adapters; with rank 0 the whole model counts as fitted
record SyntheticEnvironment(LlamaConfig model, Adapted.LoraConfig lora) {
    static final int ITEMS = 2_000;
    static final int REFERENCE_ITEM = 0;
    static final int CONTEXT = 200;

    private static final int VOCABULARY = 512;
    private static final int POSITIONS = 512;

    /// Of the demo's: small, and fitted as a whole.
    static final SyntheticEnvironment DEMO =
            new SyntheticEnvironment(
                    LlamaConfig.small(VOCABULARY, 48, 2, POSITIONS),
                    new Adapted.LoraConfig(0, 16, Adapted.LoraConfig.DEFAULT.targets()));

    /// Of a model that people use (24 layers of width 896), but for its vocabulary, with adapters.
    static final SyntheticEnvironment LARGE =
            new SyntheticEnvironment(
                    new LlamaConfig(
                            VOCABULARY,
                            896,
                            24,
                            14,
                            2,
                            64,
                            4_864,
                            1e6,
                            1e-6,
                            POSITIONS,
                            RopeScaling.NONE,
                            new LlamaConfig.Parts(true, false, false, false, false)),
                    Adapted.LoraConfig.DEFAULT);

    PromptLayout layout() {
        return new PromptLayout(VOCABULARY, List.of(1), List.of(2, 3), CONTEXT);
    }

    static String id(int item) {
        return "item-" + item;
    }

    /// Writes it into a folder, with that of the language model beside it.
    ///
    /// @param seed of what is random
    Bundle write(Path folder, long seed) {
        LanguageModel backbone = backbone(folder.resolve("llm"), seed);
        var fitted = new EnvironmentFit.Fitted(layout(), parameters(backbone, seed), items(seed));
        try (var environment = FittedEnvironment.open(backbone, fitted, lora, 1)) {
            return EnvironmentBundle.write(
                    folder.resolve("environment"),
                    ItemIndex.of(
                            IntStream.range(0, ITEMS).mapToObj(SyntheticEnvironment::id).toList()),
                    environment,
                    new EnvironmentReport(Map.of(), List.of(), List.of(), List.of(), 1),
                    List.of(REFERENCE_ITEM),
                    Map.of(),
                    Map.of(),
                    Optional.empty());
        }
    }

    /// In memory where it is fitted as a whole, else in a file, as imported models are.
    private LanguageModel backbone(Path folder, long seed) {
        if (lora.rank() > 0) {
            Map<String, Outline.Weight> outline = Outline.of(model);
            var draft =
                    new LlmBundle.Draft(
                            "random",
                            "qwen2",
                            model,
                            name -> new RandomTensor(outline.get(name), seed ^ name.hashCode()),
                            "{}",
                            0);
            return LlmBundle.write(folder, draft, Precision.FP32, 32, (_, _, _) -> {}).model();
        }
        return new LanguageModel(model, new Parameters(Map.of()), "{}");
    }

    /// What fitting would have trained; where that starts at zero it is random all the same.
    private Parameters parameters(LanguageModel backbone, long seed) {
        Graph graph = new Graph();
        var in = EnvironmentNetwork.Inputs.of(graph, 1, 1);
        int width = model.width();
        Value token = graph.input("token", ElementType.FLOAT, 1, 1, width);
        var rows =
                new EnvironmentNetwork.ItemRows(
                        token, token, graph.input("bias", ElementType.FLOAT, 1, 1));
        var weights =
                lora.rank() == 0
                        ? new Trained(graph)
                        : new Adapted(graph, backbone.weights().frozen(graph), lora);
        var _ = new EnvironmentNetwork(model, POSITIONS).outputs(in, rows, weights);
        Map<String, Parameters.Array> arrays = new LinkedHashMap<>();
        Parameters.initial(graph, seed)
                .arrays()
                .forEach(
                        (name, array) -> arrays.put(name, somewhat(array, seed ^ name.hashCode())));
        return new Parameters(arrays);
    }

    private static Parameters.Array somewhat(Parameters.Array array, long seed) {
        for (float element : array.elements()) {
            if (element != 0) {
                return array;
            }
        }
        float[] elements = new float[array.elements().length];
        fill(elements, elements.length, seed, 0.02);
        return new Parameters.Array(array.shape(), elements);
    }

    private ItemTable items(long seed) {
        int width = model.width();
        int columns = ItemTable.columns(width);
        float[] elements = new float[ITEMS * columns];
        fill(elements, elements.length, seed, 0.02);
        for (int item = 0; item < ITEMS; item++) {
            double squares = 0;
            int key = item * columns + width;
            for (int d = key; d < key + width; d++) {
                squares += elements[d] * elements[d];
            }
            for (int d = key; d < key + width; d++) {
                elements[d] /= (float) Math.sqrt(squares);
            }
        }
        return new ItemTable(ITEMS, width, elements);
    }

    /// Uniform with a deviation: the costs are the same, and it is quick to draw.
    private static void fill(float[] into, int count, long seed, double deviation) {
        var random = new SplittableRandom(seed);
        double range = deviation * Math.sqrt(12);
        for (int i = 0; i < count; i++) {
            into[i] = (float) ((random.nextDouble() - 0.5) * range);
        }
    }

    /// A weight whose elements depend on where reading begins as well as on the seed.
    private record RandomTensor(Outline.Weight weight, long seed) implements TensorSource {
        @Override
        public long[] shape() {
            return weight.role() == Outline.Role.MATRIX
                    ? new long[] {weight.columns(), weight.rows()}
                    : new long[] {weight.rows(), weight.columns()};
        }

        @Override
        public void read(long from, float[] into, int count) {
            if (weight.role() == Outline.Role.VECTOR) {
                Arrays.fill(into, 0, count, 1f);
            } else {
                fill(into, count, seed + from, 1 / Math.sqrt((double) weight.rows()) / 2);
            }
        }
    }
}
