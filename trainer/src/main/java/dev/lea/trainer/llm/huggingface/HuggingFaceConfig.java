package dev.lea.trainer.llm.huggingface;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.lea.trainer.llm.LlamaConfig;
import dev.lea.trainer.llm.RopeScaling;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// What a `config.json` says of a model of the Llama, Qwen2 or Qwen3 family.
///
/// @param family        its `model_type`
/// @param sizes         in our terms
/// @param specialTokens ids by name: `bos`, `eos`, `pad`; those that the config names
record HuggingFaceConfig(
        String family, LlamaConfig sizes, Map<String, List<Integer>> specialTokens) {
    private static final List<String> FAMILIES = List.of("llama", "qwen2", "qwen3");
    private static final Map<String, String> ARCHITECTURES =
            Map.of("llama", "Llama", "qwen2", "Qwen2", "qwen3", "Qwen3");
    private static final int HEAD_DIMENSION_OF_QWEN3 = 128; // where the config names none
    private static final ObjectMapper JSON = new ObjectMapper();

    static HuggingFaceConfig parse(String text) {
        JsonNode json;
        try {
            json = JSON.readTree(text);
        } catch (JsonProcessingException e) {
            throw CheckpointFailures.badConfig("is no JSON: " + e.getOriginalMessage());
        }
        if (!json.isObject()) {
            throw CheckpointFailures.badConfig("is no JSON object");
        }
        var config = new ConfigReader(json);
        String family = family(config);
        refuseOptions(config);
        try {
            return new HuggingFaceConfig(family, sizes(family, config), specialTokens(json));
        } catch (IllegalArgumentException e) {
            throw CheckpointFailures.badConfig(e.getMessage());
        }
    }

    private static String family(ConfigReader config) {
        String family = config.text("model_type", "");
        if (!FAMILIES.contains(family)) {
            throw CheckpointFailures.unsupported(
                    "model_type", "'" + family + "'", "there are " + String.join(", ", FAMILIES));
        }
        String name = ARCHITECTURES.get(family);
        List<String> known = List.of(name + "ForCausalLM", name + "Model");
        for (JsonNode architecture : config.json().path("architectures")) {
            if (!known.contains(architecture.asText())) {
                throw CheckpointFailures.unsupported(
                        "architectures",
                        "'" + architecture.asText() + "'",
                        family + " models are read as " + String.join(" or ", known));
            }
        }
        return family;
    }

    private static void refuseOptions(ConfigReader config) {
        String activation = config.text("hidden_act", "silu");
        if (!activation.equals("silu") && !activation.equals("swish")) {
            throw CheckpointFailures.unsupported(
                    "hidden_act", "'" + activation + "'", "there is silu");
        }
        if (config.isSet("quantization_config")) {
            throw CheckpointFailures.unsupported(
                    "quantization_config",
                    config.object("quantization_config").text("quant_method", "of some method"),
                    "import the model's unquantized weights; lea quantizes with --precision");
        }
        if (config.number("partial_rotary_factor", 1) != 1) {
            throw CheckpointFailures.unsupported(
                    "partial_rotary_factor",
                    config.json().get("partial_rotary_factor").toString(),
                    "whole heads are rotated");
        }
        refuseSlidingWindow(config);
    }

    /// A window is in use where a layer has it and it is shorter than the text may be.
    private static void refuseSlidingWindow(ConfigReader config) {
        int layers = config.required("num_hidden_layers");
        int positions = config.integer("max_position_embeddings", Integer.MAX_VALUE);
        boolean inAnyLayer = false;
        int layer = 0;
        for (JsonNode type : config.json().path("layer_types")) {
            if (type.asText().equals("sliding_attention")) {
                inAnyLayer = true;
            } else if (!type.asText().equals("full_attention")) {
                throw CheckpointFailures.unsupported(
                        "layer_types[" + layer + "]",
                        "'" + type.asText() + "'",
                        "there is full_attention");
            }
            layer++;
        }
        if (layer == 0) {
            inAnyLayer =
                    config.flag("use_sliding_window", false)
                            && config.integer("max_window_layers", 0) < layers;
        }
        int window = config.integer("sliding_window", Integer.MAX_VALUE);
        if (inAnyLayer && window < positions) {
            throw CheckpointFailures.unsupported(
                    "sliding_window",
                    window + " of " + positions + " positions",
                    "every layer must see the whole text (full_attention)");
        }
    }

    private static LlamaConfig sizes(String family, ConfigReader config) {
        int width = config.required("hidden_size");
        int heads = config.required("num_attention_heads");
        boolean attentionBias = config.flag("attention_bias", false);
        boolean qwen2 = family.equals("qwen2");
        var parts =
                new LlamaConfig.Parts(
                        qwen2 || attentionBias,
                        !qwen2 && attentionBias,
                        family.equals("llama") && config.flag("mlp_bias", false),
                        family.equals("qwen3"),
                        !config.flag("tie_word_embeddings", false));
        Rope rope = rope(config);
        return new LlamaConfig(
                config.required("vocab_size"),
                width,
                config.required("num_hidden_layers"),
                heads,
                config.integer("num_key_value_heads", heads),
                headDimension(family, config, width, heads),
                config.required("intermediate_size"),
                rope.theta(),
                config.number("rms_norm_eps", 1e-6),
                config.integer("max_position_embeddings", qwen2 ? 32_768 : 2_048),
                rope.scaling(),
                parts);
    }

    private static int headDimension(String family, ConfigReader config, int width, int heads) {
        if (config.isSet("head_dim")) {
            return config.required("head_dim");
        }
        if (family.equals("qwen3") && !config.json().has("head_dim")) {
            return HEAD_DIMENSION_OF_QWEN3;
        }
        if (heads < 1 || width % heads != 0) {
            throw CheckpointFailures.badConfig(
                    "hidden_size must be a multiple of num_attention_heads where head_dim is not given,"
                            + " but they are "
                            + width
                            + " and "
                            + heads);
        }
        return width / heads;
    }

    private record Rope(double theta, RopeScaling scaling) {}

    /// The older spelling is `rope_theta` beside `rope_scaling`, the newer `rope_parameters` with all of it.
    private static Rope rope(ConfigReader config) {
        boolean older = config.isSet("rope_scaling");
        String name = older ? "rope_scaling" : "rope_parameters";
        ConfigReader scaling = config.object(name);
        double theta =
                scaling.number(
                        "rope_theta",
                        config.object("rope_parameters")
                                .number("rope_theta", config.number("rope_theta", 10_000)));
        if (scaling.number("partial_rotary_factor", 1) != 1) {
            throw CheckpointFailures.unsupported(
                    name + ".partial_rotary_factor",
                    scaling.json().get("partial_rotary_factor").toString(),
                    "whole heads are rotated");
        }
        String type = scaling.text("rope_type", scaling.text("type", "default"));
        return new Rope(
                theta,
                switch (type) {
                    case "default" -> RopeScaling.NONE;
                    case "linear" -> RopeScaling.linear(factor(scaling, name, "factor"));
                    case "llama3" ->
                            RopeScaling.llama3(
                                    factor(scaling, name, "factor"),
                                    factor(scaling, name, "low_freq_factor"),
                                    factor(scaling, name, "high_freq_factor"),
                                    scaling.integer(
                                            "original_max_position_embeddings",
                                            config.integer("max_position_embeddings", 2_048)));
                    default ->
                            throw CheckpointFailures.unsupported(
                                    name + ".rope_type",
                                    "'" + type + "'",
                                    "there are default, linear, llama3");
                });
    }

    private static double factor(ConfigReader scaling, String object, String name) {
        if (!scaling.isSet(name)) {
            throw CheckpointFailures.badConfig(object + "." + name + " is missing");
        }
        return scaling.number(name, 1);
    }

    private static Map<String, List<Integer>> specialTokens(JsonNode json) {
        Map<String, List<Integer>> tokens = new java.util.TreeMap<>();
        for (String name : List.of("bos", "eos", "pad")) {
            JsonNode value = json.path(name + "_token_id");
            List<Integer> ids = new ArrayList<>();
            for (JsonNode id : value.isArray() ? value : List.of(value)) {
                if (id.isIntegralNumber() && id.intValue() >= 0) { // -1 is an old way to say none
                    ids.add(id.intValue());
                }
            }
            if (!ids.isEmpty()) {
                tokens.put(name, List.copyOf(ids));
            }
        }
        return tokens;
    }
}
