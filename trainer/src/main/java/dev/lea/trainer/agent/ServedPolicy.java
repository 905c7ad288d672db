package dev.lea.trainer.agent;

import dev.lea.serving.feature.HistoryFeature;
import dev.lea.serving.onnx.OnnxModel;
import dev.lea.serving.onnx.OnnxOptions;
import dev.lea.serving.onnx.Outputs;
import dev.lea.serving.onnx.Tensor;
import dev.lea.trainer.evaluation.Scorer;
import dev.lea.trainer.net.Parameters;
import java.util.List;
import java.util.Map;

/// A policy as it will be served: the same graph, through the same class. Evaluation asks it, so that what is
/// measured is what users get.
///
/// Not thread-safe.
public final class ServedPolicy implements Scorer, AutoCloseable {
    private final OnnxModel model;
    private final HistoryFeature feature;

    private ServedPolicy(OnnxModel model, HistoryFeature feature) {
        this.model = model;
        this.feature = feature;
    }

    /// Loads a policy in this process.
    ///
    /// @param items      n
    /// @param parameters of one network, as [TrainedAgent] holds them
    public static ServedPolicy load(EncoderSettings settings, int items, Parameters parameters) {
        byte[] graph = PolicyGraph.write(settings, items, parameters);
        return new ServedPolicy(
                OnnxModel.load(graph, OnnxOptions.SERVING),
                new HistoryFeature(items, settings.historyLength()));
    }

    /// Logits of all items; nothing is excluded.
    @Override
    public void score(List<int[]> histories, float[] scores) {
        Map<String, Tensor> inputs = PolicyGraph.inputs(feature, histories, 1);
        try (Outputs outputs = model.run(inputs, List.of(PolicyGraph.SCORES))) {
            int size = histories.size() * feature.itemCount();
            outputs.get(PolicyGraph.SCORES).floats().get(scores, 0, size);
        } finally {
            inputs.values().forEach(Tensor::close);
        }
    }

    @Override
    public void close() {
        model.close();
    }
}
