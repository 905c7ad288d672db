package dev.lea.trainer.llm.huggingface;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.lea.serving.text.TextTokenizer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// A model directory's `tokenizer.json`, and whether it belongs to the model.
///
/// @param json     its content
/// @param ids      of every token
/// @param warnings what is odd but does no harm
record TokenizerFile(String json, Map<String, Integer> ids, List<String> warnings) {
    private static final String FILE = "tokenizer.json";
    private static final ObjectMapper JSON = new ObjectMapper();

    /// Reads the tokenizer and holds it against the model's config: every id has a row in the embedding, most rows
    /// have an id, and the special tokens that config.json and tokenizer_config.json both name are not all others.
    static TokenizerFile open(Path folder, HuggingFaceConfig config) {
        Path file = folder.resolve(FILE);
        if (!Files.isRegularFile(file)) {
            throw CheckpointFailures.missing(
                    folder + " has no " + FILE + ", the tokenizer that belongs to the model");
        }
        String json = read(file);
        try (TextTokenizer tokenizer = TextTokenizer.of(json)) {
            tokenizer.encode("a"); // fails here rather than in the middle of a run
        }
        var tokenizer = new TokenizerFile(json, ids(json), new ArrayList<>());
        tokenizer.checkRange(config);
        tokenizer.checkSpecialTokens(folder, config);
        return tokenizer;
    }

    /// The token that a text begins behind: the config's first of bos, eos and pad.
    static int startToken(HuggingFaceConfig config) {
        for (String name : List.of("bos", "eos", "pad")) {
            for (int id : config.specialTokens().getOrDefault(name, List.of())) {
                if (id < config.sizes().vocabulary()) {
                    return id;
                }
            }
        }
        return 0;
    }

    private void checkRange(HuggingFaceConfig config) {
        int rows = config.sizes().vocabulary();
        if (ids.isEmpty()) {
            throw CheckpointFailures.foreign("it has no vocabulary");
        }
        Map.Entry<String, Integer> largest =
                java.util.Collections.max(ids.entrySet(), Map.Entry.comparingByValue());
        if (largest.getValue() >= rows) {
            throw CheckpointFailures.foreign(
                    "token '%s' has id %,d but the model has only %,d rows (vocab_size); it does not belong to this model"
                            .formatted(largest.getKey(), largest.getValue(), rows));
        }
        if (largest.getValue() + 1 < rows / 2) {
            throw CheckpointFailures.foreign(
                    "its ids end at %,d but the model has %,d rows (vocab_size), more than twice as many; it does not belong to this model"
                            .formatted(largest.getValue(), rows));
        }
    }

    private void checkSpecialTokens(Path folder, HuggingFaceConfig config) {
        JsonNode names = names(folder.resolve("tokenizer_config.json"));
        List<String> others = new ArrayList<>();
        int agreeing = 0;
        for (Map.Entry<String, List<Integer>> special : config.specialTokens().entrySet()) {
            String setting = special.getKey() + "_token_id";
            for (int id : special.getValue()) {
                if (id >= config.sizes().vocabulary()) {
                    warnings.add(
                            "config.json: %s is %,d but the model has %,d rows (vocab_size)"
                                    .formatted(setting, id, config.sizes().vocabulary()));
                }
            }
            JsonNode named = names.path(special.getKey() + "_token");
            String token = named.isObject() ? named.path("content").asText() : named.asText("");
            if (token.isEmpty() || named.isNull()) {
                continue;
            }
            Integer id = ids.get(token);
            if (id != null && special.getValue().contains(id)) {
                agreeing++;
            } else {
                others.add(
                        "%s of config.json is %s but '%s' is %s"
                                .formatted(
                                        setting,
                                        special.getValue(),
                                        token,
                                        id == null ? "no token here" : "token " + id));
            }
        }
        if (agreeing == 0 && !others.isEmpty()) {
            throw CheckpointFailures.foreign(
                    String.join("; ", others) + "; it does not belong to this model");
        }
        warnings.addAll(others);
    }

    private static Map<String, Integer> ids(String json) {
        try {
            JsonNode tree = JSON.readTree(json);
            Map<String, Integer> ids = new HashMap<>();
            JsonNode vocabulary = tree.path("model").path("vocab");
            if (vocabulary.isArray()) { // pieces with their scores; the place is the id
                for (int id = 0; id < vocabulary.size(); id++) {
                    ids.put(vocabulary.get(id).path(0).asText(), id);
                }
            } else {
                vocabulary.properties().forEach(e -> ids.put(e.getKey(), e.getValue().asInt()));
            }
            for (JsonNode added : tree.path("added_tokens")) {
                ids.put(added.path("content").asText(), added.path("id").asInt());
            }
            return ids;
        } catch (JsonProcessingException e) {
            throw CheckpointFailures.corrupt(FILE, "it is no JSON: " + e.getOriginalMessage());
        }
    }

    private static JsonNode names(Path file) {
        if (!Files.isRegularFile(file)) {
            return JSON.createObjectNode();
        }
        try {
            return JSON.readTree(read(file));
        } catch (JsonProcessingException e) {
            throw CheckpointFailures.corrupt(
                    file.getFileName().toString(), "it is no JSON: " + e.getOriginalMessage());
        }
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + file, e);
        }
    }
}
