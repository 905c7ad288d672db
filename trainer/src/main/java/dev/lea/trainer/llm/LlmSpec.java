package dev.lea.trainer.llm;

import static dev.lea.serving.Checks.inRange;
import static dev.lea.serving.Checks.require;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.lea.serving.Failure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;

/// What an imported model is: the content of `llm.json`.
///
/// @param family     its `model_type`, for people
/// @param config     sizes and parts
/// @param precision  of its matrices
/// @param blockSize  numbers that share a scale; for precisions in blocks
/// @param startToken that a text begins behind
/// @param tensors    where each weight is in `weights.bin`
public record LlmSpec(
        String family,
        LlamaConfig config,
        Precision precision,
        int blockSize,
        int startToken,
        Map<String, StoredTensor> tensors) {
    private static final ObjectMapper JSON =
            JsonMapper.builder()
                    .enable(SerializationFeature.INDENT_OUTPUT)
                    .enable(SerializationFeature.ORDER_MAP_ENTRIES_BY_KEYS)
                    .build();

    public LlmSpec {
        java.util.Objects.requireNonNull(family, "family is missing");
        java.util.Objects.requireNonNull(config, "config is missing");
        java.util.Objects.requireNonNull(precision, "precision is missing");
        checkBlockSize(blockSize);
        inRange("startToken", startToken, 0, config.vocabulary() - 1);
        tensors =
                Collections.unmodifiableMap(
                        new TreeMap<>(
                                java.util.Objects.requireNonNull(tensors, "tensors are missing")));
    }

    /// A power of two that ONNX Runtime has kernels for.
    public static void checkBlockSize(int blockSize) {
        inRange("blockSize", blockSize, 16, 256);
        require(
                Integer.bitCount(blockSize) == 1,
                "blockSize must be a power of two but is " + blockSize);
    }

    /// Bytes of all weights.
    public long bytes() {
        return tensors.values().stream().mapToLong(StoredTensor::bytes).sum();
    }

    byte[] toBytes() {
        try {
            return JSON.writeValueAsBytes(this);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a specification that is no JSON", e);
        }
    }

    /// @throws Failure.Corrupt if the file is none
    static LlmSpec read(Path file) {
        try {
            return JSON.readValue(Files.readAllBytes(file), LlmSpec.class);
        } catch (IOException e) {
            throw new Failure.Corrupt(
                    "LLM_UNREADABLE", file + " is no description of a language model: " + e, e);
        }
    }
}
