package dev.lea.trainer.environment;

import dev.lea.serving.feature.AdapterWeights;
import dev.lea.serving.feature.KeyValueShape;
import dev.lea.serving.onnx.ElementType;
import dev.lea.trainer.llm.Adapted;
import dev.lea.trainer.llm.AdapterInputs;
import dev.lea.trainer.llm.KeyValueMemory;
import dev.lea.trainer.llm.LanguageModel;
import dev.lea.trainer.llm.Llama;
import dev.lea.trainer.llm.LlamaConfig;
import dev.lea.trainer.llm.Trained;
import dev.lea.trainer.net.Graph;
import dev.lea.trainer.net.OnnxWriter;
import dev.lea.trainer.net.Parameters;
import dev.lea.trainer.net.Value;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// The two graphs that env-server runs, from the network that was fitted (docs/architecture.md has their
/// inputs and outputs).
final class ServedGraphs {
    private static final long OPEN = -1;

    private ServedGraphs() {}

    /// `model.onnx` and what is fed to it beside questions.
    ///
    /// @param adapter empty where the whole model was fitted, and is part of the graph
    record Model(byte[] graph, AdapterWeights adapter) {}

    /// States and scores of packed sequences. With adapters the graph is the backbone's alone, the same for whatever
    /// was fitted to it.
    static Model model(
            LanguageModel backbone, EnvironmentFit.Fitted fitted, Adapted.LoraConfig lora) {
        Graph graph = new Graph();
        if (lora.rank() == 0) {
            List<Value> outputs = outputs(graph, backbone.config(), fitted, new Trained(graph));
            byte[] whole = OnnxWriter.serving(graph, outputs, fitted.parameters());
            return new Model(whole, new AdapterWeights(Map.of()));
        }
        var weights = new AdapterInputs(graph, backbone.weights().frozen(graph));
        List<Value> outputs = outputs(graph, backbone.config(), fitted, weights);
        return new Model(
                OnnxWriter.serving(graph, outputs), adapter(graph, fitted.parameters(), lora));
    }

    private static List<Value> outputs(
            Graph graph, LlamaConfig config, EnvironmentFit.Fitted fitted, Llama.Weights weights) {
        int width = config.width();
        var network = new EnvironmentNetwork(config, fitted.layout().positions());
        var in = EnvironmentNetwork.Inputs.of(graph, OPEN, OPEN);
        Value table = graph.input("item_tokens", ElementType.FLOAT, OPEN, ItemTable.columns(width));
        var rows = ItemTable.rows(table, network.itemIndices(in), width);
        var memory = KeyValueMemory.inputs(graph, config, OPEN, OPEN);
        var out = network.outputs(in, rows, weights, memory);
        return List.of(
                graph.named("states", out.states()),
                graph.named("scores", out.scores()),
                graph.named(KeyValueShape.PRESENT, memory.present()));
    }

    /// The heads as they are, the low-rank matrices with their scale; zeros of rank 1 where there is no adapter.
    private static AdapterWeights adapter(Graph graph, Parameters fitted, Adapted.LoraConfig lora) {
        float scale = (float) (lora.alpha() / lora.rank());
        Map<String, AdapterWeights.Array> arrays = new HashMap<>();
        graph.parameters()
                .keySet()
                .forEach(name -> arrays.put(name, scaled(fitted.array(name), 1)));
        for (Value input : graph.inputs().values()) {
            String name = input.name();
            if (!name.startsWith(Adapted.PREFIX)) {
                continue;
            }
            boolean second = name.endsWith(".b");
            if (fitted.arrays().containsKey(name)) {
                arrays.put(name, scaled(fitted.array(name), second ? scale : 1));
            } else {
                long size = input.size(second ? 1 : 0);
                arrays.put(
                        name,
                        new AdapterWeights.Array(
                                second ? new long[] {1, size} : new long[] {size, 1},
                                new float[Math.toIntExact(size)]));
            }
        }
        return new AdapterWeights(arrays);
    }

    private static AdapterWeights.Array scaled(Parameters.Array array, float scale) {
        float[] elements = array.elements().clone();
        for (int i = 0; i < elements.length; i++) {
            elements[i] *= scale;
        }
        return new AdapterWeights.Array(array.shape(), elements);
    }

    /// `retrieve.onnx`: the k items whose keys are nearest to each state.
    static byte[] retrieve(int width) {
        Graph graph = new Graph();
        Value states = graph.input("states", ElementType.FLOAT, OPEN, width);
        Value table = graph.input("item_tokens", ElementType.FLOAT, OPEN, ItemTable.columns(width));
        Value excluded = graph.input("excluded", ElementType.INT64, OPEN, OPEN);
        Value k = graph.input("k", ElementType.INT64, 1);
        Value keys = table.slice(-1, width, 2L * width);
        Value cosines = states.unitLength().matmul(keys.transposeLast());
        // One more column takes what padding excludes.
        Value room = graph.concat(1, cosines, cosines.slice(1, 0, 1));
        Value nothing = graph.constant(Float.NEGATIVE_INFINITY);
        Value never = nothing.where(excluded.equalTo(excluded), nothing);
        Value left = graph.scatterElements(room, excluded, never, false).slice(1, 0, -1);
        List<Value> top = graph.topK(left, k);
        return OnnxWriter.serving(
                graph,
                List.of(
                        graph.named("top_items", top.get(1)),
                        graph.named("top_similarities", top.get(0))),
                new Parameters(Map.of()));
    }
}
