package dev.lea.serving.feature;

import static dev.lea.serving.Checks.inRange;

import dev.lea.serving.onnx.ElementType;
import dev.lea.serving.onnx.Tensor;
import dev.lea.serving.onnx.TensorSpec;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// What an LE's graph remembers of a place: the attention keys and values of all its layers. A later run goes on from
/// there instead of reading the places before it again.
///
/// In the graph it is the input `past`, float [rows, parts, heads, remembered, dimension], with `past_position`, int64
/// [rows, remembered], and the output `present`, float [rows, parts, heads, length, dimension]. A graph without them
/// remembers nothing.
///
/// @param parts     two a layer: keys, then values
/// @param heads     of keys and of values
/// @param dimension of a head
public record KeyValueShape(int parts, int heads, int dimension) {
    public static final String PAST = "past";
    public static final String PAST_POSITION = "past_position";
    public static final String PRESENT = "present";

    /// Stands where a row remembers less than another: no place sees it.
    public static final long NOWHERE = Integer.MAX_VALUE;

    private static final int AXES = 5;

    public KeyValueShape {
        inRange("parts", parts, 1, 1 << 12);
        inRange("heads", heads, 1, 1 << 12);
        inRange("dimension", dimension, 1, 1 << 16);
    }

    /// What a graph with these inputs remembers; empty if nothing, or in another shape.
    public static Optional<KeyValueShape> of(List<TensorSpec> inputs) {
        return inputs.stream()
                .filter(spec -> spec.name().equals(PAST))
                .map(TensorSpec::shape)
                .filter(shape -> shape.size() == AXES)
                .filter(shape -> shape.get(1) > 0 && shape.get(2) > 0 && shape.get(4) > 0)
                .map(shape ->
                        new KeyValueShape(
                                shape.get(1).intValue(),
                                shape.get(2).intValue(),
                                shape.get(4).intValue()))
                .findFirst();
    }

    /// Floats of one place.
    public int floats() {
        return parts * heads * dimension;
    }

    /// New inputs of rows that remember nothing; the caller closes them.
    public Map<String, Tensor> nothing(int rows) {
        return Map.of(
                PAST,
                Tensor.zeros(ElementType.FLOAT, rows, parts, heads, 0, dimension),
                PAST_POSITION,
                Tensor.zeros(ElementType.INT64, rows, 0));
    }
}
