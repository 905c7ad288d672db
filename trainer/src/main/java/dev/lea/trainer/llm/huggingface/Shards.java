package dev.lea.trainer.llm.huggingface;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeSet;

/// All tensors of a model directory: of `model.safetensors`, or of the files that `model.safetensors.index.json`
/// names. Mapped until closed.
final class Shards implements AutoCloseable {
    private static final String SINGLE = "model.safetensors";
    private static final String INDEX = "model.safetensors.index.json";
    private static final ObjectMapper JSON = new ObjectMapper();

    private final Arena arena;
    private final Map<String, StoredElements> tensors;

    private Shards(Arena arena, Map<String, StoredElements> tensors) {
        this.arena = arena;
        this.tensors = Collections.unmodifiableMap(tensors);
    }

    @SuppressWarnings("MustBeClosedChecker") // by close
    static Shards open(Path folder) {
        Arena arena = Arena.ofShared();
        try {
            return new Shards(
                    arena,
                    Files.exists(folder.resolve(INDEX))
                            ? indexed(folder, arena)
                            : single(folder, arena));
        } catch (RuntimeException e) {
            arena.close();
            throw e;
        }
    }

    Map<String, StoredElements> tensors() {
        return tensors;
    }

    private static Map<String, StoredElements> single(Path folder, Arena arena) {
        Path file = folder.resolve(SINGLE);
        if (!Files.isRegularFile(file)) {
            throw CheckpointFailures.missing(
                    folder + " has neither " + SINGLE + " nor " + INDEX + ": " + others(folder));
        }
        return Safetensors.open(file, arena).tensors();
    }

    private static String others(Path folder) {
        try (var list = Files.list(folder)) {
            boolean pickled = list.anyMatch(file -> file.getFileName().toString().endsWith(".bin"));
            return pickled
                    ? "its .bin files are pickled PyTorch, which is not read; save it as safetensors"
                    : "there are no weights";
        } catch (IOException e) {
            throw new UncheckedIOException("cannot list " + folder, e);
        }
    }

    private static Map<String, StoredElements> indexed(Path folder, Arena arena) {
        Map<String, String> fileOf = index(folder);
        Map<String, Safetensors> files = new HashMap<>();
        for (String file : new TreeSet<>(fileOf.values())) {
            Path path = folder.resolve(file);
            if (!Files.isRegularFile(path)) {
                throw CheckpointFailures.missing(
                        "shard "
                                + file
                                + " is missing: "
                                + INDEX
                                + " names it but "
                                + folder
                                + " does not hold it");
            }
            files.put(file, Safetensors.open(path, arena));
        }
        Map<String, StoredElements> tensors = new LinkedHashMap<>();
        fileOf.forEach((tensor, file) -> {
            StoredElements found = files.get(file).tensors().get(tensor);
            if (found == null) {
                throw CheckpointFailures.corrupt(
                        file, "tensor " + tensor + " is missing: " + INDEX + " places it here");
            }
            tensors.put(tensor, found);
        });
        return tensors;
    }

    private static Map<String, String> index(Path folder) {
        try {
            JsonNode map =
                    JSON.readTree(Files.readString(folder.resolve(INDEX))).path("weight_map");
            if (!map.isObject() || map.isEmpty()) {
                throw CheckpointFailures.corrupt(INDEX, "it has no weight_map");
            }
            Map<String, String> fileOf = new LinkedHashMap<>();
            for (Map.Entry<String, JsonNode> entry : map.properties()) {
                String file = entry.getValue().asText();
                if (file.isEmpty() || !Path.of(file).equals(Path.of(file).getFileName())) {
                    throw CheckpointFailures.corrupt(
                            INDEX,
                            "tensor "
                                    + entry.getKey()
                                    + " must be in a file beside it but is in '"
                                    + file
                                    + "'");
                }
                fileOf.put(entry.getKey(), file);
            }
            return fileOf;
        } catch (JsonProcessingException e) {
            throw CheckpointFailures.corrupt(INDEX, "it is no JSON: " + e.getOriginalMessage());
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + folder.resolve(INDEX), e);
        }
    }

    @Override
    public void close() {
        arena.close();
    }
}
