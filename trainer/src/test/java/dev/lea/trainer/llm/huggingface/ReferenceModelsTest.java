package dev.lea.trainer.llm.huggingface;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.lea.serving.text.TextTokenizer;
import dev.lea.trainer.evaluation.Spearman;
import dev.lea.trainer.llm.LlmBundle;
import dev.lea.trainer.llm.Precision;
import dev.lea.trainer.net.Progress;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Checkpoints beside the repository with the answers of another implementation.
class ReferenceModelsTest {
    private static final Path MODELS =
            Path.of(System.getProperty("lea.shared", "../../shared")).resolve("models");
    private static final float BOUND = 1e-3f;

    @TempDir Path folder;

    @ParameterizedTest
    @ValueSource(strings = {"tiny-llama3", "tiny-qwen2", "tiny-qwen3"})
    void import_aReferenceModel_answersAsItsReference(String name) throws IOException {
        LlmBundle bundle = imported(name, Precision.FP32);
        JsonNode golden = golden(name);
        try (Served served = Served.of(bundle);
                TextTokenizer tokenizer = TextTokenizer.of(bundle.model().tokenizerJson())) {
            for (JsonNode example : golden.get("cases")) {
                long[] ids = longs(example.get("ids"));
                long[] encoded = tokenizer.encode(example.get("text").asText());
                assertThat(Arrays.copyOf(encoded, ids.length)).isEqualTo(ids);
                Served.Answer answer = served.run(ids);
                assertThat(served.lastLogits(answer))
                        .containsExactly(floats(example.get("last_logits")), within(BOUND));
                assertThat(served.lastHidden(answer))
                        .containsExactly(floats(example.get("last_hidden")), within(BOUND));
                assertThat(served.best(answer))
                        .isEqualTo(ints(example.get("argmax_every_position")));
            }
            long[] greedy = longs(golden.get("greedy"));
            long[] start = longs(golden.get("cases").get(0).get("ids"));
            assertThat(served.continued(start, greedy.length - start.length)).isEqualTo(greedy);
        }
    }

    @Test
    void import_aTrainedModel_tellsTheSameStory() throws IOException {
        LlmBundle bundle = imported("stories260K/hf", Precision.FP32);
        JsonNode golden = golden("stories260K");
        try (Served served = Served.of(bundle);
                TextTokenizer tokenizer = TextTokenizer.of(bundle.model().tokenizerJson())) {
            long[] words = tokenizer.encode(golden.get("prompt").asText());
            long[] ids = new long[words.length + 1];
            ids[0] = bundle.model().startToken();
            System.arraycopy(words, 0, ids, 1, words.length);
            assertThat(ids).isEqualTo(longs(golden.get("prompt_ids")));
            assertThat(served.lastLogits(served.run(ids)))
                    .containsExactly(floats(golden.get("logits_last_prompt")), within(BOUND));
            long[] story = served.continued(ids, 100);
            assertThat(Arrays.copyOfRange(story, ids.length, story.length))
                    .isEqualTo(longs(golden.get("greedy_100")));
        }
    }

