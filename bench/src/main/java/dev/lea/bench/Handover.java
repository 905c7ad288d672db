package dev.lea.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.lea.serving.onnx.ElementType;
import dev.lea.serving.onnx.Tensor;
import dev.lea.trainer.agent.AgentSettings;
import dev.lea.trainer.agent.AgentStep;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/// Parameters and batches as files that another program can read: raw little-endian arrays, and `content.json`
/// with their types, shapes and settings. The folder is deleted on closing.
final class Handover implements AutoCloseable {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final Path folder;
    private final List<Map<String, Object>> networks = new ArrayList<>();
    private final List<Map<String, Object>> batches = new ArrayList<>();
    private int files;

    Handover(Path folder) {
        this.folder = folder;
    }

    /// Adds the networks' parameters as they stand.
    void networks(AgentStep step, AgentSettings settings) throws IOException {
        int count = settings.algorithm().learnsValues() ? 2 : 1;
        for (int i = 0; i < count; i++) {
            Map<String, Object> entries = new LinkedHashMap<>();
            for (var array : step.parameters(i).arrays().entrySet()) {
                entries.put(
                        array.getKey(), add(array.getValue().elements(), array.getValue().shape()));
            }
            networks.add(entries);
        }
    }

    /// Adds a batch and which network it trains.
    void batch(int main, Map<String, Tensor> inputs) throws IOException {
        Map<String, Object> entries = new LinkedHashMap<>();
        for (var input : inputs.entrySet()) {
            Tensor tensor = input.getValue();
            entries.put(
                    input.getKey(),
                    tensor.type() == ElementType.FLOAT
                            ? add(tensor.toFloats(), tensor.shape())
                            : add(tensor.toLongs(), tensor.shape()));
        }
        batches.add(Map.of("main", main, "inputs", entries));
    }

    /// Writes `content.json`.
    void write(AgentSettings settings) throws IOException {
        Map<String, Object> content =
                Map.of(
                        "rate",
                        settings.learningRate(),
                        "gamma",
                        settings.q().gamma(),
                        "dropout",
                        settings.encoder().dropout(),
                        "networks",
                        networks,
                        "batches",
                        batches);
        JSON.writeValue(folder.resolve("content.json").toFile(), content);
    }

    private Map<String, Object> add(float[] elements, long[] shape) throws IOException {
        byte[] bytes = new byte[Math.multiplyExact(elements.length, Float.BYTES)];
        littleEndian(bytes).asFloatBuffer().put(elements);
        return add("FLOAT", bytes, shape);
    }

    private Map<String, Object> add(long[] elements, long[] shape) throws IOException {
        byte[] bytes = new byte[Math.multiplyExact(elements.length, Long.BYTES)];
        littleEndian(bytes).asLongBuffer().put(elements);
        return add("INT64", bytes, shape);
    }

    private Map<String, Object> add(String type, byte[] bytes, long[] shape) throws IOException {
        String file = files++ + ".bin";
        Files.write(folder.resolve(file), bytes);
        return Map.of("type", type, "file", file, "shape", shape);
    }

    private static ByteBuffer littleEndian(byte[] bytes) {
        return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    @Override
    public void close() throws IOException {
        try (Stream<Path> inside = Files.walk(folder)) {
            for (Path path : inside.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        }
    }
}
