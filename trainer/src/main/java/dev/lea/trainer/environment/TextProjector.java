package dev.lea.trainer.environment;

import static dev.lea.serving.Checks.inRange;

import dev.lea.serving.feature.TextBatch;
import dev.lea.serving.onnx.ElementType;
import dev.lea.serving.onnx.OnnxModel;
import dev.lea.serving.onnx.OnnxOptions;
import dev.lea.serving.onnx.Tensor;
import dev.lea.serving.text.TextTokenizer;
import dev.lea.trainer.llm.LanguageModel;
import dev.lea.trainer.llm.Llama;
import dev.lea.trainer.llm.Masks;
import dev.lea.trainer.net.Graph;
import dev.lea.trainer.net.Initial;
import dev.lea.trainer.net.OnnxWriter;
import dev.lea.trainer.net.Parameters;
import dev.lea.trainer.net.Value;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

/// From an item's text to its row of the item table, so that an item that arrives after fitting gets one by a
/// forward pass (METHOD section 2.1, ours).
///
/// Two views of the text, both from the language model before it was adapted: the mean of its hidden states over the
/// text, and the mean of the text's word embeddings, rare words weighing more; each at length 1. A ridge regression
/// takes them to token, key and bias; rows of items with more events count more, up to a point. Its penalty is
/// chosen on a tenth of the items, by the cosine of predicted and fitted keys.
public final class TextProjector {
    private static final double COMMON = 1e-3;
    private static final double SETTLED = 3; // events after which a row counts half of the most
    private static final double[] PENALTIES = {0.003, 0.01, 0.03, 0.1, 0.3, 1, 3};
    private static final int BATCH = 32;
    private static final String WEIGHT = "projector.weight";
    private static final String BIAS = "projector.bias";
    private static final String RARITY = "projector.rarity";

    private final LanguageModel model;
    private final int textTokens;
    private final int threads;
    private final int width;

    /// @param textTokens tokens of a text that are read
    public TextProjector(LanguageModel model, int textTokens, int threads) {
        inRange("textTokens", textTokens, 1, 1 << 16);
        this.model = model;
        this.textTokens = textTokens;
        this.threads = threads;
        this.width = model.config().width();
    }

    /// The fitted projector.
    ///
    /// @param graph      `text.onnx`: from tokens to rows
    /// @param textTokens tokens of a text that it reads at most
    /// @param keyCosine  mean cosine of predicted and fitted keys, over items that it was not fitted on
    public record Fitted(byte[] graph, int textTokens, double keyCosine) {}

    /// @param texts  one an item, empty where it has none
    /// @param counts events of each item in training
    /// @param known  items to learn from; the rest are as if they were new
    public Fitted fit(
            List<String> texts, ItemTable table, int[] counts, boolean[] known, long seed) {
        long[][] words;
        try (TextTokenizer tokenizer = TextTokenizer.of(model.tokenizerJson())) {
            words = texts.stream().map(text -> words(tokenizer, text)).toArray(long[][]::new);
        }
        float[] rarity = rarity(words, known);
        float[][] features = features(words, rarity);
        float[][] rows = rows(table);
        double[] weights = new double[words.length];
        boolean[] held = new boolean[words.length];
        var random = new SplittableRandom(seed);
        for (int i = 0; i < words.length; i++) {
            boolean usable = known[i] && words[i].length > 0;
            weights[i] = usable ? (counts[i] + 0.1) / (counts[i] + SETTLED) : 0;
            held[i] = random.nextInt(10) == 0;
        }
        double[] rest = weights.clone();
        for (int i = 0; i < rest.length; i++) {
            rest[i] = held[i] ? 0 : rest[i];
        }
        double penalty = PENALTIES[PENALTIES.length - 1];
        double best = Double.NEGATIVE_INFINITY;
        if (Arrays.stream(rest).sum() > 0) {
            var trial = new Ridge(features, rows, rest);
            for (double candidate : PENALTIES) {
                double cosine = cosine(trial.solve(candidate), features, rows, weights, held);
                if (cosine > best) {
                    best = cosine;
                    penalty = candidate;
                }
            }
        }
        Ridge.Affine map = new Ridge(features, rows, weights).solve(penalty);
        return new Fitted(graph(map, rarity), textTokens, best);
    }

    /// The table with rows from their texts for items that were not known; those without text get zeros.
    ///
    /// @param texts one an item
    public ItemTable complete(Fitted fitted, List<String> texts, ItemTable table, boolean[] known) {
        int[] open =
                IntStream.range(0, texts.size())
                        .filter(i -> !known[i] && !texts.get(i).isBlank())
                        .toArray();
        int[] textless =
                IntStream.range(0, texts.size())
                        .filter(i -> !known[i] && texts.get(i).isBlank())
                        .toArray();
        int columns = ItemTable.columns(width);
        float[] rows = new float[open.length * columns];
        try (TextTokenizer tokenizer = TextTokenizer.of(model.tokenizerJson());
                OnnxModel text = OnnxModel.load(fitted.graph(), options())) {
            for (int from = 0; from < open.length; from += BATCH) {
                int to = Math.min(open.length, from + BATCH);
                List<long[]> words =
                        Arrays.stream(open, from, to)
                                .mapToObj(i -> words(tokenizer, texts.get(i)))
                                .toList();
                Map<String, Tensor> inputs = TextBatch.tensors(words);
                try (var out = text.run(inputs, List.of(TextBatch.ROWS))) {
                    float[] some = out.floats(TextBatch.ROWS);
                    System.arraycopy(some, 0, rows, from * columns, some.length);
                } finally {
                    inputs.values().forEach(Tensor::close);
                }
            }
        }
        return table.with(open, rows).with(textless, new float[textless.length * columns]);
    }

