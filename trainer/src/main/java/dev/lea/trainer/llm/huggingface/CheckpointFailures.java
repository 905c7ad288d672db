package dev.lea.trainer.llm.huggingface;

import dev.lea.serving.Failure;
import java.util.Map;

/// What can be wrong with a model directory.
final class CheckpointFailures {
    private CheckpointFailures() {}

    /// The model is sound but of a kind that is not read here.
    static Failure unsupported(String setting, String value, String supported) {
        return new Failure.Invalid(
                setting,
                "LLM_UNSUPPORTED",
                "config.json: " + setting + " " + value + " is not supported; " + supported,
                Map.of("setting", setting, "value", value));
    }

    static Failure badConfig(String message) {
        return new Failure.Corrupt("LLM_CONFIG_UNREADABLE", "config.json: " + message);
    }

    /// A file is not what it should be.
    static Failure corrupt(String file, String message) {
        return new Failure.Corrupt("LLM_CHECKPOINT_CORRUPT", file + ": " + message);
    }

    static Failure missing(String message) {
        return new Failure.NotFound("LLM_FILE_MISSING", message, Map.of());
    }

    /// The tokenizer is another model's.
    static Failure foreign(String message) {
        return new Failure.Corrupt("LLM_TOKENIZER_FOREIGN", "tokenizer.json: " + message);
    }
}
