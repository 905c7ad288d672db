package dev.lea.trainer.llm.huggingface;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.lea.trainer.llm.BytePairTraining;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/// A tiny random model as a Hugging Face directory, to be spoiled in all ways before it is written.
public final class Checkpoint {
    /// A tensor as it will be stored.
    ///
    /// @param values already rounded to the type
    public record Array(String dtype, long[] shape, float[] values) {
        byte[] bytes() {
            int each = dtype.equals("F32") ? Float.BYTES : Short.BYTES;
            var bytes = ByteBuffer.allocate(values.length * each).order(ByteOrder.LITTLE_ENDIAN);
            for (float value : values) {
                switch (dtype) {
                    case "F32" -> bytes.putFloat(value);
                    case "F16" -> bytes.putShort(Float.floatToFloat16(value));
                    default -> bytes.putShort((short) (Float.floatToRawIntBits(value) >>> 16));
                }
            }
            return bytes.array();
        }
    }

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final List<String> TEXTS =
            List.of(
                    "A steel bolt, 10 mm, pack of 50.",
                    "A brass bolt, 12 mm, pack of 20.",
                    "A jazz record by a trio from the north.",
                    "The user chose these items:");
    private static final String TOKENIZER = BytePairTraining.learn(TEXTS, 300);

    public final ObjectNode config;
    public final Map<String, Array> tensors = new LinkedHashMap<>();
    public String tokenizer = TOKENIZER;
    public String tokenizerConfig;
    private final SplittableRandom random;

    private Checkpoint(ObjectNode config, long seed) {
        this.config = config;
        this.random = new SplittableRandom(seed);
    }

    /// A model of a family: 2 layers of width 32, 4 heads over 2, an inner width that is no multiple of a block.
    ///
    /// @param options further entries of `config.json` as JSON, for instance `{"tie_word_embeddings": true}`
    public static Checkpoint of(String family, String options, String dtype, long seed) {
        try {
            ObjectNode config =
                    (ObjectNode)
                            JSON.readTree(
                                    """
                                    {"hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 2,
                                     "num_attention_heads": 4, "num_key_value_heads": 2, "vocab_size": 300,
                                     "max_position_embeddings": 256, "rms_norm_eps": 1e-5, "hidden_act": "silu",
                                     "bos_token_id": 0, "eos_token_id": 0}
                                    """);
            config.put("model_type", family);
            config.putArray("architectures")
                    .add(
                            Character.toUpperCase(family.charAt(0))
                                    + family.substring(1)
                                    + "ForCausalLM");
            config.setAll((ObjectNode) JSON.readTree(options));
            var checkpoint = new Checkpoint(config, seed);
            checkpoint.fill(family, dtype);
            return checkpoint;
        } catch (IOException e) {
            throw new IllegalArgumentException(options, e);
        }
    }

    public static Checkpoint llama() {
        return of("llama", "{}", "F32", 1);
    }

    private void fill(String family, String dtype) {
        int width = size("hidden_size");
        int inner = size("intermediate_size");
        int d = config.path("head_dim").asInt(width / size("num_attention_heads"));
        if (family.equals("qwen3") && !config.has("head_dim")) {
            d = 128;
        }
        int queries = size("num_attention_heads") * d;
        int keys = size("num_key_value_heads") * d;
        boolean attentionBias = config.path("attention_bias").asBoolean(false);
        boolean inputBias = attentionBias || family.equals("qwen2");
        boolean mlpBias = config.path("mlp_bias").asBoolean(false);
        matrix("model.embed_tokens.weight", dtype, size("vocab_size"), width);
        for (int i = 0; i < size("num_hidden_layers"); i++) {
            String layer = "model.layers." + i + ".";
            vector(layer + "input_layernorm.weight", dtype, width, 1);
            vector(layer + "post_attention_layernorm.weight", dtype, width, 1);
            projection(layer + "self_attn.q_proj", dtype, queries, width, inputBias);
            projection(layer + "self_attn.k_proj", dtype, keys, width, inputBias);
            projection(layer + "self_attn.v_proj", dtype, keys, width, inputBias);
            projection(layer + "self_attn.o_proj", dtype, width, queries, attentionBias);
            if (family.equals("qwen3")) {
                vector(layer + "self_attn.q_norm.weight", dtype, d, 1);
                vector(layer + "self_attn.k_norm.weight", dtype, d, 1);
            }
            projection(layer + "mlp.gate_proj", dtype, inner, width, mlpBias);
            projection(layer + "mlp.up_proj", dtype, inner, width, mlpBias);
            projection(layer + "mlp.down_proj", dtype, width, inner, mlpBias);
        }
        vector("model.norm.weight", dtype, width, 1);
        if (!config.path("tie_word_embeddings").asBoolean(false)) {
            matrix("lm_head.weight", dtype, size("vocab_size"), width);
        }
    }

