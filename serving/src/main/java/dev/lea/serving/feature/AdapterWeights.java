package dev.lea.serving.feature;

import static dev.lea.serving.Checks.require;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.lea.serving.Failure;
import dev.lea.serving.onnx.Tensor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;

/// What one LE adds to a language model that others use too, by the names of the graph's inputs that take it: the
/// content of `adapter.safetensors`, float32 in the format of that name.
///
/// The same weights are the same bytes: names are sorted, nothing else is written.
public record AdapterWeights(Map<String, Array> arrays) {
    /// Name of the file.
    public static final String FILE = "adapter.safetensors";

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int LENGTH_BYTES = Long.BYTES;
    private static final int ALIGNMENT = 8;

    /// A dense row-major array.
    public record Array(long[] shape, float[] elements) {
        public Array {
            long count = 1;
            for (long dimension : shape) {
                require(dimension >= 0, "negative dimension in " + Arrays.toString(shape));
                count = Math.multiplyExact(count, dimension);
            }
            require(
                    count == elements.length,
                    elements.length + " elements do not fill shape " + Arrays.toString(shape));
        }
    }

    public AdapterWeights {
        arrays = Collections.unmodifiableMap(new TreeMap<>(arrays));
    }

    /// The content of the file.
    public byte[] toBytes() {
        ObjectNode header = JSON.createObjectNode();
        long end = 0;
        for (var entry : arrays.entrySet()) {
            ObjectNode tensor = header.putObject(entry.getKey()).put("dtype", "F32");
            var shape = tensor.putArray("shape");
            Arrays.stream(entry.getValue().shape).forEach(shape::add);
            long from = end;
            end += (long) Float.BYTES * entry.getValue().elements.length;
            tensor.putArray("data_offsets").add(from).add(end);
        }
        byte[] json = header.toString().getBytes(StandardCharsets.UTF_8);
        int padded = Math.ceilDiv(json.length, ALIGNMENT) * ALIGNMENT;
        var bytes =
                ByteBuffer.allocate(Math.toIntExact(LENGTH_BYTES + padded + end))
                        .order(ByteOrder.LITTLE_ENDIAN);
        bytes.putLong(padded).put(json);
        for (int i = json.length; i < padded; i++) {
            bytes.put((byte) ' ');
        }
        for (Array array : arrays.values()) {
            bytes.asFloatBuffer().put(array.elements);
            bytes.position(bytes.position() + Float.BYTES * array.elements.length);
        }
        return bytes.array();
    }

    /// Reads the file.
    ///
    /// @throws Failure.Corrupt if it is not one, or an element is not a finite number
    public static AdapterWeights read(Path file) {
        try {
            return of(ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN));
        } catch (IOException e) {
            throw unreadable(e.getMessage(), e);
        } catch (RuntimeException e) {
            throw e instanceof Failure.Corrupt ? e : unreadable(e.getMessage(), e);
        }
    }

    /// New tensors by name; the caller closes them.
    public Map<String, Tensor> tensors() {
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        arrays.forEach((name, array) -> tensors.put(name, Tensor.of(array.elements, array.shape)));
        return tensors;
    }

    private static AdapterWeights of(ByteBuffer bytes) throws JsonProcessingException {
        long length = bytes.remaining() < LENGTH_BYTES ? -1 : bytes.getLong();
        if (length < 0 || length > bytes.remaining()) {
            throw unreadable("its header's length does not fit the file", null);
        }
        byte[] json = new byte[(int) length];
        bytes.get(json);
        ByteBuffer data = bytes.slice().order(ByteOrder.LITTLE_ENDIAN);
        Map<String, Array> arrays = new TreeMap<>();
        long used = 0;
        for (var entry : JSON.readTree(new String(json, StandardCharsets.UTF_8)).properties()) {
            Array array = array(entry.getKey(), entry.getValue(), data);
            arrays.put(entry.getKey(), array);
            used += (long) Float.BYTES * array.elements.length;
        }
        if (used != data.capacity()) {
            throw unreadable(
                    "its tensors take %d bytes but %d follow the header"
                            .formatted(used, data.capacity()),
                    null);
        }
        return new AdapterWeights(arrays);
    }

    private static Array array(String name, JsonNode tensor, ByteBuffer data) {
        if (!tensor.path("dtype").asText().equals("F32")) {
            throw unreadable(
                    "tensor %s has dtype %s but only F32 is read"
                            .formatted(name, tensor.path("dtype")),
                    null);
        }
        JsonNode shape = tensor.path("shape");
        long[] dimensions = new long[shape.size()];
        for (int i = 0; i < dimensions.length; i++) {
            dimensions[i] = shape.get(i).asLong(-1);
        }
        long begin = tensor.path("data_offsets").path(0).asLong(-1);
        long end = tensor.path("data_offsets").path(1).asLong(-1);
        if (begin < 0 || end < begin || end > data.capacity() || (end - begin) % Float.BYTES != 0) {
            throw unreadable(
                    "tensor %s has data_offsets [%d, %d] but there are %d bytes"
                            .formatted(name, begin, end, data.capacity()),
                    null);
        }
        float[] elements = new float[(int) ((end - begin) / Float.BYTES)];
        data.slice((int) begin, (int) (end - begin))
                .order(ByteOrder.LITTLE_ENDIAN)
                .asFloatBuffer()
                .get(elements);
        for (int i = 0; i < elements.length; i++) {
            if (!Float.isFinite(elements[i])) {
                throw new Failure.Corrupt(
                        "ADAPTER_NOT_FINITE",
                        "%s holds %s in tensor %s, element %d"
                                .formatted(FILE, elements[i], name, i));
            }
        }
        return new Array(dimensions, elements);
    }

    private static Failure.Corrupt unreadable(String problem, Exception cause) {
        return new Failure.Corrupt(
                "ADAPTER_UNREADABLE", FILE + " cannot be read: " + problem, cause);
    }
}
