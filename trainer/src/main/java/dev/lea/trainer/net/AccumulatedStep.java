package dev.lea.trainer.net;

import dev.lea.serving.onnx.ElementType;
import dev.lea.serving.onnx.OnnxModel;
import dev.lea.serving.onnx.OnnxOptions;
import dev.lea.serving.onnx.Tensor;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.function.ToDoubleFunction;

/// An update from the mean gradient of several batches: what one large batch would do, in the memory of a small
/// one. Each batch is a run that adds its gradients to sums; one more run applies the optimiser to them.
///
/// Batches may differ in shape, each shape a [Pass] of its own. Not thread-safe.
public final class AccumulatedStep implements AutoCloseable {
    private static final String SUM = "#sum";
    private static final String SUMMED = "#sum#next";
    private static final String SHARE = "accumulated.share";

    private final Adam adam;
    private final OnnxOptions options;
    private final OnnxModel update;
    private final List<Pass> passes = new ArrayList<>();
    private final Map<String, Tensor> sums = new LinkedHashMap<>();
    private final Map<String, Tensor> summed = new LinkedHashMap<>();
    private final Tensor stepSize = Tensor.scalar(0f);
    private final Tensor rootScale = Tensor.scalar(0f);
    private final Tensor share = Tensor.scalar(0f);

    /// @param parameters that are trained, for their names and shapes
    /// @param rateShare  share of the learning rate that a parameter moves with, by its name
    public AccumulatedStep(
            Parameters parameters,
            ToDoubleFunction<String> rateShare,
            Adam adam,
            OnnxOptions options) {
        this.adam = adam;
        this.options = options;
        Graph graph = new Graph();
        Value part = graph.input(SHARE, ElementType.FLOAT);
        Map<Value, Value> gradients = new LinkedHashMap<>();
        parameters
                .arrays()
                .forEach((name, array) -> {
                    Value sum = graph.input(name + SUM, ElementType.FLOAT, array.shape());
                    gradients.put(
                            graph.parameter(name, Initial.zeros(), array.shape()),
                            sum.multiply(part));
                    sums.put(name, Tensor.zeros(ElementType.FLOAT, array.shape()));
                    summed.put(name, Tensor.zeros(ElementType.FLOAT, array.shape()));
                });
        List<Value> outputs = new ArrayList<>();
        adam.apply(gradients, rateShare)
                .values()
                .forEach(u -> outputs.addAll(List.of(u.parameter(), u.mean(), u.square())));
        this.update = OnnxModel.load(OnnxWriter.training(graph, outputs), options);
    }

    /// The gradients of one shape of batch.
    public static final class Pass {
        private final OnnxModel model;
        private final Tensor loss = Tensor.zeros(ElementType.FLOAT);

        private Pass(OnnxModel model) {
            this.model = model;
        }

        private void close() {
            model.close();
            loss.close();
        }
    }

    /// Compiles the gradients of a loss; closed with this step.
    public Pass pass(Graph graph, Value loss) {
        List<Value> targets =
                graph.parameters().values().stream().filter(p -> sums.containsKey(p.name)).toList();
        List<Value> outputs = new ArrayList<>();
        Gradients.of(loss, targets)
                .forEach((parameter, gradient) -> {
                    Value before =
                            graph.input(parameter.name + SUM, ElementType.FLOAT, parameter.shape);
                    outputs.add(graph.named(parameter.name + SUMMED, before.add(gradient)));
                });
        outputs.add(graph.named("report.loss", loss));
        var pass = new Pass(OnnxModel.load(OnnxWriter.training(graph, outputs), options));
        passes.add(pass);
        return pass;
    }

    /// A batch, drawn when its turn comes.
    ///
    /// @param pass   of its shape
    /// @param inputs its tensors, which are closed after the run
    public record Batch(Pass pass, Supplier<Map<String, Tensor>> inputs) {}

    /// Does one update from the mean gradient of the batches.
    ///
    /// @return their mean loss
    public float run(TrainingState state, double rate, List<Batch> batches) {
        sums.values().forEach(sum -> sum.floats().put(new float[sum.size()]));
        double total = 0;
        for (Batch batch : batches) {
            Map<String, Tensor> inputs = batch.inputs().get();
            try {
                total += add(state, batch.pass(), inputs);
            } finally {
                inputs.values().forEach(Tensor::close);
            }
        }
        apply(state, rate, 1f / batches.size());
        return (float) (total / batches.size());
    }

    private float add(TrainingState state, Pass pass, Map<String, Tensor> inputs) {
        Map<String, Tensor> in = new HashMap<>(inputs);
        Map<String, Tensor> out = new HashMap<>();
        state.feed("", in);
        sums.forEach((name, sum) -> in.put(name + SUM, sum));
        summed.forEach((name, sum) -> out.put(name + SUMMED, sum));
        out.put("report.loss", pass.loss);
        run(pass.model, in, out);
        sums.replaceAll((name, read) -> {
            Tensor written = summed.put(name, read);
            return written;
        });
        return pass.loss.floats().get(0);
    }

    private void apply(TrainingState state, double rate, float part) {
        stepSize.floats().put(0, adam.stepSize(rate, state.step() + 1));
        rootScale.floats().put(0, adam.rootScale(state.step() + 1));
        share.floats().put(0, part);
        Map<String, Tensor> in = new HashMap<>();
        Map<String, Tensor> out = new HashMap<>();
        in.put(Adam.STEP_SIZE, stepSize);
        in.put(Adam.ROOT_SCALE, rootScale);
        in.put(SHARE, share);
        sums.forEach((name, sum) -> in.put(name + SUM, sum));
        state.feedTrained("", in, out);
        run(update, in, out);
        state.turn(rate);
    }

    private static void run(OnnxModel model, Map<String, Tensor> in, Map<String, Tensor> out) {
        var known = new java.util.HashSet<String>();
        model.inputs().forEach(spec -> known.add(spec.name()));
        in.keySet().retainAll(known);
        var made = new java.util.HashSet<String>();
        model.outputs().forEach(spec -> made.add(spec.name()));
        out.keySet().retainAll(made);
        model.runInto(in, out);
    }

    @Override
    public void close() {
        passes.forEach(Pass::close);
        update.close();
        sums.values().forEach(Tensor::close);
        summed.values().forEach(Tensor::close);
        stepSize.close();
        rootScale.close();
        share.close();
    }
}