    int size(String name) {
        return config.get(name).asInt();
    }

    private void projection(String name, String dtype, int out, int in, boolean bias) {
        matrix(name + ".weight", dtype, out, in);
        if (bias) {
            vector(name + ".bias", dtype, out, 0);
        }
    }

    private void matrix(String name, String dtype, int rows, int columns) {
        put(name, dtype, 0, 1.5 / Math.sqrt(columns), rows, columns);
    }

    private void vector(String name, String dtype, int size, double middle) {
        put(name, dtype, middle, 0.3, size);
    }

    /// Adds or replaces a tensor by a random one.
    void put(String name, String dtype, double middle, double deviation, long... shape) {
        int count = 1;
        for (long size : shape) {
            count *= (int) size;
        }
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = rounded((float) (middle + deviation * random.nextGaussian()), dtype);
        }
        tensors.put(name, new Array(dtype, shape, values));
    }

    private static float rounded(float value, String dtype) {
        return switch (dtype) {
            case "F32" -> value;
            case "F16" -> Float.float16ToFloat(Float.floatToFloat16(value));
            default -> Float.intBitsToFloat(Float.floatToRawIntBits(value) & 0xFFFF0000);
        };
    }

    /// Writes everything into a folder, the weights as one file.
    public Path write(Path folder) {
        writeTexts(folder);
        write(folder.resolve("model.safetensors"), safetensors(tensors));
        return folder;
    }

    /// Writes everything into a folder, the weights dealt to several files.
    Path writeSharded(Path folder, int shards) {
        writeTexts(folder);
        ObjectNode index = JSON.createObjectNode();
        ObjectNode map = index.putObject("weight_map");
        List<String> names = new ArrayList<>(tensors.keySet());
        for (int shard = 0; shard < shards; shard++) {
            String file = "model-%05d-of-%05d.safetensors".formatted(shard + 1, shards);
            Map<String, Array> part = new LinkedHashMap<>();
            for (int i = shard; i < names.size(); i += shards) {
                part.put(names.get(i), tensors.get(names.get(i)));
                map.put(names.get(i), file);
            }
            write(folder.resolve(file), safetensors(part));
        }
        write(
                folder.resolve("model.safetensors.index.json"),
                index.toString().getBytes(StandardCharsets.UTF_8));
        return folder;
    }

    private void writeTexts(Path folder) {
        try {
            Files.createDirectories(folder);
            Files.writeString(folder.resolve("config.json"), config.toString());
            if (tokenizer != null) {
                Files.writeString(folder.resolve("tokenizer.json"), tokenizer);
            }
            if (tokenizerConfig != null) {
                Files.writeString(folder.resolve("tokenizer_config.json"), tokenizerConfig);
            }
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    static byte[] safetensors(Map<String, Array> tensors) {
        ObjectNode header = JSON.createObjectNode();
        header.putObject("__metadata__").put("format", "pt");
        long at = 0;
        List<byte[]> parts = new ArrayList<>();
        for (Map.Entry<String, Array> tensor : tensors.entrySet()) {
            byte[] bytes = tensor.getValue().bytes();
            ObjectNode entry = header.putObject(tensor.getKey());
            entry.put("dtype", tensor.getValue().dtype());
            for (long size : tensor.getValue().shape()) {
                entry.withArray("shape").add(size);
            }
            entry.putArray("data_offsets").add(at).add(at + bytes.length);
            at += bytes.length;
            parts.add(bytes);
        }
        return assembled(header, parts);
    }

    static byte[] assembled(JsonNode header, List<byte[]> parts) {
        byte[] json = header.toString().getBytes(StandardCharsets.UTF_8);
        int data = parts.stream().mapToInt(part -> part.length).sum();
        var file =
                ByteBuffer.allocate(Long.BYTES + json.length + data)
                        .order(ByteOrder.LITTLE_ENDIAN)
                        .putLong(json.length)
                        .put(json);
        parts.forEach(file::put);
        return file.array();
    }

    private static void write(Path file, byte[] bytes) {
        try {
            Files.write(file, bytes);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }
}
