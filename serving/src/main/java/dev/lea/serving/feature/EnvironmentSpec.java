package dev.lea.serving.feature;

import static dev.lea.serving.Checks.inRange;
import static dev.lea.serving.Checks.require;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.lea.serving.Failure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/// What an environment's bundle says of its graphs: the content of `environment.json`, written by the trainer and
/// read by env-server.
///
/// @param vocabularySize    text tokens, V; item i is token V + i
/// @param width             floats of a state, D
/// @param itemColumns       floats of an item's row in `item_tokens.f32`, W
/// @param contextItems      items of a history that are seen at most, C
/// @param prompt            text tokens before the history, at least one
/// @param actionPrompt      text tokens before a candidate, possibly none
/// @param referenceItems    dense indices of the different items whose mean score is a history's baseline, at least one
/// @param rewardTemperature T of `reward = sigmoid((R - b) / T)`, above 0
public record EnvironmentSpec(
        @JsonProperty("vocabulary_size") int vocabularySize,
        @JsonProperty("width") int width,
        @JsonProperty("item_columns") int itemColumns,
        @JsonProperty("context_items") int contextItems,
        @JsonProperty("prompt") List<Integer> prompt,
        @JsonProperty("action_prompt") List<Integer> actionPrompt,
        @JsonProperty("reference_items") List<Integer> referenceItems,
        @JsonProperty("reward_temperature") double rewardTemperature) {
    /// Names of the files that an environment's bundle has beside those of every bundle.
    public static final String FILE = "environment.json";

    public static final String RETRIEVE = "retrieve.onnx";
    public static final String ITEM_TOKENS = "item_tokens.f32";
    public static final String TOKENIZER = "tokenizer.json";

    /// Optional: from a text's tokens to a row of the items' table, see [TextBatch].
    public static final String TEXT = "text.onnx";

    /// Name of the manifest's setting with the tokens of a text that `text.onnx` reads at most.
    public static final String TEXT_TOKENS = "text_tokens";

    private static final ObjectMapper JSON =
            JsonMapper.builder()
                    .enable(DeserializationFeature.FAIL_ON_NULL_CREATOR_PROPERTIES)
                    .enable(DeserializationFeature.FAIL_ON_MISSING_CREATOR_PROPERTIES)
                    .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
                    .disable(DeserializationFeature.ACCEPT_FLOAT_AS_INT)
                    .build();

    public EnvironmentSpec {
        inRange("width", width, 1, 1 << 20);
        inRange("item_columns", itemColumns, 1, 1 << 22);
        new PromptLayout(vocabularySize, prompt, actionPrompt, contextItems);
        prompt = List.copyOf(prompt);
        actionPrompt = List.copyOf(actionPrompt);
        referenceItems = List.copyOf(referenceItems);
        require(
                !referenceItems.isEmpty(),
                "reference_items must hold at least one item but is empty");
        for (int item : referenceItems) {
            inRange("an item of reference_items", item, 0, Integer.MAX_VALUE);
        }
        require(
                referenceItems.stream().distinct().count() == referenceItems.size(),
                "reference_items must hold different items but holds " + referenceItems);
        require(
                rewardTemperature > 0 && rewardTemperature < Double.POSITIVE_INFINITY,
                "reward_temperature must be above 0 and finite but is " + rewardTemperature);
    }

    /// How sequences are put together.
    public PromptLayout layout() {
        return new PromptLayout(vocabularySize, prompt, actionPrompt, contextItems);
    }

    /// Reads `environment.json`.
    ///
    /// @throws Failure.Corrupt if it is not one
    public static EnvironmentSpec read(Path file) {
        try {
            return JSON.readValue(Files.readAllBytes(file), EnvironmentSpec.class);
        } catch (IOException e) {
            Throwable reason = e.getCause() instanceof IllegalArgumentException rule ? rule : e;
            throw new Failure.Corrupt(
                    "ENVIRONMENT_UNREADABLE", FILE + " cannot be read: " + reason.getMessage(), e);
        }
    }

    /// The content of `environment.json`.
    public byte[] toBytes() {
        try {
            return JSON.writerWithDefaultPrettyPrinter().writeValueAsBytes(this);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a spec that is no JSON", e);
        }
    }
}
