package dev.lea.trainer.llm.huggingface;

import dev.lea.serving.bundle.Bundle;
import dev.lea.serving.onnx.OnnxModel;
import dev.lea.serving.onnx.OnnxOptions;
import dev.lea.serving.onnx.Tensor;
import dev.lea.trainer.llm.LlmBundle;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;

/// An imported model as it is served, asked about one text at a time.
record Served(OnnxModel model, OnnxModel head, int width, int vocabulary) implements AutoCloseable {
    static Served of(LlmBundle bundle) {
        return new Served(
                OnnxModel.load(bundle.bundle().file(Bundle.MODEL), OnnxOptions.SERVING),
                OnnxModel.load(bundle.bundle().file(LlmBundle.HEAD), OnnxOptions.SERVING),
                bundle.spec().config().width(),
                bundle.spec().config().vocabulary());
    }

    /// Hidden states [length, width] and logits [length, vocabulary].
    record Answer(float[] hidden, float[] logits) {}

    Answer run(long... tokens) {
        int length = tokens.length;
        try (Tensor text = Tensor.of(tokens, 1, length);
                Tensor position = Tensor.of(LongStream.range(0, length).toArray(), 1, length);
                var states =
                        model.run(Map.of("tokens", text, "position", position), List.of("hidden"));
                var logits = head.run(Map.of("hidden", states.get("hidden")), List.of("logits"))) {
            return new Answer(states.floats("hidden"), logits.floats("logits"));
        }
    }

    float[] lastLogits(Answer answer) {
        float[] all = answer.logits();
        return Arrays.copyOfRange(all, all.length - vocabulary, all.length);
    }

    float[] lastHidden(Answer answer) {
        float[] all = answer.hidden();
        return Arrays.copyOfRange(all, all.length - width, all.length);
    }

    /// The likeliest next token at each position.
    int[] best(Answer answer) {
        int[] best = new int[answer.logits().length / vocabulary];
        for (int t = 0; t < best.length; t++) {
            for (int v = 0; v < vocabulary; v++) {
                if (answer.logits()[t * vocabulary + v]
                        > answer.logits()[t * vocabulary + best[t]]) {
                    best[t] = v;
                }
            }
        }
        return best;
    }

    /// A text continued by its likeliest tokens.
    long[] continued(long[] tokens, int steps) {
        long[] text = Arrays.copyOf(tokens, tokens.length + steps);
        for (int step = tokens.length; step < text.length; step++) {
            int[] best = best(run(Arrays.copyOf(text, step)));
            text[step] = best[best.length - 1];
        }
        return text;
    }

    @Override
    public void close() {
        model.close();
        head.close();
    }
}
