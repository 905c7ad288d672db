package dev.lea.serving.text;

import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import dev.lea.serving.Failure;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/// Text to token ids and back, by a `tokenizer.json`. Safe to use from several threads.
public final class TextTokenizer implements AutoCloseable {
    static {
        // The library's natives are inside its jar; it must not look for others on the network.
        System.setProperty("ai.djl.offline", "true");
    }

    private final HuggingFaceTokenizer tokenizer;
    private final String json;

    private TextTokenizer(HuggingFaceTokenizer tokenizer, String json) {
        this.tokenizer = tokenizer;
        this.json = json;
    }

    /// @param json content of a `tokenizer.json`
    /// @throws Failure.Corrupt if it is not one
    public static TextTokenizer of(String json) {
        try {
            var in = new ByteArrayInputStream(json.getBytes(StandardCharsets.UTF_8));
            return new TextTokenizer(
                    HuggingFaceTokenizer.newInstance(
                            in,
                            Map.of(
                                    "addSpecialTokens",
                                    "false",
                                    "truncation",
                                    "false",
                                    "padding",
                                    "false")),
                    json);
        } catch (IOException | RuntimeException e) {
            throw new Failure.Corrupt(
                    "TOKENIZER_UNREADABLE", "tokenizer.json cannot be read: " + e.getMessage(), e);
        }
    }

    /// Ids of a text, no special tokens added.
    public long[] encode(String text) {
        return tokenizer.encode(text, false, false).getIds();
    }

    public String decode(long[] ids) {
        return tokenizer.decode(ids, false);
    }

    /// The `tokenizer.json` that it was made from.
    public String json() {
        return json;
    }

    @Override
    public void close() {
        tokenizer.close();
    }
}
