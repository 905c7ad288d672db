package dev.lea.serving.rpc.inference;

import java.util.Arrays;
import java.util.List;

/// A tensor as metadata lists it.
///
/// @param datatype for instance `BYTES`
/// @param shape    -1 for any
public record TensorMetadata(String name, String datatype, List<Long> shape) {
    static final String BYTES = "BYTES";
    static final String FP32 = "FP32";

    public TensorMetadata {
        shape = List.copyOf(shape);
    }

    /// Ids of items.
    public static TensorMetadata ids(String name, long... shape) {
        return new TensorMetadata(name, BYTES, Arrays.stream(shape).boxed().toList());
    }

    /// Figures.
    public static TensorMetadata floats(String name, long... shape) {
        return new TensorMetadata(name, FP32, Arrays.stream(shape).boxed().toList());
    }
}
