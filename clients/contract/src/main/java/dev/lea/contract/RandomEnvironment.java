package dev.lea.contract;

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
import dev.lea.trainer.llm.Trained;
import dev.lea.trainer.net.Graph;
import dev.lea.trainer.net.Parameters;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;

/// A small language environment with random weights, the same for the same arguments: what it says means nothing, but
/// its rewards spread over (0, 1) and depend on the history.
///
/// @param width  of states
/// @param layers blocks; more are slower
/// @param seed   of the weights
record RandomEnvironment(int width, int layers, long seed) {
    static final int CONTEXT = 50;

    private static final int VOCABULARY = 16;
    private static final int POSITIONS = 128;
    private static final double DEVIATION = 0.5; // of what training would have moved away from zero
    private static final double TEMPERATURE = 0.5;
    private static final List<Integer> REFERENCE = List.of(0, 1, 2, 3);

    Path write(Path folder) {
        var config = LlamaConfig.small(VOCABULARY, width, layers, POSITIONS);
        var backbone = new LanguageModel(config, new Parameters(Map.of()), "{}");
        var layout = new PromptLayout(VOCABULARY, List.of(1), List.of(2), CONTEXT);
        var fitted = new EnvironmentFit.Fitted(layout, parameters(config), items());
        var whole = new Adapted.LoraConfig(0, 16, Adapted.LoraConfig.DEFAULT.targets());
        try (var environment = FittedEnvironment.open(backbone, fitted, whole, 1)) {
            return EnvironmentBundle.write(
                            folder,
                            Catalogue.ITEMS,
                            environment,
                            new EnvironmentReport(
                                    Map.of("seed", (double) seed),
                                    List.of(),
                                    List.of(),
                                    List.of(),
                                    TEMPERATURE),
                            REFERENCE,
                            Map.of(),
                            Map.of(),
                            Optional.empty())
                    .folder();
        }
    }

    private Parameters parameters(LlamaConfig config) {
        Graph graph = new Graph();
        var in = EnvironmentNetwork.Inputs.of(graph, 1, 1);
        var token = graph.input("token", ElementType.FLOAT, 1, 1, width);
        var rows =
                new EnvironmentNetwork.ItemRows(
                        token, token, graph.input("bias", ElementType.FLOAT, 1, 1));
        var _ = new EnvironmentNetwork(config, POSITIONS).outputs(in, rows, new Trained(graph));
        Map<String, Parameters.Array> arrays = new LinkedHashMap<>();
        Parameters.initial(graph, seed)
                .arrays()
                .forEach((name, array) -> arrays.put(name, somewhat(name, array)));
        return new Parameters(arrays);
    }

    /// What starts at zero is random all the same.
    private Parameters.Array somewhat(String name, Parameters.Array array) {
        for (float element : array.elements()) {
            if (element != 0) {
                return array;
            }
        }
        float[] elements = new float[array.elements().length];
        fill(elements, seed ^ name.hashCode(), DEVIATION);
        return new Parameters.Array(array.shape(), elements);
    }

    private ItemTable items() {
        int count = Catalogue.ITEMS.size();
        int columns = ItemTable.columns(width);
        float[] elements = new float[count * columns];
        fill(elements, seed, 1);
        for (int item = 0; item < count; item++) {
            int key = item * columns + width;
            double squares = 0;
            for (int d = key; d < key + width; d++) {
                squares += elements[d] * elements[d];
            }
            for (int d = key; d < key + width; d++) {
                elements[d] /= (float) Math.sqrt(squares);
            }
        }
        return new ItemTable(count, width, elements);
    }

    private static void fill(float[] into, long seed, double deviation) {
        var random = new SplittableRandom(seed);
        double range = deviation * Math.sqrt(12);
        for (int i = 0; i < into.length; i++) {
            into[i] = (float) ((random.nextDouble() - 0.5) * range);
        }
    }
}
