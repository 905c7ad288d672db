package dev.lea.trainer.environment;

import dev.lea.serving.feature.KeyValueShape;
import dev.lea.serving.onnx.ElementType;
import dev.lea.trainer.llm.Adapted;
import dev.lea.trainer.llm.KeyValueMemory;
import dev.lea.trainer.llm.LanguageModel;
import dev.lea.trainer.llm.Llama;
import dev.lea.trainer.llm.LlamaConfig;
import dev.lea.trainer.llm.Trained;
import dev.lea.trainer.net.Graph;
import dev.lea.trainer.net.OnnxWriter;
import dev.lea.trainer.net.Parameters;
import dev.lea.trainer.net.Value;
import java.util.List;

/// The two graphs that env-server runs, from the network that was fitted (docs/architecture.md has their
/// inputs and outputs).
final class ServedGraphs {
    private static final long OPEN = -1;

    private ServedGraphs() {}

    /// `model.onnx`: states and scores of packed sequences.
    static byte[] model(
            LanguageModel backbone, EnvironmentFit.Fitted fitted, Adapted.LoraConfig lora) {
        LlamaConfig config = backbone.config();
        Graph graph = new Graph();
        int width = config.width();
        var network = new EnvironmentNetwork(config, fitted.layout().positions());
        var in = EnvironmentNetwork.Inputs.of(graph, OPEN, OPEN);
        Value table = graph.input("item_tokens", ElementType.FLOAT, OPEN, ItemTable.columns(width));
        var rows = ItemTable.rows(table, network.itemIndices(in), width);
        Llama.Weights weights =
                lora.rank() == 0
                        ? new Trained(graph)
                        : new Adapted(graph, backbone.weights().frozen(graph), lora);
        var memory = KeyValueMemory.inputs(graph, config, OPEN, OPEN);
        var out = network.outputs(in, rows, weights, memory);
        return OnnxWriter.serving(
                graph,
                List.of(
                        graph.named("states", out.states()),
                        graph.named("scores", out.scores()),
                        graph.named(KeyValueShape.PRESENT, memory.present())),
                fitted.parameters());
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
                new Parameters(java.util.Map.of()));
    }
}
