package dev.lea.trainer.agent;

import dev.lea.serving.onnx.ElementType;
import dev.lea.trainer.net.Graph;
import dev.lea.trainer.net.Value;

/// The supervised recommender: `mean( -log softmax(f(s_t))[a_t] )` over all items, or over a sample of them.
final class SupervisedUpdate {
    private SupervisedUpdate() {}

    static Update build(AgentSettings settings, PolicyItems items) {
        Graph graph = new Graph();
        int rows = settings.batchSize();
        int places = settings.encoder().historyLength();
        Value history = graph.input(Batch.HISTORY, ElementType.INT64, rows, places);
        Value length = graph.input(Batch.LENGTH, ElementType.INT64, rows);
        Value actions = graph.input(Batch.ACTIONS, ElementType.INT64, rows, 1);
        Dropout dropout = Dropout.fed(graph, settings.encoder().dropout());

        EncoderSettings encoder = settings.encoder();
        var tables = ItemTables.of(graph, settings, items.count());
        var source = PolicyNetwork.source(graph, encoder, items, tables);
        var network = new PolicyNetwork(graph, Update.MAIN, encoder, tables, source);
        Value states = network.encode(history, length, dropout);
        Value loss = network.logits(states).crossEntropy(actions.reshape(-1)).mean();
        return new Update(graph, loss, dropout);
    }
}
