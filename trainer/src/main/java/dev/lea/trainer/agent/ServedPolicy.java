package dev.lea.trainer.agent;

import dev.lea.serving.feature.HistoryFeature;
import dev.lea.serving.onnx.OnnxModel;
import dev.lea.serving.onnx.OnnxOptions;
import dev.lea.serving.onnx.Outputs;
import dev.lea.serving.onnx.Tensor;
import dev.lea.trainer.evaluation.Scorer;
import dev.lea.trainer.net.Parameters;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// A policy's scores by the forward graph that is served, without its exclusions and choice of the best, which say
/// nothing about ranks and cost more than they do. Evaluation asks it; what is published is compared with the
/// training graph by [PolicyBundle].
///
/// Not thread-safe.
public final class ServedPolicy implements Scorer, AutoCloseable {
    private final OnnxModel model;
    private final HistoryFeature feature;
    private final Map<String, Tensor> shared;

    private ServedPolicy(OnnxModel model, HistoryFeature feature, Map<String, Tensor> shared) {
        this.model = model;
        this.feature = feature;
        this.shared = shared;
    }

    /// Loads a policy in this process.
    ///
    /// @param items      n
    /// @param parameters of one network, as [TrainedAgent] holds them
    public static ServedPolicy load(EncoderSettings settings, int items, Parameters parameters) {
        return load(settings, PolicyItems.of(items), parameters);
    }

    /// Loads a policy in this process.
    ///
    /// @param items      that it was trained on
    /// @param parameters of one network, as [TrainedAgent] holds them
    public static ServedPolicy load(
            EncoderSettings settings, PolicyItems items, Parameters parameters) {
        return load(settings, items, parameters, items);
    }

    /// Loads a policy that scores other items than it was trained on.
    ///
    /// @param trained items that it was trained on
    /// @param rows    of the items that it scores
    public static ServedPolicy load(
            EncoderSettings settings, PolicyItems trained, Parameters parameters, ItemRows rows) {
        return load(settings, trained, parameters, PolicyItems.of(rows));
    }

    private static ServedPolicy load(
            EncoderSettings settings,
            PolicyItems trained,
            Parameters parameters,
            PolicyItems scored) {
        byte[] graph = PolicyGraph.writeScores(settings, trained);
        Map<String, Tensor> shared = new LinkedHashMap<>(PolicyGraph.shared(settings, scored));
        for (String name : PolicyGraph.parameters(settings, trained)) {
            Parameters.Array array = parameters.array(name);
            shared.put(name, Tensor.of(array.elements(), array.shape()));
        }
        return new ServedPolicy(
                OnnxModel.load(graph, OnnxOptions.SERVING),
                new HistoryFeature(scored.count(), settings.historyLength()),
                shared);
    }

    /// Logits of all items; nothing is excluded.
    @Override
    public void score(List<int[]> histories, float[] scores) {
        Map<String, Tensor> inputs = PolicyGraph.histories(feature, histories);
        Map<String, Tensor> all = new LinkedHashMap<>(inputs);
        all.putAll(shared);
        try (Outputs outputs = model.run(all, List.of(PolicyGraph.SCORES))) {
            int size = histories.size() * feature.itemCount();
            outputs.get(PolicyGraph.SCORES).floats().get(scores, 0, size);
        } finally {
            inputs.values().forEach(Tensor::close);
        }
    }

    @Override
    public void close() {
        model.close();
        shared.values().forEach(Tensor::close);
    }
}
