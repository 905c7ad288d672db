package dev.lea.trainer.agent;

import dev.lea.serving.onnx.ElementType;
import dev.lea.trainer.net.Graph;
import dev.lea.trainer.net.Value;
import java.util.LinkedHashMap;
import java.util.Map;

/// Dropout as an input of the graph: masks are drawn outside and fed in, so that a run can be repeated to
/// the bit. An element of a mask is 0 with probability `rate`, else `1 / (1 - rate)`.
final class Dropout {
    /// Leaves everything as it is: for target values and for serving.
    static final Dropout NONE = new Dropout(null, 0);

    private final Graph graph;
    private final double rate;
    private final Map<String, Value> masks = new LinkedHashMap<>();

    private Dropout(Graph graph, double rate) {
        this.graph = graph;
        this.rate = rate;
    }

    /// Masks that are fed to a graph under the name of their place.
    static Dropout fed(Graph graph, double rate) {
        return rate == 0 ? NONE : new Dropout(graph, rate);
    }

    /// Applies a mask of the value's shape.
    ///
    /// @param place names the mask among the graph's inputs
    Value apply(String place, Value value) {
        if (rate == 0) {
            return value;
        }
        String name = "dropout." + place;
        Value mask = graph.input(name, ElementType.FLOAT, value.shape());
        masks.put(name, mask);
        return value.multiply(mask);
    }

    double rate() {
        return rate;
    }

    /// The masks asked for so far, by the name of their input.
    Map<String, Value> masks() {
        return masks;
    }
}
