package dev.lea.trainer.llm;

import static dev.lea.serving.Checks.require;

import dev.lea.serving.onnx.ElementType;
import java.util.List;

/// Where a tensor stands in `weights.bin`: little-endian, row-major.
///
/// @param offset of its first byte
public record StoredTensor(ElementType type, List<Long> shape, long offset) {
    public StoredTensor {
        shape = List.copyOf(shape);
        require(offset >= 0, "offset must be 0 or more but is " + offset);
        shape.forEach(size -> require(size > 0, "a dimension must be 1 or more but is " + size));
    }

    long elements() {
        return shape.stream().reduce(1L, Math::multiplyExact);
    }

    long bytes() {
        return Math.multiplyExact(elements(), type.bytes());
    }

    long[] dimensions() {
        return shape.stream().mapToLong(Long::longValue).toArray();
    }
}
