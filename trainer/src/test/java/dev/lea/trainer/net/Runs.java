package dev.lea.trainer.net;

import dev.lea.serving.onnx.OnnxModel;
import dev.lea.serving.onnx.OnnxOptions;
import dev.lea.serving.onnx.Outputs;
import dev.lea.serving.onnx.Tensor;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Runs values of a graph once.
public final class Runs {
    private Runs() {}

    /// Computes `values` with everything fed as an input.
    public static List<float[]> run(Graph graph, List<Value> values, Map<String, Tensor> inputs) {
        List<Value> outputs = new ArrayList<>();
        for (int i = 0; i < values.size(); i++) {
            outputs.add(
                    graph.named("out" + i + "." + System.identityHashCode(values), values.get(i)));
        }
        Map<String, Tensor> fed = new LinkedHashMap<>(inputs);
        List<float[]> results = new ArrayList<>();
        try (OnnxModel model =
                OnnxModel.load(OnnxWriter.training(graph, outputs), OnnxOptions.SERVING)) {
            fed.keySet()
                    .removeIf(name ->
                            model.inputs().stream().noneMatch(spec -> spec.name().equals(name)));
            try (Outputs out = model.run(fed, outputs.stream().map(Value::name).toList())) {
                outputs.forEach(output -> results.add(out.floats(output.name())));
            }
        }
        return results;
    }
}