    private long[] words(TextTokenizer tokenizer, String text) {
        return Arrays.stream(tokenizer.encode(text)).limit(textTokens).toArray();
    }

    private double cosine(
            Ridge.Affine map,
            float[][] features,
            float[][] rows,
            double[] weights,
            boolean[] held) {
        double sum = 0;
        double total = 0;
        for (int i = 0; i < rows.length; i++) {
            if (held[i] && weights[i] > 0) {
                float[] predicted = map.apply(features[i]);
                sum += weights[i] * cosine(predicted, rows[i], width, 2 * width);
                total += weights[i];
            }
        }
        return total == 0 ? 0 : sum / total;
    }

    private static double cosine(float[] a, float[] b, int from, int to) {
        double ab = 0;
        double aa = 1e-12;
        double bb = 1e-12;
        for (int i = from; i < to; i++) {
            ab += (double) a[i] * b[i];
            aa += (double) a[i] * a[i];
            bb += (double) b[i] * b[i];
        }
        return ab / Math.sqrt(aa * bb);
    }

    /// `a / (a + p)`, p a word's share of all words.
    private float[] rarity(long[][] words, boolean[] known) {
        double[] counts = new double[model.config().vocabulary()];
        double all = 1e-9;
        for (int i = 0; i < words.length; i++) {
            for (long word : known[i] ? words[i] : new long[0]) {
                counts[(int) word]++;
                all++;
            }
        }
        float[] rarity = new float[counts.length];
        for (int v = 0; v < rarity.length; v++) {
            rarity[v] = (float) (COMMON / (COMMON + counts[v] / all));
        }
        return rarity;
    }

    private static float[][] rows(ItemTable table) {
        int columns = ItemTable.columns(table.width());
        float[][] rows = new float[table.items()][];
        for (int i = 0; i < rows.length; i++) {
            rows[i] = Arrays.copyOfRange(table.elements(), i * columns, (i + 1) * columns);
        }
        return rows;
    }

    private float[][] features(long[][] words, float[] rarity) {
        Graph graph = new Graph();
        Value features = graph.named("features", features(graph));
        byte[] bytes = OnnxWriter.serving(graph, List.of(features), rarity(rarity));
        float[][] all = new float[words.length][2 * width];
        try (OnnxModel forward = OnnxModel.load(bytes, options())) {
            List<Integer> open = new ArrayList<>();
            for (int i = 0; i < words.length; i++) {
                if (words[i].length > 0) {
                    open.add(i);
                }
            }
            open.sort(java.util.Comparator.comparingInt(i -> words[i].length));
            for (int from = 0; from < open.size(); from += BATCH) {
                List<Integer> chosen = open.subList(from, Math.min(open.size(), from + BATCH));
                Map<String, Tensor> inputs =
                        TextBatch.tensors(chosen.stream().map(i -> words[i]).toList());
                try (var out = forward.run(inputs, List.of("features"))) {
                    float[] flat = out.floats("features");
                    for (int r = 0; r < chosen.size(); r++) {
                        System.arraycopy(flat, r * 2 * width, all[chosen.get(r)], 0, 2 * width);
                    }
                } finally {
                    inputs.values().forEach(Tensor::close);
                }
            }
        }
        return all;
    }

    private byte[] graph(Ridge.Affine map, float[] rarity) {
        Graph graph = new Graph();
        long columns = ItemTable.columns(width);
        Value row =
                features(graph)
                        .affine(
                                graph.parameter(WEIGHT, Initial.zeros(), 2L * width, columns),
                                graph.parameter(BIAS, Initial.zeros(), columns));
        Value rows =
                graph.named(
                        TextBatch.ROWS,
                        graph.concat(
                                1,
                                row.slice(1, 0, width),
                                row.slice(1, width, 2L * width).unitLength(),
                                row.slice(1, 2L * width, columns)));
        return OnnxWriter.serving(
                graph,
                List.of(rows),
                rarity(rarity)
                        .with(WEIGHT, map.weight(), 2L * width, columns)
                        .with(BIAS, map.bias(), columns));
    }

    /// float [texts, 2 D].
    private Value features(Graph graph) {
        Value words = graph.input(TextBatch.TOKENS, ElementType.INT64, -1, -1);
        Value places = graph.input(TextBatch.POSITION, ElementType.INT64, -1, -1);
        Value valid = graph.input(TextBatch.VALID, ElementType.FLOAT, -1, -1);
        Llama llama = new Llama(model.config(), model.weights().frozen(graph));
        Value first =
                words.slice(1, 0, 1).multiply(graph.index(0)).add(graph.index(model.startToken()));
        Value tokens = graph.concat(1, first, words);
        Value position =
                graph.concat(1, first.multiply(graph.index(0)), places.add(graph.index(1)));
        Value embedded = llama.embed(tokens);
        Value hidden = llama.hidden(embedded, position, Masks.ordered(position));
        Value counted = graph.concat(1, valid.slice(1, 0, 1).multiply(0), valid);
        Value context = hidden.multiply(counted.unsqueeze(2)).sum(false, 1).unitLength();
        Value rare =
                graph.parameter(RARITY, Initial.zeros(), model.config().vocabulary(), 1)
                        .gather(words)
                        .multiply(valid.unsqueeze(2));
        Value bag = llama.embed(words).multiply(rare).sum(false, 1).unitLength();
        return graph.concat(1, context, bag);
    }

    private Parameters rarity(float[] rarity) {
        return new Parameters(Map.of()).with(RARITY, rarity, rarity.length, 1);
    }

    private OnnxOptions options() {
        return model.weights().options(OnnxOptions.SERVING.withThreads(threads), true);
    }
}
