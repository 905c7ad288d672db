package dev.lea.trainer.net;

import dev.lea.serving.onnx.OnnxModel;
import dev.lea.serving.onnx.OnnxOptions;
import dev.lea.serving.onnx.Outputs;
import dev.lea.serving.onnx.Tensor;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Runs values of a graph, with everything fed as an input.
public final class Runs implements AutoCloseable {
    private final List<Value> outputs = new ArrayList<>();
    private final OnnxModel model;

    /// Compiles the part of a graph that computes `values`.
    public Runs(Graph graph, List<Value> values) {
        for (int i = 0; i < values.size(); i++) {
            outputs.add(
                    graph.named("out" + i + "." + System.identityHashCode(values), values.get(i)));
        }
        model = OnnxModel.load(OnnxWriter.training(graph, outputs), OnnxOptions.SERVING);
    }

    /// Computes `values` once.
    public static List<float[]> run(Graph graph, List<Value> values, Map<String, Tensor> inputs) {
        try (Runs runs = new Runs(graph, values)) {
            return runs.run(inputs);
        }
    }

    /// Computes the values.
    ///
    /// @param inputs by name; those that the values do not need are left out
    public List<float[]> run(Map<String, Tensor> inputs) {
        Map<String, Tensor> fed = new LinkedHashMap<>(inputs);
        List<float[]> results = new ArrayList<>();
        fed.keySet()
                .removeIf(name ->
                        model.inputs().stream().noneMatch(spec -> spec.name().equals(name)));
        try (Outputs out = model.run(fed, outputs.stream().map(Value::name).toList())) {
            outputs.forEach(output -> results.add(out.floats(output.name())));
        }
        return results;
    }

    @Override
    public void close() {
        model.close();
    }
}
