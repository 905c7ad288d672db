package dev.lea.trainer.net;

import static dev.lea.serving.Checks.require;

import dev.lea.serving.onnx.ElementType;
import dev.lea.serving.onnx.OnnxModel;
import dev.lea.serving.onnx.OnnxOptions;
import dev.lea.serving.onnx.Tensor;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.function.ToDoubleFunction;

/// One update of a network's parameters as one call: forward, backward and optimiser in one graph.
///
/// Holds no parameters: a [TrainingState] is bound at each run, so that two networks can take turns as the
/// trained one. Not thread-safe.
public final class TrainingStep implements AutoCloseable {
    private final OnnxModel model;
    private final Adam adam;
    private final Map<String, Tensor> reports;
    private final Tensor stepSize = Tensor.scalar(0f);
    private final Tensor rootScale = Tensor.scalar(0f);

    private TrainingStep(OnnxModel model, Adam adam, Map<String, Tensor> reports) {
        this.model = model;
        this.adam = adam;
        this.reports = reports;
    }

    /// Differentiates `loss` by the parameters that `trained` accepts, and compiles the whole.
    ///
    /// @param reported scalars to hand out at each step, by name, for instance the loss
    /// @throws IllegalArgumentException if the loss does not depend on one of them
    public static TrainingStep compile(
            Graph graph,
            Value loss,
            Map<String, Value> reported,
            Predicate<String> trained,
            Adam adam,
            OnnxOptions options) {
        return compile(graph, loss, reported, trained, _ -> 1, adam, options);
    }

    /// As above, with a share of the learning rate for each parameter by its name; tables move with all of it.
    public static TrainingStep compile(
            Graph graph,
            Value loss,
            Map<String, Value> reported,
            Predicate<String> trained,
            ToDoubleFunction<String> rateShare,
            Adam adam,
            OnnxOptions options) {
        for (String table : graph.tables().keySet()) {
            require(rateShare.applyAsDouble(table) == 1, table + " must move with the whole rate");
        }
        List<Value> targets =
                graph.parameters().values().stream().filter(p -> trained.test(p.name)).toList();
        Map<Value, Adam.Update> updates = adam.apply(Gradients.of(loss, targets), rateShare);
        Map<String, Value> outputs = new LinkedHashMap<>();
        updates.values()
                .forEach(update -> {
                    outputs.put(update.parameter().name, update.parameter());
                    outputs.put(update.mean().name, update.mean());
                    outputs.put(update.square().name, update.square());
                });
        Map<String, Tensor> reports = new LinkedHashMap<>();
        reported.forEach((name, value) -> {
            Value report = graph.named("report." + name, value);
            outputs.put(report.name, report);
            reports.put(name, Tensor.zeros(ElementType.FLOAT, value.shape));
        });
        OnnxModel model = OnnxModel.load(OnnxWriter.training(graph, outputs.values()), options);
        return new TrainingStep(model, adam, reports);
    }

    /// Does one update of a network whose parameters have no prefix.
    public Map<String, Float> run(TrainingState state, double rate, Map<String, Tensor> inputs) {
        return run("", state, Map.of(), rate, inputs, Map.of());
    }

    /// Does one update.
    ///
    /// @param prefix of the trained parameters' names in the graph
    /// @param state  what is trained
    /// @param fixed  networks that are only read, by the prefix of their names in the graph
    /// @param rate   learning rate of this step
    /// @param inputs the batch
    /// @param choices of the tables' rows, slot by slot, by their names in [TableRows]
    /// @return the reported scalars
    public Map<String, Float> run(
            String prefix,
            TrainingState state,
            Map<String, TrainingState> fixed,
            double rate,
            Map<String, Tensor> inputs,
            Map<String, int[]> choices) {
        state.choose(choices);
        fixed.values().forEach(network -> network.choose(choices));
        stepSize.floats().put(0, adam.stepSize(rate, state.step() + 1));
        rootScale.floats().put(0, adam.rootScale(state.step() + 1));
        Map<String, Tensor> in = new HashMap<>(inputs);
        Map<String, Tensor> out = new HashMap<>();
        in.put(Adam.STEP_SIZE, stepSize);
        in.put(Adam.ROOT_SCALE, rootScale);
        state.feedTrained(prefix, in, out);
        fixed.forEach((name, network) -> network.feed(name, in));
        reports.forEach((name, tensor) -> out.put("report." + name, tensor));
        in.keySet().retainAll(names());
        model.runInto(in, out);
        state.turn(rate);
        Map<String, Float> reported = new LinkedHashMap<>();
        reports.forEach((name, tensor) -> reported.put(name, tensor.floats().get(0)));
        return reported;
    }

    private java.util.Set<String> names() {
        var names = new java.util.HashSet<String>();
        model.inputs().forEach(spec -> names.add(spec.name()));
        return names;
    }

    @Override
    public void close() {
        model.close();
        stepSize.close();
        rootScale.close();
        reports.values().forEach(Tensor::close);
    }
}
