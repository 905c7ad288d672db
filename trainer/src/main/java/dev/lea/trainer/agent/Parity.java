package dev.lea.trainer.agent;

import dev.lea.serving.Failure;
import dev.lea.serving.feature.HistoryFeature;
import dev.lea.serving.onnx.ElementType;
import dev.lea.serving.onnx.OnnxModel;
import dev.lea.serving.onnx.OnnxOptions;
import dev.lea.serving.onnx.Outputs;
import dev.lea.serving.onnx.Tensor;
import dev.lea.trainer.net.Graph;
import dev.lea.trainer.net.OnnxWriter;
import dev.lea.trainer.net.Value;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Whether a graph that is about to be served gives the scores that training gives: its forward graph, of fixed
/// shape, with the parameters fed in.
final class Parity {
    private Parity() {}

    /// Compares the scores of all items after some histories.
    ///
    /// @param bound largest difference allowed
    /// @throws Failure.Conflict naming the largest difference if it is above the bound
    static void expect(
            TrainedAgent agent,
            PolicyItems items,
            List<int[]> histories,
            OnnxModel served,
            double bound) {
        float[] trained = trainingScores(agent, items, histories);
        float[] scores = scores(served, agent.settings().encoder(), items, histories);
        double worst = 0;
        for (int i = 0; i < trained.length; i++) {
            double difference = Math.abs((double) trained[i] - scores[i]);
            worst = difference <= worst ? worst : difference; // a NaN counts as the worst
        }
        if (!(worst <= bound)) {
            throw new Failure.Conflict(
                    "PARITY",
                    "the served graph's scores may differ from training's by "
                            + bound
                            + " but differ by "
                            + worst,
                    Map.of("bound", Double.toString(bound), "difference", Double.toString(worst)));
        }
    }

    /// Scores of all items, row-major [histories, n], as a training graph computes them.
    static float[] trainingScores(TrainedAgent agent, PolicyItems items, List<int[]> histories) {
        EncoderSettings encoder = agent.settings().encoder();
        Graph graph = new Graph();
        Value history =
                graph.input(
                        Batch.HISTORY,
                        ElementType.INT64,
                        histories.size(),
                        encoder.historyLength());
        Value length = graph.input(Batch.LENGTH, ElementType.INT64, histories.size());
        var source = PolicyNetwork.unmasked(graph, encoder, items);
        var network = new PolicyNetwork(graph, Update.MAIN, encoder, items, source);
        Value states = network.encode(history, length, Dropout.NONE);
        Value logits = graph.named("logits", network.logits(states));

        var feature = new HistoryFeature(items.count(), encoder.historyLength());
        Map<String, Tensor> inputs = new LinkedHashMap<>(PolicyGraph.inputs(feature, histories, 1));
        agent.parameters()
                .arrays()
                .forEach((name, array) ->
                        inputs.put(Update.MAIN + name, Tensor.of(array.elements(), array.shape())));
        byte[] model = OnnxWriter.training(graph, List.of(logits));
        try (OnnxModel training = OnnxModel.load(model, OnnxOptions.TRAINING)) {
            Map<String, Tensor> fed = new LinkedHashMap<>();
            training.inputs().forEach(spec -> fed.put(spec.name(), inputs.get(spec.name())));
            try (Outputs outputs = training.run(fed, List.of("logits"))) {
                return outputs.floats("logits");
            }
        } finally {
            inputs.values().forEach(Tensor::close);
        }
    }

    private static float[] scores(
            OnnxModel served, EncoderSettings encoder, PolicyItems items, List<int[]> histories) {
        var feature = new HistoryFeature(items.count(), encoder.historyLength());
        Map<String, Tensor> inputs = new LinkedHashMap<>(PolicyGraph.inputs(feature, histories, 1));
        inputs.putAll(PolicyGraph.shared(encoder, items));
        try (Outputs outputs = served.run(inputs, List.of(PolicyGraph.SCORES))) {
            return outputs.floats(PolicyGraph.SCORES);
        } finally {
            inputs.values().forEach(Tensor::close);
        }
    }
}
