package dev.lea.trainer.llm;

import static dev.lea.serving.Checks.inRange;

import dev.lea.serving.onnx.ElementType;
import dev.lea.serving.onnx.OnnxOptions;
import dev.lea.serving.onnx.Tensor;
import dev.lea.serving.text.TextTokenizer;
import dev.lea.trainer.net.Adam;
import dev.lea.trainer.net.Graph;
import dev.lea.trainer.net.Parameters;
import dev.lea.trainer.net.Progress;
import dev.lea.trainer.net.TrainingLoop;
import dev.lea.trainer.net.TrainingState;
import dev.lea.trainer.net.TrainingStep;
import dev.lea.trainer.net.Value;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/// Makes a language model from nothing but the catalogue's texts: learns a tokenizer, then predicts each next
/// token of the texts, strung together in a random order.
public final class Pretraining {
    /// Sizes and budget.
    ///
    /// @param vocabulary text tokens at most
    /// @param width      of the model
    /// @param layers     of the model
    /// @param positions  the longest sequence that the model will ever see
    /// @param steps      updates
    /// @param batch      sequences an update
    /// @param length     tokens a sequence
    /// @param rate       highest learning rate
    /// @param textTokens tokens of a text that are read; the rest is cut
    /// @param threads    of one run
    public record Settings(
            int vocabulary,
            int width,
            int layers,
            int positions,
            int steps,
            int batch,
            int length,
            double rate,
            int textTokens,
            int threads) {
        public Settings {
            inRange("vocabulary", vocabulary, 257, 1 << 17);
            inRange("width", width, 16, 4096);
            inRange("layers", layers, 1, 64);
            inRange("positions", positions, length, 1 << 16);
            inRange("steps", steps, 1, 10_000_000);
            inRange("batch", batch, 1, 4096);
            inRange("length", length, 2, 1 << 16);
            inRange("rate", rate, 1e-7, 1);
            inRange("textTokens", textTokens, 1, 1 << 16);
            inRange("threads", threads, 1, 64);
        }
    }

    private final Settings settings;
    private final long seed;
    private final Path folder;

    /// @param folder where checkpoints are kept, so that a second try goes on where the first stopped
    public Pretraining(Settings settings, long seed, Path folder) {
        this.settings = settings;
        this.seed = seed;
        this.folder = folder;
    }

    public LanguageModel run(List<String> texts, Progress progress) {
        String json = BytePairTraining.learn(texts, settings.vocabulary());
        long[] stream;
        try (TextTokenizer tokenizer = TextTokenizer.of(json)) {
            stream = stream(tokenizer, texts);
        }
        LlamaConfig config =
                LlamaConfig.small(
                        settings.vocabulary(),
                        settings.width(),
                        settings.layers(),
                        settings.positions());
        Graph graph = new Graph();
        Value loss = loss(graph, config);
        var adam = new Adam(0.9f, 0.98f, 1e-8f, 1);
        try (TrainingStep step =
                        TrainingStep.compile(
                                graph,
                                loss,
                                Map.of("loss", loss),
                                _ -> true,
                                adam,
                                OnnxOptions.TRAINING.withThreads(settings.threads()));
                TrainingState state = new TrainingState(Parameters.initial(graph, seed))) {
            new TrainingLoop(settings.steps(), settings.rate())
                    .run(
                            state,
                            folder.resolve("pretraining.ckpt"),
                            progress,
                            (t, rate) -> {
                                try (Tensor batch = batch(stream, t)) {
                                    return step.run(state, rate, Map.of("text", batch)).get("loss");
                                }
                            });
            return new LanguageModel(config, state.parameters(), json);
        }
    }

    /// Mean cross entropy of each next token.
    private Value loss(Graph graph, LlamaConfig config) {
        int b = settings.batch();
        int t = settings.length();
        Value text = graph.input("text", ElementType.INT64, b, t + 1L);
        Llama llama = new Llama(config, new Trained(graph));
        Value position =
                graph.constant(java.util.stream.LongStream.range(0, t).toArray()).reshape(1, t);
        Value hidden =
                llama.hidden(llama.embed(text.slice(1, 0, t)), position, Masks.causal(graph, t));
        return llama.logits(hidden)
                .reshape(-1, config.vocabulary())
                .crossEntropy(text.slice(1, 1, t + 1L).reshape(-1))
                .mean();
    }

    private Tensor batch(long[] stream, long step) {
        var random = new SplittableRandom(seed * 0x9E3779B97F4A7C15L + step);
        int window = settings.length() + 1;
        long[] rows = new long[settings.batch() * window];
        for (int b = 0; b < settings.batch(); b++) {
            System.arraycopy(
                    stream, random.nextInt(stream.length - window + 1), rows, b * window, window);
        }
        return Tensor.of(rows, settings.batch(), window);
    }

    /// All texts one after the other, each behind an end token (id 0); repeated until a window fits.
    private long[] stream(TextTokenizer tokenizer, List<String> texts) {
        var order = new ArrayList<>(texts);
        java.util.Collections.shuffle(order, new java.util.Random(seed));
        var all = java.util.stream.LongStream.builder();
        long size = 0;
        while (size < settings.length() + 1) {
            for (String text : order) {
                long[] ids = tokenizer.encode(text);
                int kept = Math.min(ids.length, settings.textTokens());
                all.add(0);
                for (int i = 0; i < kept; i++) {
                    all.add(ids[i]);
                }
                size += kept + 1L;
            }
        }
        return all.build().toArray();
    }
}
