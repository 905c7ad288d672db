package dev.lea.trainer.net;

import dev.lea.serving.onnx.ElementType;
import dev.lea.serving.onnx.Tensor;
import java.util.LinkedHashMap;
import java.util.Map;

/// A network's parameters with their Adam moments and the number of updates done.
///
/// Everything stands twice in native memory: a step reads one set and writes the other, which then take
/// turns. Not thread-safe.
public final class TrainingState implements AutoCloseable {
    private record Trained(Twin parameter, Twin mean, Twin square) {}

    /// Two tensors of one shape: `now` is read, `next` is written.
    private static final class Twin {
        Tensor now;
        Tensor next;

        Twin(float[] elements, long[] shape) {
            now = Tensor.of(elements, shape);
            next = Tensor.zeros(ElementType.FLOAT, shape);
        }

        void turn() {
            Tensor read = now;
            now = next;
            next = read;
        }

        void close() {
            now.close();
            next.close();
        }
    }

    private final Map<String, Trained> trained = new LinkedHashMap<>();
    private long step;

    /// Starts from parameters, with moments of zero.
    public TrainingState(Parameters parameters) {
        parameters
                .arrays()
                .forEach((name, array) ->
                        trained.put(
                                name,
                                new Trained(
                                        new Twin(array.elements(), array.shape()),
                                        new Twin(new float[array.elements().length], array.shape()),
                                        new Twin(
                                                new float[array.elements().length],
                                                array.shape()))));
    }

    /// Updates done since the moments were last zero.
    public long step() {
        return step;
    }

    /// A copy of the parameters as they stand.
    public Parameters parameters() {
        return copy("");
    }

    /// Sets the moments to zero: a fresh optimiser on the same parameters.
    public void forget() {
        Parameters kept = parameters();
        trained.values()
                .forEach(t -> {
                    clear(t.mean().now);
                    clear(t.square().now);
                });
        step = 0;
        load(kept);
    }

    /// Replaces the parameters and leaves the moments.
    public void load(Parameters parameters) {
        trained.forEach((name, t) -> t.parameter().now.floats().put(parameters.get(name)));
    }

    /// Everything, for a checkpoint; moments under the names that [Adam] gives them.
    Parameters snapshot() {
        return copy("").with(copy("#mean")).with(copy("#square"));
    }

    void restore(Parameters snapshot, long steps) {
        trained.forEach((name, t) -> {
            t.parameter().now.floats().put(snapshot.get(name));
            t.mean().now.floats().put(snapshot.get(name + "#mean"));
            t.square().now.floats().put(snapshot.get(name + "#square"));
        });
        step = steps;
    }

    /// Feeds the parameters, under `prefix`, to a step that does not train them.
    void feed(String prefix, Map<String, Tensor> inputs) {
        trained.forEach((name, t) -> inputs.put(prefix + name, t.parameter().now));
    }

    /// Feeds parameters and moments, and names where the updated ones go.
    void feedTrained(String prefix, Map<String, Tensor> inputs, Map<String, Tensor> outputs) {
        trained.forEach((name, t) -> {
            String p = prefix + name;
            inputs.put(p, t.parameter().now);
            inputs.put(p + "#mean", t.mean().now);
            inputs.put(p + "#square", t.square().now);
            outputs.put(p + "#next", t.parameter().next);
            outputs.put(p + "#mean#next", t.mean().next);
            outputs.put(p + "#square#next", t.square().next);
        });
    }

    /// Takes the updated tensors as the current ones.
    void turn() {
        trained.values()
                .forEach(t -> {
                    t.parameter().turn();
                    t.mean().turn();
                    t.square().turn();
                });
        step++;
    }

    @Override
    public void close() {
        trained.values()
                .forEach(t -> {
                    t.parameter().close();
                    t.mean().close();
                    t.square().close();
                });
    }

    private Parameters copy(String moment) {
        Map<String, Parameters.Array> arrays = new LinkedHashMap<>();
        trained.forEach((name, t) -> {
            Twin twin =
                    moment.isEmpty()
                            ? t.parameter()
                            : moment.equals("#mean") ? t.mean() : t.square();
            arrays.put(name + moment, new Parameters.Array(twin.now.shape(), twin.now.toFloats()));
        });
        return new Parameters(arrays);
    }

    private static void clear(Tensor tensor) {
        tensor.floats().put(new float[tensor.size()]);
    }
}
