package dev.lea.trainer.llm.huggingface;

import com.fasterxml.jackson.databind.JsonNode;

/// The families' forward pass in plain double arithmetic, straight from a checkpoint's own names and config: shares
/// nothing with the network under test.
record PlainForward(Checkpoint checkpoint) {
    /// @param hidden [length, width], after the final norm
    /// @param logits [length, vocabulary]
    record Answer(double[][] hidden, double[][] logits) {}

    Answer run(long[] tokens) {
        JsonNode config = checkpoint.config;
        boolean qwen3 = config.get("model_type").asText().equals("qwen3");
        int width = checkpoint.size("hidden_size");
        int heads = checkpoint.size("num_attention_heads");
        int groups = checkpoint.size("num_key_value_heads");
        int d = config.path("head_dim").asInt(qwen3 ? 128 : width / heads);
        double[][] x = new double[tokens.length][];
        for (int t = 0; t < x.length; t++) {
            x[t] = row("model.embed_tokens.weight", (int) tokens[t], width);
        }
        for (int i = 0; i < checkpoint.size("num_hidden_layers"); i++) {
            String layer = "model.layers." + i + ".";
            double[][] normed = norm(x, layer + "input_layernorm.weight");
            double[][] q = heads(linear(normed, layer + "self_attn.q_proj"), layer, "q", d, qwen3);
            double[][] k = heads(linear(normed, layer + "self_attn.k_proj"), layer, "k", d, qwen3);
            double[][] v = linear(normed, layer + "self_attn.v_proj");
            double[][] mixed = new double[x.length][heads * d];
            for (int h = 0; h < heads; h++) {
                int g = h / (heads / groups);
                for (int t = 0; t < x.length; t++) {
                    attend(q[t], k, v, t, h * d, g * d, d, mixed[t]);
                }
            }
            add(x, linear(mixed, layer + "self_attn.o_proj"));
            normed = norm(x, layer + "post_attention_layernorm.weight");
            double[][] gate = linear(normed, layer + "mlp.gate_proj");
            double[][] up = linear(normed, layer + "mlp.up_proj");
            for (int t = 0; t < x.length; t++) {
                for (int j = 0; j < gate[t].length; j++) {
                    gate[t][j] *= up[t][j] / (1 + Math.exp(-gate[t][j]));
                }
            }
            add(x, linear(gate, layer + "mlp.down_proj"));
        }
        double[][] hidden = norm(x, "model.norm.weight");
        String head =
                config.path("tie_word_embeddings").asBoolean(false)
                        ? "model.embed_tokens.weight"
                        : "lm_head.weight";
        return new Answer(hidden, product(hidden, checkpoint.tensors.get(head)));
    }

    private void attend(
            double[] q, double[][] k, double[][] v, int t, int at, int from, int d, double[] into) {
        double[] weights = new double[t + 1];
        double total = 0;
        for (int s = 0; s <= t; s++) {
            double dot = 0;
            for (int j = 0; j < d; j++) {
                dot += q[at + j] * k[s][from + j];
            }
            weights[s] = Math.exp(dot / Math.sqrt(d));
            total += weights[s];
        }
        for (int s = 0; s <= t; s++) {
            for (int j = 0; j < d; j++) {
                into[at + j] += weights[s] / total * v[s][from + j];
            }
        }
    }

    /// Norms, where there are any, and rotations of each head.
    private double[][] heads(double[][] rows, String layer, String name, int d, boolean normed) {
        double[] frequencies = frequencies(d);
        for (int t = 0; t < rows.length; t++) {
            for (int from = 0; from < rows[t].length; from += d) {
                double[] head = java.util.Arrays.copyOfRange(rows[t], from, from + d);
                if (normed) {
                    head =
                            norm(
                                    new double[][] {head},
                                    layer + "self_attn." + name + "_norm.weight")[0];
                }
                for (int j = 0; j < d / 2; j++) {
                    double angle = t * frequencies[j];
                    double a = head[j];
                    double b = head[j + d / 2];
                    rows[t][from + j] = a * Math.cos(angle) - b * Math.sin(angle);
                    rows[t][from + j + d / 2] = b * Math.cos(angle) + a * Math.sin(angle);
                }
            }
        }
        return rows;
    }

    private double[] frequencies(int d) {
        JsonNode config = checkpoint.config;
        JsonNode rope =
                config.hasNonNull("rope_scaling")
                        ? config.get("rope_scaling")
                        : config.path("rope_parameters");
        double theta = rope.path("rope_theta").asDouble(config.path("rope_theta").asDouble(10_000));
        String type = rope.path("rope_type").asText(rope.path("type").asText("default"));
        double[] frequencies = new double[d / 2];
        for (int j = 0; j < frequencies.length; j++) {
            double f = 1 / Math.pow(theta, 2.0 * j / d);
            if (type.equals("linear")) {
                f /= rope.get("factor").asDouble();
            } else if (type.equals("llama3")) {
                double original = rope.get("original_max_position_embeddings").asDouble();
                double low = rope.get("low_freq_factor").asDouble();
                double high = rope.get("high_freq_factor").asDouble();
                double factor = rope.get("factor").asDouble();
                double wave = 2 * Math.PI / f;
                if (wave > original / low) {
                    f /= factor;
                } else if (wave >= original / high) {
                    double smooth = (original / wave - low) / (high - low);
                    f = (1 - smooth) * f / factor + smooth * f;
                }
            }
            frequencies[j] = f;
        }
        return frequencies;
    }

    private double[][] norm(double[][] rows, String name) {
        float[] scale = checkpoint.tensors.get(name).values();
        double epsilon = checkpoint.config.get("rms_norm_eps").asDouble();
        double[][] normed = new double[rows.length][];
        for (int t = 0; t < rows.length; t++) {
            double squares = 0;
            for (double value : rows[t]) {
                squares += value * value;
            }
            double root = Math.sqrt(squares / rows[t].length + epsilon);
            normed[t] = new double[rows[t].length];
            for (int j = 0; j < rows[t].length; j++) {
                normed[t][j] = rows[t][j] / root * scale[j];
            }
        }
        return normed;
    }

    private double[][] linear(double[][] rows, String name) {
        double[][] out = product(rows, checkpoint.tensors.get(name + ".weight"));
        Checkpoint.Array bias = checkpoint.tensors.get(name + ".bias");
        if (bias != null) {
            for (double[] row : out) {
                for (int j = 0; j < row.length; j++) {
                    row[j] += bias.values()[j];
                }
            }
        }
        return out;
    }

    private static double[][] product(double[][] rows, Checkpoint.Array matrix) {
        int out = (int) matrix.shape()[0];
        int in = (int) matrix.shape()[1];
        double[][] product = new double[rows.length][out];
        for (int t = 0; t < rows.length; t++) {
            for (int o = 0; o < out; o++) {
                for (int i = 0; i < in; i++) {
                    product[t][o] += rows[t][i] * matrix.values()[o * in + i];
                }
            }
        }
        return product;
    }

    private double[] row(String name, int index, int width) {
        double[] row = new double[width];
        for (int j = 0; j < width; j++) {
            row[j] = checkpoint.tensors.get(name).values()[index * width + j];
        }
        return row;
    }

    private static void add(double[][] x, double[][] more) {
        for (int t = 0; t < x.length; t++) {
            for (int j = 0; j < x[t].length; j++) {
                x[t][j] += more[t][j];
            }
        }
    }
}