    @ParameterizedTest
    @CsvSource({
        "tiny-llama3, FP16, 0.9999", "tiny-llama3, INT8, 0.99", "tiny-llama3, INT4, 0.97",
        "tiny-qwen2, FP16, 0.9999", "tiny-qwen2, INT8, 0.99", "tiny-qwen2, INT4, 0.97",
        "tiny-qwen3, FP16, 0.9999", "tiny-qwen3, INT8, 0.99", "tiny-qwen3, INT4, 0.97",
        "stories260K/hf, FP16, 0.9999", "stories260K/hf, INT8, 0.99", "stories260K/hf, INT4, 0.97"
    })
    void import_inFewerBits_ranksAsInFull(String name, Precision precision, double least)
            throws IOException {
        try (Served full = Served.of(imported(name, Precision.FP32));
                Served fewer = Served.of(imported(name, precision))) {
            long[][] texts = texts(name);
            double logits = 0;
            float[][] states = new float[texts.length][];
            float[][] roundedStates = new float[texts.length][];
            for (int t = 0; t < texts.length; t++) {
                Served.Answer expected = full.run(texts[t]);
                Served.Answer given = fewer.run(texts[t]);
                logits +=
                        Spearman.of(
                                doubles(full.lastLogits(expected)),
                                doubles(fewer.lastLogits(given)));
                states[t] = expected.hidden();
                roundedStates[t] = given.hidden();
            }
            double similarities =
                    Spearman.of(
                            similarities(states, full.width()),
                            similarities(roundedStates, full.width()));
            assertThat(similarities).as("similarities").isGreaterThan(least);
            assertThat(logits / texts.length).as("logits").isGreaterThan(0.93);
        }
    }

    /// Cosines between the states at every place of all texts, each with each.
    private static double[] similarities(float[][] texts, int width) {
        float[] all = new float[0];
        for (float[] text : texts) {
            all = Arrays.copyOf(all, all.length + text.length);
            System.arraycopy(text, 0, all, all.length - text.length, text.length);
        }
        int states = Math.min(150, all.length / width);
        double[] cosines = new double[states * (states - 1) / 2];
        int at = 0;
        for (int i = 0; i < states; i++) {
            for (int j = 0; j < i; j++) {
                double dot = 0;
                double a = 0;
                double b = 0;
                for (int d = 0; d < width; d++) {
                    double x = all[i * width + d];
                    double y = all[j * width + d];
                    dot += x * y;
                    a += x * x;
                    b += y * y;
                }
                cosines[at++] = dot / Math.sqrt(a * b);
            }
        }
        return cosines;
    }

    private static long[][] texts(String name) throws IOException {
        if (name.startsWith("stories")) {
            JsonNode golden = golden("stories260K");
            long[] start = longs(golden.get("prompt_ids"));
            long[] rest = longs(golden.get("greedy_100"));
            long[] all = Arrays.copyOf(start, start.length + rest.length);
            System.arraycopy(rest, 0, all, start.length, rest.length);
            return new long[][] {all, Arrays.copyOf(all, 60), Arrays.copyOf(all, 30)};
        }
        JsonNode cases = golden(name).get("cases");
        return IntStream.range(0, cases.size())
                .mapToObj(i -> longs(cases.get(i).get("ids")))
                .toArray(long[][]::new);
    }

    private LlmBundle imported(String name, Precision precision) {
        Path source = MODELS.resolve(name);
        assumeTrue(
                Files.isDirectory(source), () -> "the reference models are not at hand: " + source);
        Path target = folder.resolve(precision.toString());
        try (HuggingFaceModel model = HuggingFaceModel.open(source)) {
            assertThat(model.warnings()).isEmpty();
            return model.write(target, precision, 32, Progress.NONE);
        }
    }

    private static JsonNode golden(String name) throws IOException {
        Path file = MODELS.resolve(name).resolve("golden.json");
        assumeTrue(Files.exists(file), () -> "the reference answers are not at hand: " + file);
        return new ObjectMapper().readTree(Files.readString(file));
    }

    private static long[] longs(JsonNode array) {
        return IntStream.range(0, array.size()).mapToLong(i -> array.get(i).asLong()).toArray();
    }

    private static int[] ints(JsonNode array) {
        return IntStream.range(0, array.size()).map(i -> array.get(i).asInt()).toArray();
    }

    private static double[] doubles(float[] floats) {
        return IntStream.range(0, floats.length).mapToDouble(i -> floats[i]).toArray();
    }

    private static float[] floats(JsonNode array) {
        float[] floats = new float[array.size()];
        for (int i = 0; i < floats.length; i++) {
            floats[i] = (float) array.get(i).asDouble();
        }
        return floats;
    }
}
