package dev.lea.trainer.environment;

import static dev.lea.serving.Checks.inRange;

import dev.lea.serving.onnx.ElementType;
import dev.lea.serving.onnx.OnnxModel;
import dev.lea.serving.onnx.OnnxOptions;
import dev.lea.serving.onnx.Tensor;
import dev.lea.serving.text.TextTokenizer;
import dev.lea.trainer.llm.LanguageModel;
import dev.lea.trainer.llm.Llama;
import dev.lea.trainer.llm.Masks;
import dev.lea.trainer.net.AccumulatedStep;
import dev.lea.trainer.net.Adam;
import dev.lea.trainer.net.Graph;
import dev.lea.trainer.net.Initial;
import dev.lea.trainer.net.OnnxWriter;
import dev.lea.trainer.net.Parameters;
import dev.lea.trainer.net.Progress;
import dev.lea.trainer.net.TrainingLoop;
import dev.lea.trainer.net.TrainingState;
import dev.lea.trainer.net.Value;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/// Gives every item one vector z of the language model's input space (METHOD section 2.1, from the paper):
/// z stands where the item is named, and z alone is trained so that the frozen model predicts the words of
/// the item's text after it: `L_token(i) = - sum_k log p(w_k | z_i, w_<k)`.
///
/// Ours: z starts at the mean word embedding of the text, each word weighted by `a / (a + p(w))` with a =
/// 0.001 and p its share of all words (Arora et al. 2017), the catalogue's mean taken away, at the mean
/// length of a word embedding: what all texts share tells no item from another. Fitted tokens are centred
/// and scaled alike.
public final class ItemTokenFit {
    private static final double COMMON = 1e-3;

    /// Budget.
    ///
    /// @param epochs  passes over the items; 0 keeps the starting tokens
    /// @param batch   items an update
    /// @param micro   items that are run at a time, their gradients summed up to an update; 0: all
    /// @param words   text tokens of an item that are predicted
    /// @param read    text tokens of an item that its starting token averages
    /// @param rate    highest learning rate, in units of a token's length over sqrt(D)
    /// @param threads of one run
    public record Settings(
            int epochs, int batch, int micro, int words, int read, double rate, int threads) {
        public Settings {
            inRange("epochs", epochs, 0, 1000);
            inRange("batch", batch, 1, 4096);
            inRange("micro", micro, 0, batch);
            inRange("words", words, 1, 4096);
            inRange("read", read, 1, 1 << 16);
            inRange("rate", rate, 1e-7, 10);
            inRange("threads", threads, 1, 64);
        }

        /// Items of one run.
        int rows() {
            return micro == 0 ? batch : micro;
        }
    }

    private final LanguageModel model;
    private final Settings settings;
    private final long seed;
    private final Path folder;
    private final int width;

    public ItemTokenFit(LanguageModel model, Settings settings, long seed, Path folder) {
        this.model = model;
        this.settings = settings;
        this.seed = seed;
        this.folder = folder;
        this.width = model.config().width();
    }

    /// @param texts one an item, empty where it has none
    public ItemTokens run(List<String> texts, Progress progress) {
        long[][] words;
        try (TextTokenizer tokenizer = TextTokenizer.of(model.tokenizerJson())) {
            words = texts.stream().map(tokenizer::encode).toArray(long[][]::new);
        }
        double scale = scale();
        float[] start = start(words, scale);
        if (settings.epochs() == 0) {
            double loss = meanLoss(words, start);
            return new ItemTokens(width, start, scale, loss, loss);
        }
        float[] fitted = fit(words, start, scale, progress);
        centre(fitted, words, scale);
        return new ItemTokens(
                width, fitted, scale, meanLoss(words, start), meanLoss(words, fitted));
    }

    private float[] fit(long[][] words, float[] start, double scale, Progress progress) {
        int items = words.length;
        Graph graph = new Graph();
        Value loss = loss(graph, items, settings.rows());
        double unit = scale / Math.sqrt(width);
        Parameters initial = new Parameters(Map.of()).with("z", start, items, width);
        try (var step =
                        new AccumulatedStep(
                                initial, _ -> 1, Adam.DEFAULT, options(OnnxOptions.TRAINING));
                TrainingState state = new TrainingState(initial)) {
            AccumulatedStep.Pass pass = step.pass(graph, loss);
            long steps = (long) settings.epochs() * Math.ceilDiv(items, settings.batch());
            new TrainingLoop(steps, settings.rate() * unit)
                    .run(
                            state,
                            folder.resolve("item_tokens.ckpt"),
                            progress,
                            (t, rate) ->
                                    step.run(state, rate, runs(words, chosen(items, t), pass)));
            return state.parameters().get("z");
        }
    }

    /// The runs of an update.
    private List<AccumulatedStep.Batch> runs(
            long[][] words, int[] items, AccumulatedStep.Pass pass) {
        int rows = settings.rows();
        List<AccumulatedStep.Batch> runs = new ArrayList<>();
        for (int from = 0; from < items.length; from += rows) {
            int[] some = Arrays.copyOfRange(items, from, Math.min(items.length, from + rows));
            runs.add(new AccumulatedStep.Batch(pass, () -> batch(words, some, rows)));
        }
        return runs;
    }

