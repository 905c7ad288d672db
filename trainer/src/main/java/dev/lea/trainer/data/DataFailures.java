package dev.lea.trainer.data;

import dev.lea.serving.Failure;
import java.util.Map;

/// What is wrong with a data set as a whole; the field is always `spec.data_path`.
final class DataFailures {
    private DataFailures() {}

    static Failure.Invalid invalid(String reason, String message) {
        return new Failure.Invalid("spec.data_path", reason, message, Map.of());
    }

    static Failure.Invalid invalid(String reason, String message, Map<String, String> metadata) {
        return new Failure.Invalid("spec.data_path", reason, message, metadata);
    }
}
