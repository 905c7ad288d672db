package dev.lea.trainer.llm.huggingface;

import com.fasterxml.jackson.databind.JsonNode;

/// Typed access to the entries of a `config.json`, whose failures name the entry.
record ConfigReader(JsonNode json) {
    /// A whole number that must be there.
    int required(String name) {
        if (!isSet(name)) {
            throw CheckpointFailures.badConfig(name + " is missing");
        }
        return integer(name, 0);
    }

    int integer(String name, int fallback) {
        if (!isSet(name)) {
            return fallback;
        }
        JsonNode value = json.get(name);
        if (!value.isIntegralNumber() || !value.canConvertToInt()) {
            throw CheckpointFailures.badConfig(name + " must be a whole number but is " + value);
        }
        return value.intValue();
    }

    double number(String name, double fallback) {
        if (!isSet(name)) {
            return fallback;
        }
        JsonNode value = json.get(name);
        if (!value.isNumber()) {
            throw CheckpointFailures.badConfig(name + " must be a number but is " + value);
        }
        return value.doubleValue();
    }

    boolean flag(String name, boolean fallback) {
        if (!isSet(name)) {
            return fallback;
        }
        JsonNode value = json.get(name);
        if (!value.isBoolean()) {
            throw CheckpointFailures.badConfig(name + " must be true or false but is " + value);
        }
        return value.booleanValue();
    }

    String text(String name, String fallback) {
        if (!isSet(name)) {
            return fallback;
        }
        JsonNode value = json.get(name);
        if (!value.isTextual()) {
            throw CheckpointFailures.badConfig(name + " must be a text but is " + value);
        }
        return value.textValue();
    }

    /// Whether an entry is there and not null.
    boolean isSet(String name) {
        return json.hasNonNull(name);
    }

    /// An object as a reader of its own; an empty one where it is not set.
    ConfigReader object(String name) {
        JsonNode value = json.path(name);
        if (isSet(name) && !value.isObject()) {
            throw CheckpointFailures.badConfig(name + " must be an object but is " + value);
        }
        return new ConfigReader(value);
    }
}
