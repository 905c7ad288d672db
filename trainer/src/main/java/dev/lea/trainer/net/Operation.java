package dev.lea.trainer.net;

import java.util.List;
import java.util.Map;

/// One node of a graph.
///
/// @param type       ONNX operator
/// @param domain     operator set, empty for ONNX's own
/// @param inputs     what it reads
/// @param outputs    what it makes; unused trailing outputs are absent
/// @param attributes ONNX attributes: Long, Float, or `long[]`
/// @param rule       name of the gradient rule; usually the type
record Operation(
        String type,
        String domain,
        List<Value> inputs,
        List<Value> outputs,
        Map<String, Object> attributes,
        String rule) {
    Value input(int index) {
        return inputs.get(index);
    }

    Value output() {
        return outputs.getFirst();
    }

    long integer(String attribute) {
        return (Long) attributes.get(attribute);
    }

    long[] integers(String attribute) {
        return (long[]) attributes.get(attribute);
    }
}