    /// Mean cross entropy of the words that follow the items' tokens.
    private Value loss(Graph graph, int items, int rows) {
        int length = settings.words();
        Value item = graph.input("item", ElementType.INT64, rows, 1);
        Value text = graph.input("text", ElementType.INT64, rows, length);
        Value weight = graph.input("weight", ElementType.FLOAT, (long) rows * length);
        Llama llama = new Llama(model.config(), model.weights().frozen(graph));
        Value z = graph.parameter("z", Initial.zeros(), items, width).gather(item);
        Value read = llama.embed(text.slice(1, 0, length - 1L));
        Value position =
                graph.constant(java.util.stream.LongStream.range(0, length).toArray())
                        .reshape(1, length);
        Value hidden =
                llama.hidden(graph.concat(1, z, read), position, Masks.causal(graph, length));
        return llama.logits(hidden)
                .reshape(-1, model.config().vocabulary())
                .crossEntropy(text.reshape(-1))
                .multiply(weight)
                .sum()
                .divide(weight.sum().add(1e-6f));
    }

    /// The items of an update: a random order a pass, cut into batches.
    private int[] chosen(int items, long step) {
        int each = Math.ceilDiv(items, settings.batch());
        int[] order = new int[items];
        var random = new SplittableRandom(seed + 31 * (step / each));
        for (int i = 0; i < items; i++) {
            int j = random.nextInt(i + 1);
            order[i] = order[j];
            order[j] = i;
        }
        int from = (int) (step % each) * settings.batch();
        return Arrays.copyOfRange(order, from, Math.min(items, from + settings.batch()));
    }

    private Map<String, Tensor> batch(long[][] words, int[] items, int rows) {
        int length = settings.words();
        long[] item = new long[rows];
        long[] text = new long[rows * length];
        float[] weight = new float[rows * length];
        for (int r = 0; r < items.length; r++) {
            item[r] = items[r];
            long[] all = words[items[r]];
            for (int w = 0; w < Math.min(length, all.length); w++) {
                text[r * length + w] = all[w];
                weight[r * length + w] = 1;
            }
        }
        return Map.of(
                "item", Tensor.of(item, rows, 1),
                "text", Tensor.of(text, rows, length),
                "weight", Tensor.of(weight, weight.length));
    }

    /// Mean loss over at most 2,000 items.
    private double meanLoss(long[][] words, float[] z) {
        Graph graph = new Graph();
        int rows = Math.min(settings.batch(), words.length);
        Value loss = graph.named("loss", loss(graph, words.length, rows));
        byte[] bytes =
                OnnxWriter.serving(
                        graph,
                        List.of(loss),
                        new Parameters(Map.of()).with("z", z, words.length, width));
        List<Float> losses = new ArrayList<>();
        try (OnnxModel forward = OnnxModel.load(bytes, options(OnnxOptions.SERVING))) {
            for (int from = 0; from + rows <= Math.min(words.length, 2_000); from += rows) {
                int[] items = java.util.stream.IntStream.range(from, from + rows).toArray();
                Map<String, Tensor> batch = batch(words, items, rows);
                try (var out = forward.run(batch, List.of("loss"))) {
                    losses.add(out.floats("loss")[0]);
                } finally {
                    batch.values().forEach(Tensor::close);
                }
            }
        }
        return losses.stream().mapToDouble(Float::doubleValue).average().orElse(Double.NaN);
    }

    private OnnxOptions options(OnnxOptions options) {
        return model.weights().options(options.withThreads(settings.threads()), true);
    }

    private double scale() {
        float[] embedding = new float[width];
        int vocabulary = model.config().vocabulary();
        double total = 0;
        for (int v = 0; v < vocabulary; v++) {
            model.weights().embedding(v, embedding);
            total += length(embedding, 0);
        }
        return total / vocabulary;
    }

    private float[] start(long[][] words, double scale) {
        float[] embedding = new float[width];
        double[] counts = new double[model.config().vocabulary()];
        double all = 0;
        for (long[] text : words) {
            for (long word : text) {
                counts[(int) word]++;
                all++;
            }
        }
        float[] z = new float[words.length * width];
        for (int i = 0; i < words.length; i++) {
            for (int w = 0; w < Math.min(words[i].length, settings.read()); w++) {
                int word = (int) words[i][w];
                double weight = COMMON / (COMMON + counts[word] / all);
                model.weights().embedding(word, embedding);
                for (int d = 0; d < width; d++) {
                    z[i * width + d] += (float) (weight * embedding[d]);
                }
            }
            rescale(z, i, 1);
        }
        centre(z, words, scale);
        return z;
    }

    /// Takes the mean of the items with text away and gives each the length `scale`.
    private void centre(float[] z, long[][] words, double scale) {
        double[] mean = new double[width];
        int texts = 0;
        for (int i = 0; i < words.length; i++) {
            if (words[i].length > 0) {
                texts++;
                for (int d = 0; d < width; d++) {
                    mean[d] += z[i * width + d];
                }
            }
        }
        for (int i = 0; i < words.length; i++) {
            for (int d = 0; d < width; d++) {
                z[i * width + d] =
                        words[i].length == 0 ? 0 : (float) (z[i * width + d] - mean[d] / texts);
            }
            rescale(z, i, scale);
        }
    }

    private void rescale(float[] rows, int row, double to) {
        double length = length(rows, row);
        if (length > 1e-9) {
            for (int d = 0; d < width; d++) {
                rows[row * width + d] *= (float) (to / length);
            }
        }
    }

    private double length(float[] rows, int row) {
        double squares = 0;
        for (int d = 0; d < width; d++) {
            squares += (double) rows[row * width + d] * rows[row * width + d];
        }
        return Math.sqrt(squares);
    }
}
