package dev.lea.trainer.llm.huggingface;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lea.serving.Failure;
import dev.lea.trainer.llm.LlmBundle;
import dev.lea.trainer.llm.Precision;
import dev.lea.trainer.net.Progress;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Model directories that are unsupported, incomplete or broken: each says what, and leaves nothing.
class BadCheckpointTest {
    private static final String QUERY = "model.layers.1.self_attn.q_proj.weight";

    @TempDir Path folder;

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    {"model_type": "mistral"}                     | model_type 'mistral' is not supported; there are llama, qwen2, qwen3
                    {"model_type": "qwen3_moe"}                   | model_type 'qwen3_moe' is not supported
                    {"model_type": null}                          | model_type '' is not supported
                    {"architectures": ["LlamaForSequenceClassification"]} | architectures 'LlamaForSequenceClassification' is not supported; llama models are read as LlamaForCausalLM or LlamaModel
                    {"rope_scaling": {"rope_type": "yarn", "factor": 4.0}} | rope_scaling.rope_type 'yarn' is not supported; there are default, linear, llama3
                    {"rope_scaling": {"type": "dynamic", "factor": 4.0}}   | rope_scaling.rope_type 'dynamic' is not supported
                    {"rope_parameters": {"rope_type": "longrope"}} | rope_parameters.rope_type 'longrope' is not supported
                    {"rope_scaling": {"rope_type": "linear"}}     | rope_scaling.factor is missing
                    {"rope_scaling": {"rope_type": "linear", "factor": 0.5}} | factor must be in [1.0, 1000000.0] but is 0.5
                    {"rope_scaling": {"rope_type": "llama3", "factor": 8.0}} | rope_scaling.low_freq_factor is missing
                    {"rope_scaling": "linear"}                    | rope_scaling must be an object but is "linear"
                    {"partial_rotary_factor": 0.5}                | partial_rotary_factor 0.5 is not supported
                    {"layer_types": ["full_attention", "sliding_attention"], "sliding_window": 8} | sliding_window 8 of 256 positions is not supported; every layer must see the whole text
                    {"use_sliding_window": true, "sliding_window": 8, "max_window_layers": 1} | sliding_window 8 of 256 positions is not supported
                    {"layer_types": ["full_attention", "linear_attention"]} | layer_types[1] 'linear_attention' is not supported
                    {"hidden_act": "gelu"}                        | hidden_act 'gelu' is not supported; there is silu
                    {"quantization_config": {"quant_method": "gptq"}} | quantization_config gptq is not supported; import the model's unquantized weights
                    {"hidden_size": null}                         | hidden_size is missing
                    {"hidden_size": "wide"}                       | hidden_size must be a whole number but is "wide"
                    {"num_attention_heads": 5}                    | hidden_size must be a multiple of num_attention_heads where head_dim is not given, but they are 32 and 5
                    {"num_key_value_heads": 3}                    | heads must be a multiple of keyValueHeads but are 4 and 3
                    {"rms_norm_eps": "small"}                     | rms_norm_eps must be a number but is "small"
                    {"tie_word_embeddings": "no"}                 | tie_word_embeddings must be true or false but is "no"
                    {"num_hidden_layers": 3}                      | the checkpoint has no tensor model.layers.2.input_layernorm.weight
                    {"attention_bias": true}                      | the checkpoint has no tensor model.layers.0.self_attn.q_proj.bias
                    {"num_key_value_heads": 4}                    | tensor model.layers.0.self_attn.k_proj.weight has shape [16, 32] but config.json makes it [32, 32]
                    """)
    void open_configThatIsNotSupported_saysWhatIs(String options, String message)
            throws IOException {
        Checkpoint checkpoint = Checkpoint.llama();
        checkpoint.config.setAll(
                (com.fasterxml.jackson.databind.node.ObjectNode)
                        new com.fasterxml.jackson.databind.ObjectMapper().readTree(options));
        assertRefused(checkpoint.write(folder.resolve("m")), message);
    }

    @Test
    void open_noFolder_orNoConfig_orNoJson_isToldApart() throws IOException {
        assertRefused(folder.resolve("nowhere"), "nowhere is no folder");
        Path source = Checkpoint.llama().write(folder.resolve("m"));
        Files.writeString(source.resolve("config.json"), "{\"model_type\":");
        assertRefused(source, "config.json: is no JSON");
        Files.delete(source.resolve("config.json"));
        assertRefused(source, "has no config.json; it is no Hugging Face model directory");
    }

    @Test
    void open_noWeights_saysWhatIsThere() throws IOException {
        Path source = Checkpoint.llama().write(folder.resolve("m"));
        Files.delete(source.resolve("model.safetensors"));
        assertRefused(source, "has neither model.safetensors nor model.safetensors.index.json");
        Files.writeString(source.resolve("pytorch_model.bin"), "");
        assertRefused(source, "pickled PyTorch, which is not read; save it as safetensors");
    }

    @Test
    void open_missingShard_namesIt() throws IOException {
        Path source = Checkpoint.llama().writeSharded(folder.resolve("m"), 3);
        Files.delete(source.resolve("model-00002-of-00003.safetensors"));
        assertRefused(source, "shard model-00002-of-00003.safetensors is missing");
    }

    @Test
    void open_indexThatNamesOtherThings_isRefused() throws IOException {
        Path source = Checkpoint.llama().writeSharded(folder.resolve("m"), 2);
        Path index = source.resolve("model.safetensors.index.json");
        String text = Files.readString(index);
        Files.writeString(
                index,
                text.replace(
                        "\"weight_map\":{",
                        "\"weight_map\":{\"x\":\"model-00001-of-00002.safetensors\","));
        assertRefused(source, "model-00001-of-00002.safetensors: tensor x is missing");
        Files.writeString(index, text.replaceFirst("model-00001", "../model-00001"));
        assertRefused(
                source,
                "must be in a file beside it but is in '../model-00001-of-00002.safetensors'");
        Files.writeString(index, "{}");
        assertRefused(source, "model.safetensors.index.json: it has no weight_map");
    }

    @Test
    void open_truncatedShard_namesTheFirstTensorThatIsNotThere() throws IOException {
        Path source = Checkpoint.llama().writeSharded(folder.resolve("m"), 2);
        Path shard = source.resolve("model-00002-of-00002.safetensors");
        try (var file = new RandomAccessFile(shard.toFile(), "rw")) {
            file.setLength(file.length() - 100);
        }
        assertRefused(
                source,
                "model-00002-of-00002.safetensors: the file is truncated: tensor model.norm.weight ends at byte");
    }

    @Test
    void open_headerThatIsLongerThanTheFile_isRefused() throws IOException {
        Path source = Checkpoint.llama().write(folder.resolve("m"));
        Path file = source.resolve("model.safetensors");
        long rest = Files.size(file) - 8;
        patch(file, 0, longBytes(rest + 1));
        assertRefused(
                source,
                "model.safetensors: its header is said to have "
                        + (rest + 1)
                        + " bytes but the file has only "
                        + rest);
        patch(file, 0, longBytes(-1));
        assertRefused(source, "its header is said to have 18446744073709551615 bytes");
        Files.write(file, new byte[5]);
        assertRefused(source, "a safetensors file has at least 8 bytes but this one has 5");
        Files.write(file, "\u0004\0\0\0\0\0\0\0{{}}".getBytes(StandardCharsets.UTF_8));
        assertRefused(source, "model.safetensors: its header is no JSON");
        Files.write(file, new byte[0]);
        assertRefused(source, "this one has 0");
    }

    @Test
    void open_headerThatDoesNotFitItsData_isRefused() throws IOException {
        assertHeaderRefused(
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,4]}}",
                4,
                "tensor a of F32[2] needs 8 bytes but its data_offsets span 4");
        assertHeaderRefused(
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,8]}}",
                8,
                "tensor a must begin at byte 0 of the data but has data_offsets [4, 8]");
        assertHeaderRefused(
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]},\"b\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}",
                4,
                "tensor b must begin at byte 4 of the data but has data_offsets [0, 4]");
        assertHeaderRefused(
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}",
                9,
                "its tensors end at byte 4 of the data but there are 9");
        assertHeaderRefused(
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[-1],\"data_offsets\":[0,4]}}",
                4,
                "tensor a has shape [-1]");
        assertHeaderRefused(
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[4611686018427387904,4],\"data_offsets\":[0,4]}}",
                4,
                "tensor a has shape [4611686018427387904,4]");
        assertHeaderRefused(
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[1]}}",
                4,
                "tensor a must have two data_offsets");
        assertHeaderRefused("[1]", 0, "its header is no JSON object");
    }

    private void assertHeaderRefused(String header, int data, String message) throws IOException {
        Path source = folder.resolve("h");
        if (!Files.exists(source)) {
            Checkpoint.llama().write(source);
        }
        byte[] json = header.getBytes(StandardCharsets.UTF_8);
        Files.write(
                source.resolve("model.safetensors"),
                ByteBuffer.allocate(8 + json.length + data)
                        .order(ByteOrder.LITTLE_ENDIAN)
                        .putLong(json.length)
                        .put(json)
                        .array());
        assertRefused(source, "model.safetensors: " + message);
    }

    @Test
    void open_tensorOfAnotherTypeOrShapeOrNone_namesIt() {
        assertRefused(
                checkpoint -> checkpoint.put(QUERY, "F32", 0, 1, 32, 31),
                "model.safetensors: tensor "
                        + QUERY
                        + " has shape [32, 31] but config.json makes it [32, 32]");
        assertRefused(
                checkpoint ->
                        checkpoint.tensors.put(
                                QUERY,
                                new Checkpoint.Array("I16", new long[] {32, 32}, new float[1024])),
                "tensor " + QUERY + " is of type I16 but must be of F32, F16 or BF16");
        assertRefused(
                checkpoint -> checkpoint.tensors.remove(QUERY),
                "the checkpoint has no tensor " + QUERY);
        assertRefused(
                checkpoint -> checkpoint.tensors.remove("lm_head.weight"),
                "the checkpoint has no tensor lm_head.weight");
    }

    @ParameterizedTest
    @CsvSource({
        "F32, NaN, NaN",
        "F16, Infinity, Infinity",
        "BF16, -Infinity, -Infinity",
        "F32, Infinity, Infinity"
    })
    void write_weightThatIsNoNumber_namesItsPlace(String dtype, float value, String shown)
            throws IOException {
        Checkpoint checkpoint = Checkpoint.of("llama", "{}", dtype, 1);
        checkpoint.tensors.get(QUERY).values()[5 * 32 + 7] = value;
        Path source = checkpoint.write(folder.resolve("m"));
        try (HuggingFaceModel model = HuggingFaceModel.open(source)) {
            for (Precision precision : Precision.values()) {
                assertThatThrownBy(() -> write(model, precision))
                        .isInstanceOf(Failure.Corrupt.class)
                        .hasMessage(
                                "model.safetensors: tensor "
                                        + QUERY
                                        + "[5, 7] must be a finite number but is "
                                        + shown);
            }
        }
        assertNothingButTheSource();
    }

    @Test
    void write_weightBeyondHalfPrecision_isRefusedThereAlone() throws IOException {
        Checkpoint checkpoint = Checkpoint.llama();
        checkpoint.tensors.get(QUERY).values()[0] = 70_000;
        Path source = checkpoint.write(folder.resolve("m"));
        try (HuggingFaceModel model = HuggingFaceModel.open(source)) {
            assertThatThrownBy(() -> write(model, Precision.FP16))
                    .hasMessageContaining(
                            "layers.1.attention.query holds 70000.0 but fp16 reaches only 65504.0");
            assertNothingButTheSource();
            assertThatCode(() -> write(model, Precision.INT8)).doesNotThrowAnyException();
        }
    }

    @Test
    void open_tokenizerThatIsMissingOrBroken_isRefused() {
        assertRefused(checkpoint -> checkpoint.tokenizer = null, "has no tokenizer.json");
        assertRefused(
                checkpoint -> checkpoint.tokenizer = "{\"model\":",
                "tokenizer.json cannot be read");
    }

    @Test
    void open_tokenizerOfAnotherModel_isRefused() {
        assertRefused(
                checkpoint -> {
                    checkpoint.config.put("vocab_size", 100);
                    checkpoint.put("model.embed_tokens.weight", "F32", 0, 1, 100, 32);
                    checkpoint.put("lm_head.weight", "F32", 0, 1, 100, 32);
                },
                "but the model has only 100 rows (vocab_size); it does not belong to this model");
        assertRefused(
                checkpoint -> {
                    checkpoint.config.put("vocab_size", 2000);
                    checkpoint.put("model.embed_tokens.weight", "F32", 0, 1, 2000, 32);
                    checkpoint.put("lm_head.weight", "F32", 0, 1, 2000, 32);
                },
                "but the model has 2,000 rows (vocab_size), more than twice as many");
        assertRefused(
                checkpoint -> {
                    checkpoint.config.put("bos_token_id", 7).put("eos_token_id", 8);
                    checkpoint.tokenizerConfig =
                            "{\"bos_token\": \"<s>\", \"eos_token\": {\"content\": \"!\"}}";
                },
                "bos_token_id of config.json is [7] but '<s>' is no token here");
    }

    @Test
    void open_oneSpecialTokenThatDiffers_isAWarning() {
        Checkpoint checkpoint = Checkpoint.llama();
        int[] id = new int[1];
        try (var tokenizer = dev.lea.serving.text.TextTokenizer.of(checkpoint.tokenizer)) {
            id[0] = (int) tokenizer.encode("!")[0];
        }
        checkpoint.config.put("bos_token_id", 5).put("eos_token_id", id[0]);
        checkpoint.tokenizerConfig = "{\"bos_token\": \"<s>\", \"eos_token\": \"!\"}";
        try (HuggingFaceModel model =
                HuggingFaceModel.open(checkpoint.write(folder.resolve("m")))) {
            assertThat(model.warnings())
                    .containsExactly(
                            "bos_token_id of config.json is [5] but '<s>' is no token here");
        }
    }

    @Test
    void write_toAFolderThatExists_isRefused() throws IOException {
        Path source = Checkpoint.llama().write(folder.resolve("m"));
        Path target = Files.createDirectory(folder.resolve("there"));
        try (HuggingFaceModel model = HuggingFaceModel.open(source)) {
            assertThatThrownBy(() -> model.write(target, Precision.FP32, 32, Progress.NONE))
                    .isInstanceOf(Failure.Conflict.class)
                    .hasMessage(target + " exists already; a bundle is never overwritten");
        }
        assertThat(target).isEmptyDirectory();
    }

    @Test
    void requireSpace_fullDisk_namesWhatIsNeededAndFree() {
        assertThatThrownBy(() -> HuggingFaceModel.requireSpace(Path.of("x"), 5_000_000, 4_000))
                .isInstanceOf(Failure.Conflict.class)
                .hasMessage(
                        "%s needs 5,000,000 bytes but its disk has 4,000 free",
                        Path.of("x", "weights.bin"));
    }

    /// As when the disk fills while weights are written.
    @Test
    void write_stoppedInTheMiddle_leavesNothing() throws IOException {
        Path source = Checkpoint.llama().write(folder.resolve("m"));
        try (HuggingFaceModel model = HuggingFaceModel.open(source)) {
            assertThatThrownBy(() ->
                            model.write(
                                    folder.resolve("out"),
                                    Precision.FP32,
                                    32,
                                    (done, total, _) -> {
                                        if (done > total / 2) {
                                            throw new java.io.UncheckedIOException(
                                                    new IOException("No space left on device"));
                                        }
                                    }))
                    .hasMessageContaining("No space left on device");
        }
        assertNothingButTheSource();
    }

    @Test
    void open_bundleThatWasAltered_orIsOfAnotherKind_isRefused() throws IOException {
        Path source = Checkpoint.llama().write(folder.resolve("m"));
        LlmBundle bundle;
        try (HuggingFaceModel model = HuggingFaceModel.open(source)) {
            bundle = write(model, Precision.INT8);
        }
        Path target = bundle.bundle().folder();
        patch(target.resolve("weights.bin"), 1000, new byte[] {99, 98, 97});
        assertThatThrownBy(() -> LlmBundle.open(target)).hasMessageContaining("weights.bin");
        assertThatThrownBy(() -> LlmBundle.open(source))
                .hasMessageContaining("the bundle has no manifest.json");
    }

    private void assertRefused(Consumer<Checkpoint> spoil, String message) {
        Checkpoint checkpoint = Checkpoint.llama();
        spoil.accept(checkpoint);
        Path source = folder.resolve("m" + checkpoint.hashCode());
        assertRefused(checkpoint.write(source), message);
    }

    private void assertRefused(Path source, String message) {
        assertThatThrownBy(() -> HuggingFaceModel.open(source).close())
                .isInstanceOf(Failure.class)
                .hasMessageContaining(message);
    }

    private LlmBundle write(HuggingFaceModel model, Precision precision) {
        return model.write(folder.resolve("out"), precision, 32, Progress.NONE);
    }

    private void assertNothingButTheSource() throws IOException {
        try (var list = Files.list(folder)) {
            assertThat(list.toList()).isEqualTo(List.of(folder.resolve("m")));
        }
    }

    private static void patch(Path file, long at, byte[] bytes) throws IOException {
        try (var open = new RandomAccessFile(file.toFile(), "rw")) {
            open.seek(at);
            open.write(bytes);
        }
    }

    private static byte[] longBytes(long value) {
        return ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(value).array();
    }
}
