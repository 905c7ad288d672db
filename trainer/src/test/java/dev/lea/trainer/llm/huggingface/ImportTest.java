package dev.lea.trainer.llm.huggingface;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.lea.serving.bundle.Probes;
import dev.lea.trainer.llm.LlmBundle;
import dev.lea.trainer.llm.Precision;
import dev.lea.trainer.llm.RopeScaling;
import dev.lea.trainer.net.Progress;
import java.nio.file.Path;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Every option of the families, against [PlainForward].
class ImportTest {
    private static final int LENGTH = 24;

    @TempDir Path folder;

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    llama | {}                                                                      | F32
                    llama | {"tie_word_embeddings": true}                                           | F32
                    llama | {"attention_bias": true}                                                | F32
                    llama | {"mlp_bias": true}                                                      | F16
                    llama | {"head_dim": 12}                                                        | BF16
                    llama | {"num_key_value_heads": 4}                                              | F32
                    llama | {"num_key_value_heads": 1}                                              | F32
                    llama | {"rope_theta": 500000.0}                                                | F32
                    llama | {"rope_scaling": {"type": "linear", "factor": 4.0}}                     | F32
                    llama | {"rope_parameters": {"rope_type": "linear", "factor": 3.0, "rope_theta": 500.0}} | F32
                    llama | {"rope_theta": 5000.0, "rope_scaling": {"rope_type": "llama3", "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0, "original_max_position_embeddings": 64}} | F32
                    llama | {"rope_parameters": {"rope_type": "llama3", "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0, "original_max_position_embeddings": 32, "rope_theta": 9000.0}} | F32
                    llama | {"rope_parameters": {"rope_type": "default", "rope_theta": 77.0}, "rope_scaling": null} | F32
                    qwen2 | {}                                                                      | BF16
                    qwen2 | {"tie_word_embeddings": true, "use_sliding_window": false, "sliding_window": 8} | F32
                    qwen2 | {"use_sliding_window": true, "sliding_window": 8, "max_window_layers": 2}| F32
                    qwen3 | {"head_dim": 16}                                                        | F32
                    qwen3 | {"head_dim": 8, "attention_bias": true, "tie_word_embeddings": true}    | F16
                    qwen3 | {}                                                                      | BF16
                    """)
    void write_everyOption_answersAsThePlainForwardPass(
            String family, String options, String dtype) {
        Checkpoint checkpoint = Checkpoint.of(family, options, dtype, 7);
        assertAgrees(
                checkpoint, write(checkpoint.write(folder.resolve("m")), Precision.FP32), 1e-3);
    }

    @Test
    void write_manyShards_answersAsOneFile() {
        Checkpoint checkpoint = Checkpoint.of("qwen3", "{\"head_dim\": 16}", "BF16", 3);
        assertAgrees(
                checkpoint,
                write(checkpoint.writeSharded(folder.resolve("m"), 5), Precision.FP32),
                1e-3);
    }

    @Test
    void write_halfPrecision_isCloseToTheFull() {
        Checkpoint checkpoint = Checkpoint.of("qwen2", "{}", "F32", 4);
        assertAgrees(
                checkpoint, write(checkpoint.write(folder.resolve("m")), Precision.FP16), 0.05);
    }

    @ParameterizedTest
    @ValueSource(ints = {16, 32, 64})
    void write_inBlocks_isCloseToTheFull(int blockSize) {
        Checkpoint checkpoint = Checkpoint.of("qwen2", "{\"tie_word_embeddings\": true}", "F32", 4);
        Path source = checkpoint.write(folder.resolve("m"));
        assertAgrees(checkpoint, write(source, Precision.INT8, blockSize), 0.3);
        LlmBundle coarse = write(source, Precision.INT4, blockSize);
        assertThat(coarse.bundle().manifest().metrics().get("rounding.error"))
                .isBetween(0.03, 0.12);
    }

    @Test
    void write_thenOpen_knowsTheModel() {
        Checkpoint checkpoint =
                Checkpoint.of(
                        "llama",
                        "{\"rope_scaling\": {\"type\": \"linear\", \"factor\": 4.0}, \"bos_token_id\": 3}",
                        "F32",
                        7);
        LlmBundle written = write(checkpoint.write(folder.resolve("m")), Precision.INT8);
        LlmBundle opened = LlmBundle.open(written.bundle().folder());
        assertThat(opened.spec()).isEqualTo(written.spec());
        assertThat(opened.spec().family()).isEqualTo("llama");
        assertThat(opened.spec().config().ropeScaling()).isEqualTo(RopeScaling.linear(4));
        assertThat(opened.spec().config().parts().ownHead()).isTrue();
        assertThat(opened.model().startToken()).isEqualTo(3);
        assertThat(opened.bundle().manifest().name()).isEqualTo("m");
        try (Served served = Served.of(opened)) {
            Probes.read(opened.bundle()).replay(served.model(), Map.of());
        }
    }

    @Test
    void write_twice_givesTheSameDigest() {
        Path source = Checkpoint.llama().write(folder.resolve("m"));
        LlmBundle first = write(source, Precision.INT4);
        try (HuggingFaceModel model = HuggingFaceModel.open(source)) {
            LlmBundle second =
                    model.write(folder.resolve("again"), Precision.INT4, 32, Progress.NONE);
            assertThat(second.bundle().digest()).isEqualTo(first.bundle().digest());
        }
    }

    @Test
    void embedding_ofEveryPrecision_isTheCheckpointsRow() {
        Checkpoint checkpoint = Checkpoint.llama();
        Path source = checkpoint.write(folder.resolve("m"));
        for (Precision precision : Precision.values()) {
            float[] row = new float[32];
            write(source, precision).model().weights().embedding(17, row);
            for (int i = 0; i < row.length; i++) {
                assertThat(row[i])
                        .as("%s[%d]", precision, i)
                        .isCloseTo(
                                checkpoint.tensors.get("model.embed_tokens.weight")
                                        .values()[17 * 32 + i],
                                within(0.01f));
            }
        }
    }

    @Test
    void parameters_ofAModelInBlocks_areRefused() {
        LlmBundle bundle = write(Checkpoint.llama().write(folder.resolve("m")), Precision.INT4);
        assertThatThrownBy(() -> bundle.model().weights().parameters())
                .hasMessageContaining("the whole of a model in INT4 cannot be trained")
                .hasMessageContaining("environment.lora_rank");
    }

    @Test
    void parameters_ofAModelInHalfPrecision_areWidened() {
        Checkpoint checkpoint = Checkpoint.of("llama", "{}", "F16", 1);
        LlmBundle bundle = write(checkpoint.write(folder.resolve("m")), Precision.FP16);
        assertThat(bundle.model().weights().parameters().get("llm.embedding"))
                .isEqualTo(checkpoint.tensors.get("model.embed_tokens.weight").values());
    }

    @Test
    void warnings_ofTensorsThatAreNoPartOfTheModel_nameThem() {
        Checkpoint checkpoint = Checkpoint.of("llama", "{\"tie_word_embeddings\": true}", "F32", 1);
        checkpoint.put("model.layers.0.self_attn.rotary_emb.inv_freq", "F32", 0, 1, 4);
        checkpoint.put("lm_head.weight", "F32", 0, 1, 300, 32);
        checkpoint.put("vision.patch", "F32", 0, 1, 4);
        try (HuggingFaceModel model =
                HuggingFaceModel.open(checkpoint.write(folder.resolve("m")))) {
            assertThat(model.warnings())
                    .containsExactly(
                            "1 tensors of the checkpoint are no part of a llama model and were ignored: vision.patch");
        }
    }

    private LlmBundle write(Path source, Precision precision) {
        return write(source, precision, 32);
    }

    private LlmBundle write(Path source, Precision precision, int blockSize) {
        try (HuggingFaceModel model = HuggingFaceModel.open(source)) {
            return model.write(
                    folder.resolve(precision + "-" + blockSize),
                    precision,
                    blockSize,
                    Progress.NONE);
        }
    }

    private static void assertAgrees(Checkpoint checkpoint, LlmBundle bundle, double bound) {
        long[] tokens = new SplittableRandom(5).longs(LENGTH, 0, 300).toArray();
        PlainForward.Answer expected = new PlainForward(checkpoint).run(tokens);
        try (Served served = Served.of(bundle)) {
            Served.Answer given = served.run(tokens);
            assertClose("hidden", given.hidden(), expected.hidden(), bound);
            assertClose("logits", given.logits(), expected.logits(), 2 * bound);
        }
    }

    private static void assertClose(String what, float[] given, double[][] expected, double bound) {
        int columns = expected[0].length;
        assertThat(given).hasSize(columns * expected.length);
        double worst = 0;
        for (int i = 0; i < given.length; i++) {
            worst = Math.max(worst, Math.abs(given[i] - expected[i / columns][i % columns]));
        }
        assertThat(worst).as(what).isLessThan(bound);
    }
}
