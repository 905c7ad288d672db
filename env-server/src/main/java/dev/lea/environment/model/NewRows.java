package dev.lea.environment.model;

import dev.lea.serving.Failure;
import dev.lea.serving.bundle.Bundle;
import dev.lea.serving.feature.EnvironmentSpec;
import dev.lea.serving.feature.TextBatch;
import dev.lea.serving.onnx.OnnxModel;
import dev.lea.serving.onnx.OnnxOptions;
import dev.lea.serving.onnx.Outputs;
import dev.lea.serving.onnx.Tensor;
import dev.lea.serving.text.TextTokenizer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/// Rows of the items' table from texts, by a bundle's `text.onnx`. New items are rare and the graph may be as large as
/// the language model, so it is loaded for the call and closed after it.
///
/// Native code: call it from a platform thread.
final class NewRows {
    private static final int BATCH = 16;

    private NewRows() {}

    /// @param texts none blank
    /// @return a row a text
    /// @throws Failure.Conflict if the bundle has no text model
    /// @throws Failure.Invalid  naming the text that has no token
    static List<float[]> of(Bundle bundle, List<String> texts, int columns, OnnxOptions options) {
        String most = bundle.manifest().settings().get(EnvironmentSpec.TEXT_TOKENS);
        if (most == null || !bundle.manifest().files().containsKey(EnvironmentSpec.TEXT)) {
            throw new Failure.Conflict(
                    "NO_TEXT_MODEL",
                    "the live version was made without a text model; it takes no new items",
                    Map.of());
        }
        List<float[]> rows = new ArrayList<>(texts.size());
        try (var tokenizer =
                        TextTokenizer.of(Files.readString(bundle.file(EnvironmentSpec.TOKENIZER)));
                var model = OnnxModel.load(bundle.file(EnvironmentSpec.TEXT), options)) {
            for (int from = 0; from < texts.size(); from += BATCH) {
                List<long[]> words = new ArrayList<>();
                for (int i = from; i < Math.min(texts.size(), from + BATCH); i++) {
                    words.add(words(tokenizer, texts.get(i), i, Integer.parseInt(most)));
                }
                run(model, words, columns, rows);
            }
            return rows;
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read the bundle's tokenizer", e);
        }
    }

    private static long[] words(TextTokenizer tokenizer, String text, int number, int most) {
        long[] words = Arrays.stream(tokenizer.encode(text)).limit(most).toArray();
        if (words.length == 0) {
            throw new Failure.Invalid(
                    "items[%d].columns".formatted(number),
                    "TEXT_WITHOUT_TOKENS",
                    "the text of items[%d] has no token that the language model knows"
                            .formatted(number),
                    Map.of());
        }
        return words;
    }

    private static void run(OnnxModel model, List<long[]> words, int columns, List<float[]> rows) {
        Map<String, Tensor> inputs = TextBatch.tensors(words);
        try (Outputs outputs = model.run(inputs, List.of(TextBatch.ROWS))) {
            float[] all = outputs.floats(TextBatch.ROWS);
            if (all.length != words.size() * columns) {
                throw new Failure.Broken(
                        "text.onnx gave " + all.length + " floats for " + words.size() + " texts",
                        null);
            }
            for (int r = 0; r < words.size(); r++) {
                float[] row = Arrays.copyOfRange(all, r * columns, (r + 1) * columns);
                for (float element : row) {
                    if (!Float.isFinite(element)) {
                        throw new Failure.Broken("text.onnx gave " + element, null);
                    }
                }
                rows.add(row);
            }
        } finally {
            inputs.values().forEach(Tensor::close);
        }
    }
}
