package dev.lea.contract;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.HashMap;
import java.util.Map;

/// Answers that a case keeps.
final class Saved {
    private final Map<String, JsonNode> answers = new HashMap<>();

    void keep(String name, JsonNode answer) {
        answers.put(name, answer);
    }

    /// @param path the answer's name, then fields and places in lists, separated by dots
    JsonNode find(String path) {
        String[] steps = path.split("\\.", -1);
        JsonNode value = answers.get(steps[0]);
        for (int i = 1; value != null && i < steps.length; i++) {
            value = value.isArray() ? value.get(Integer.parseInt(steps[i])) : value.get(steps[i]);
        }
        if (value == null) {
            throw new AssertionError("nothing was saved as " + path);
        }
        return value;
    }
}
