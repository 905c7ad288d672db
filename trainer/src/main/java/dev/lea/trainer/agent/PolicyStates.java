package dev.lea.trainer.agent;

import dev.lea.serving.feature.HistoryFeature;
import dev.lea.serving.onnx.OnnxModel;
import dev.lea.serving.onnx.OnnxOptions;
import dev.lea.serving.onnx.Outputs;
import dev.lea.serving.onnx.Tensor;
import java.util.List;
import java.util.Map;

/// The states that a trained agent's encoder gives, for a look at them.
public final class PolicyStates {
    private PolicyStates() {}

    /// `s_t` of histories, [histories, hidden].
    ///
    /// @param items     n
    /// @param histories dense item indices, at least one history
    public static float[][] of(TrainedAgent agent, int items, List<int[]> histories) {
        EncoderSettings settings = agent.settings().encoder();
        byte[] graph = PolicyGraph.writeStates(settings, PolicyItems.of(items), agent.parameters());
        var feature = new HistoryFeature(items, settings.historyLength());
        Map<String, Tensor> inputs = PolicyGraph.histories(feature, histories);
        try (OnnxModel model = OnnxModel.load(graph, OnnxOptions.SERVING);
                Outputs outputs = model.run(inputs, List.of(PolicyGraph.STATES))) {
            float[] flat = outputs.floats(PolicyGraph.STATES);
            float[][] states = new float[histories.size()][settings.hidden()];
            for (int row = 0; row < states.length; row++) {
                System.arraycopy(flat, row * settings.hidden(), states[row], 0, settings.hidden());
            }
            return states;
        } finally {
            inputs.values().forEach(Tensor::close);
        }
    }
}
