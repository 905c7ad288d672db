package dev.lea.trainer.llm.huggingface;

import dev.lea.serving.Failure;
import dev.lea.trainer.llm.LlamaConfig;
import dev.lea.trainer.llm.Outline;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;

/// Pairs our weights with the tensors of a checkpoint.
final class TensorNames {
    private static final Map<String, String> PLACES =
            Map.ofEntries(
                    Map.entry("attention.norm", "input_layernorm.weight"),
                    Map.entry("attention.query", "self_attn.q_proj.weight"),
                    Map.entry("attention.query.bias", "self_attn.q_proj.bias"),
                    Map.entry("attention.query.norm", "self_attn.q_norm.weight"),
                    Map.entry("attention.key", "self_attn.k_proj.weight"),
                    Map.entry("attention.key.bias", "self_attn.k_proj.bias"),
                    Map.entry("attention.key.norm", "self_attn.k_norm.weight"),
                    Map.entry("attention.value", "self_attn.v_proj.weight"),
                    Map.entry("attention.value.bias", "self_attn.v_proj.bias"),
                    Map.entry("attention.output", "self_attn.o_proj.weight"),
                    Map.entry("attention.output.bias", "self_attn.o_proj.bias"),
                    Map.entry("feed_forward.norm", "post_attention_layernorm.weight"),
                    Map.entry("feed_forward.gate", "mlp.gate_proj.weight"),
                    Map.entry("feed_forward.gate.bias", "mlp.gate_proj.bias"),
                    Map.entry("feed_forward.up", "mlp.up_proj.weight"),
                    Map.entry("feed_forward.up.bias", "mlp.up_proj.bias"),
                    Map.entry("feed_forward.down", "mlp.down_proj.weight"),
                    Map.entry("feed_forward.down.bias", "mlp.down_proj.bias"));

    private TensorNames() {}

    /// @param ignored what the checkpoint holds beyond the model, for people
    record Paired(Map<String, StoredElements> sources, List<String> ignored) {}

    /// Finds every weight of a model among a checkpoint's tensors, of the right type and shape.
    static Paired pair(LlamaConfig config, Map<String, StoredElements> tensors) {
        String prefix = tensors.containsKey("embed_tokens.weight") ? "" : "model.";
        Map<String, StoredElements> sources = new LinkedHashMap<>();
        List<String> missing = new ArrayList<>();
        Outline.of(config)
                .forEach((name, weight) -> {
                    String theirs = theirs(name, prefix);
                    StoredElements found = tensors.get(theirs);
                    if (found == null) {
                        missing.add(theirs);
                    } else {
                        check(found, shape(weight));
                        sources.put(name, found);
                    }
                });
        if (!missing.isEmpty()) {
            throw new Failure.Corrupt(
                    "LLM_TENSOR_MISSING",
                    "the checkpoint has no tensor "
                            + String.join(", ", missing.subList(0, Math.min(3, missing.size())))
                            + (missing.size() > 3 ? " and " + (missing.size() - 3) + " more" : ""));
        }
        var extra = new TreeSet<>(tensors.keySet());
        sources.values().forEach(source -> extra.remove(source.name()));
        return new Paired(sources, extra.stream().filter(name -> !isKnown(name, config)).toList());
    }

    private static String theirs(String ours, String prefix) {
        return switch (ours) {
            case "embedding" -> prefix + "embed_tokens.weight";
            case "norm" -> prefix + "norm.weight";
            case "head" -> "lm_head.weight";
            default -> {
                int layer = ours.indexOf('.', "layers.".length());
                yield prefix + ours.substring(0, layer + 1) + PLACES.get(ours.substring(layer + 1));
            }
        };
    }

    /// As checkpoints have it: a matrix is [out, in].
    private static long[] shape(Outline.Weight weight) {
        return switch (weight.role()) {
            case VECTOR -> new long[] {weight.columns()};
            case TABLE -> new long[] {weight.rows(), weight.columns()};
            case MATRIX -> new long[] {weight.columns(), weight.rows()};
        };
    }

    private static void check(StoredElements tensor, long[] shape) {
        if (tensor.elementBytes() == 0) {
            throw new Failure.Corrupt(
                    "LLM_TENSOR_TYPE",
                    "%s: tensor %s is of type %s but must be of F32, F16 or BF16"
                            .formatted(tensor.file(), tensor.name(), tensor.dtype()));
        }
        if (!Arrays.equals(tensor.shape(), shape)) {
            throw new Failure.Corrupt(
                    "LLM_TENSOR_SHAPE",
                    "%s: tensor %s has shape %s but config.json makes it %s"
                            .formatted(
                                    tensor.file(),
                                    tensor.name(),
                                    Arrays.toString(tensor.shape()),
                                    Arrays.toString(shape)));
        }
    }

    /// Tensors that carry nothing: rotary tables of older checkpoints, and a tied head stored again.
    private static boolean isKnown(String name, LlamaConfig config) {
        return name.endsWith("rotary_emb.inv_freq")
                || (name.equals("lm_head.weight") && !config.parts().ownHead());
    }
}
