package dev.lea.trainer.llm;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.lea.serving.Failure;
import dev.lea.trainer.net.Checkpoint;
import dev.lea.trainer.net.Parameters;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/// A language model as files: `config.json`, `weights.ckpt`, `tokenizer.json`.
///
/// This is the door for models from elsewhere: whatever can be turned into these three can be an LE.
///
/// @param weights by the names of [Trained]
/// @param tokenizerJson content of the `tokenizer.json`
public record LanguageModel(LlamaConfig config, Parameters weights, String tokenizerJson) {
    private static final ObjectMapper JSON = new ObjectMapper();

    /// Writes the files into a folder; the weights come last, so that a folder with weights is whole.
    public void save(Path folder) {
        try {
            Files.createDirectories(folder);
            JSON.writerWithDefaultPrettyPrinter()
                    .writeValue(folder.resolve("config.json").toFile(), config);
            Files.writeString(folder.resolve("tokenizer.json"), tokenizerJson);
            Checkpoint.save(folder.resolve("weights.ckpt"), 0, weights);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot write the language model to " + folder, e);
        }
    }

    public static boolean isIn(Path folder) {
        return Files.exists(folder.resolve("weights.ckpt"));
    }

    /// Reads the files.
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
            sha.update(tokenizerJson.getBytes(java.nio.charset.StandardCharsets.UTF_8));
            weights.digest(sha);
            return HexFormat.of().formatHex(sha.digest());
        } catch (NoSuchAlgorithmException | IOException e) {
            throw new IllegalStateException(e);
        }
    }
}
