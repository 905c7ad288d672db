package dev.lea.trainer.llm.huggingface;

import com.fasterxml.jackson.databind.JsonNode;
import dev.lea.trainer.llm.TensorSource;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Arrays;

/// A tensor of a safetensors file.
///
/// @param file  that it is in, for messages
/// @param name  in the checkpoint
/// @param dtype as the file spells it; other than F32, F16 and BF16 it cannot be read
/// @param bytes of its elements
record StoredElements(String file, String name, String dtype, long[] shape, MemorySegment bytes)
        implements TensorSource {
    private static final ValueLayout.OfFloat FLOAT =
            ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfShort SHORT =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    /// Elements that a tensor may have, so that their bytes can be counted.
    private static final long LARGEST = Long.MAX_VALUE / Double.BYTES;

    /// @param described its entry in the header
    static StoredElements of(String file, String name, JsonNode described, MemorySegment bytes) {
        String dtype = described.path("dtype").asText();
        JsonNode dimensions = described.path("shape");
        long[] shape = new long[dimensions.size()];
        long elements = 1;
        for (int i = 0; i < shape.length; i++) {
            shape[i] = dimensions.get(i).canConvertToLong() ? dimensions.get(i).longValue() : -1;
            if (shape[i] < 0 || (shape[i] > 0 && elements > LARGEST / shape[i])) {
                throw CheckpointFailures.corrupt(
                        file, "tensor " + name + " has shape " + dimensions);
            }
            elements *= shape[i];
        }
        var tensor = new StoredElements(file, name, dtype, shape, bytes);
        int each = tensor.elementBytes();
        if (each > 0 && elements * each != bytes.byteSize()) {
            throw CheckpointFailures.corrupt(
                    file,
                    "tensor %s of %s%s needs %,d bytes but its data_offsets span %,d"
                            .formatted(
                                    name,
                                    dtype,
                                    Arrays.toString(shape),
                                    elements * each,
                                    bytes.byteSize()));
        }
        return tensor;
    }

    /// Size of an element; 0 for types that cannot be read.
    int elementBytes() {
        return switch (dtype) {
            case "F32" -> Float.BYTES;
            case "F16", "BF16" -> Short.BYTES;
            default -> 0;
        };
    }

    @Override
    public void read(long from, float[] into, int count) {
        switch (dtype) {
            case "F32" -> MemorySegment.copy(bytes, FLOAT, from * Float.BYTES, into, 0, count);
            case "F16" -> {
                for (int i = 0; i < count; i++) {
                    into[i] = Float.float16ToFloat(bytes.get(SHORT, (from + i) * Short.BYTES));
                }
            }
            case "BF16" -> {
                for (int i = 0; i < count; i++) {
                    into[i] =
                            Float.intBitsToFloat(
                                    bytes.get(SHORT, (from + i) * Short.BYTES) << Short.SIZE);
                }
            }
            default -> throw new IllegalStateException(name + " is of " + dtype);
        }
        for (int i = 0; i < count; i++) {
            if (!Float.isFinite(into[i])) {
                throw CheckpointFailures.corrupt(
                        file,
                        "tensor "
                                + name
                                + Arrays.toString(place(from + i))
                                + " must be a finite number but is "
                                + into[i]);
            }
        }
    }

    /// Indices of an element along each dimension.
    private long[] place(long index) {
        long[] place = new long[shape.length];
        for (int d = shape.length - 1; d >= 0; d--) {
            place[d] = index % shape[d];
            index /= shape[d];
        }
        return place;
    }
}
