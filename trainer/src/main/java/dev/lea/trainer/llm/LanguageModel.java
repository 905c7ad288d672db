package dev.lea.trainer.llm;

import static dev.lea.serving.Checks.inRange;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.lea.serving.Failure;
import dev.lea.trainer.net.Checkpoint;
import dev.lea.trainer.net.Parameters;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/// A language model: sizes and parts, weights, tokenizer.
///
/// One that we trained is three files: `config.json`, `weights.ckpt`, `tokenizer.json`. One that was imported is
/// a bundle, see [LlmBundle].
///
/// @param tokenizerJson content of the `tokenizer.json`
/// @param startToken    that a text begins behind
public record LanguageModel(
        LlamaConfig config, ModelWeights weights, String tokenizerJson, int startToken) {
    /// Start of a text in the models that we train: the tokenizer's end token.
    private static final int END_TOKEN = 0;

    private static final ObjectMapper JSON = new ObjectMapper();

    public LanguageModel {
        inRange("startToken", startToken, 0, config.vocabulary() - 1);
    }

    /// A model that we trained.
    public LanguageModel(LlamaConfig config, Parameters weights, String tokenizerJson) {
        this(config, new TrainedWeights(weights), tokenizerJson, END_TOKEN);
    }

    /// Writes a trained model's files into a folder; the weights come last, so that a folder with weights is whole.
    public void save(Path folder) {
        try {
            Files.createDirectories(folder);
            JSON.writerWithDefaultPrettyPrinter()
                    .writeValue(folder.resolve("config.json").toFile(), config);
            Files.writeString(folder.resolve("tokenizer.json"), tokenizerJson);
            Checkpoint.save(folder.resolve("weights.ckpt"), 0, weights.parameters());
        } catch (IOException e) {
            throw new UncheckedIOException("cannot write the language model to " + folder, e);
        }
    }

    public static boolean isIn(Path folder) {
        return Files.exists(folder.resolve("weights.ckpt"));
    }

    /// Reads a trained model's files.
    ///
    /// @throws Failure.Corrupt if one is missing or not what it should be
    public static LanguageModel load(Path folder) {
        try {
            LlamaConfig config =
                    JSON.readValue(folder.resolve("config.json").toFile(), LlamaConfig.class);
            String tokenizer = Files.readString(folder.resolve("tokenizer.json"));
            return new LanguageModel(
                    config,
                    Checkpoint.load(folder.resolve("weights.ckpt")).parameters(),
                    tokenizer);
        } catch (IOException e) {
            throw new Failure.Corrupt(
                    "LLM_UNREADABLE",
                    "no readable language model in " + folder + ": " + e.getMessage(),
                    e);
        }
    }

    /// SHA-256 of sizes, weights and tokenizer, hexadecimal.
    public String digest() {
        try {
            MessageDigest sha = MessageDigest.getInstance("SHA-256");
            sha.update(JSON.writeValueAsBytes(config));
            sha.update(tokenizerJson.getBytes(StandardCharsets.UTF_8));
            sha.update(weights.digest().getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(sha.digest());
        } catch (NoSuchAlgorithmException | IOException e) {
            throw new IllegalStateException(e);
        }
    }
}
