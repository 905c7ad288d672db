package dev.lea.serving.onnx;

import java.util.List;

/// Name, type and shape of a graph's input or output.
///
/// @param shape dimensions; -1 where the graph leaves it open
public record TensorSpec(String name, ElementType type, List<Long> shape) {
    public TensorSpec {
        shape = List.copyOf(shape);
    }
}
