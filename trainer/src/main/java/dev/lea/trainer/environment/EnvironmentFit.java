package dev.lea.trainer.environment;

import dev.lea.serving.Failure;
import dev.lea.serving.feature.PromptLayout;
import dev.lea.serving.onnx.ElementType;
import dev.lea.serving.onnx.OnnxOptions;
import dev.lea.serving.text.TextTokenizer;
import dev.lea.trainer.llm.Adapted;
import dev.lea.trainer.llm.LanguageModel;
import dev.lea.trainer.llm.Llama;
import dev.lea.trainer.llm.Trained;
import dev.lea.trainer.net.AccumulatedStep;
import dev.lea.trainer.net.Adam;
import dev.lea.trainer.net.Graph;
import dev.lea.trainer.net.Initial;
import dev.lea.trainer.net.Parameters;
import dev.lea.trainer.net.Progress;
import dev.lea.trainer.net.TrainingLoop;
import dev.lea.trainer.net.TrainingState;
import dev.lea.trainer.net.Value;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Fits the language model to logged sequences with one joint loss (METHOD sections 2.3 and 2.4):
///
/// `L_LE = L_sm + lambda L_rm`, with, for a prefix with state s and next item a+,
/// `L_sm = -log( e^(cos(s, key_a+)/tau) / sum_a e^(cos(s, key_a)/tau) )` over all items (or a uniform sample,
/// corrected for its rate, in a large catalogue), and
/// `L_rm = -log sigmoid(R(a+) - R(a-))` over uniform negatives a- that the user never met.
///
/// Ours: beside the token z of its text, which stays frozen, every item has a learned vector u, zero at the
/// start, that enters its token and its key. Text alone does not say which of two alike items is the one that
/// people buy; the log does. While fitting, an occurrence shows its text alone with a small chance, so that the
/// model does not lean on u.
public final class EnvironmentFit {
    private final LanguageModel model;
    private final ItemTokens tokens;
    private final EnvironmentSettings settings;
    private final long seed;
    private final Path folder;

    public EnvironmentFit(
            LanguageModel model,
            ItemTokens tokens,
            EnvironmentSettings settings,
            long seed,
            Path folder) {
        this.model = model;
        this.tokens = tokens;
        this.settings = settings;
        this.seed = seed;
        this.folder = folder;
    }

    /// What the fit made: what it trained of the network, and the items' table.
    public record Fitted(PromptLayout layout, Parameters parameters, ItemTable items) {
        /// The same with another table.
        public Fitted with(ItemTable items) {
            return new Fitted(layout, parameters, items);
        }
    }

    /// @param sequences item indices of each training user, oldest first
    public Fitted run(List<int[]> sequences, Progress progress) {
        PromptLayout layout = layout();
        int items = tokens.elements().length / tokens.width();
        Windows windows = Windows.of(share(sequences), settings.context());
        var batches = new FitBatch(layout, settings.ofOneRun(), items, seed);
        Parameters initial = initial(batches, windows);
        try (var step =
                        new AccumulatedStep(
                                initial,
                                this::rateShare,
                                new Adam(0.9f, 0.98f, 1e-8f, 1),
                                model.weights()
                                        .options(
                                                OnnxOptions.TRAINING.withThreads(
                                                        settings.threads()),
                                                true));
                TrainingState state = new TrainingState(initial)) {
            List<AccumulatedStep.Pass> passes = new ArrayList<>();
            windows.groups().forEach(group -> passes.add(pass(step, batches, windows, group)));
            new TrainingLoop(settings.steps(), settings.rate())
                    .run(
                            state,
                            folder.resolve("environment.ckpt"),
                            progress,
                            (t, rate) -> step.run(state, rate, runs(batches, windows, passes, t)));
            Parameters fitted = state.parameters();
            ItemTable table =
                    ItemTable.of(
                            items,
                            tokens.width(),
                            tokens.elements(),
                            fitted.get("items.learned"),
                            fitted.get("items.bias"),
                            tokens.scale());
            return new Fitted(layout, fitted, table);
        }
    }

    /// The language model as it is, as a control: nothing is fitted, the state is its hidden state, items are known by
    /// their texts alone, and the reward is the cosine of state and item.
    ///
    /// @param sequences as for [#run]
    public Fitted untrained(List<int[]> sequences) {
        PromptLayout layout = layout();
        int width = tokens.width();
        int items = tokens.elements().length / width;
        Windows windows = Windows.of(share(sequences), settings.context());
        var batches = new FitBatch(layout, settings.ofOneRun(), items, seed);
        float[] identity = new float[width * width];
        for (int d = 0; d < width; d++) {
            identity[d * width + d] = 1;
        }
        String weight = EnvironmentNetwork.PREFIX + "state.weight";
        return new Fitted(
                layout,
                initial(batches, windows).with(weight, identity, width, width),
                ItemTable.of(
                        items,
                        width,
                        tokens.elements(),
                        new float[items * width],
                        new float[items],
                        tokens.scale()));
    }

    /// The runs of an update, each a batch of its own.
    private List<AccumulatedStep.Batch> runs(
            FitBatch batches, Windows windows, List<AccumulatedStep.Pass> passes, long step) {
        List<AccumulatedStep.Batch> runs = new ArrayList<>();
        for (int piece = 0; piece < settings.pieces(); piece++) {
            long number = step * settings.pieces() + piece;
            int g = batches.group(windows, number);
            runs.add(
                    new AccumulatedStep.Batch(
                            passes.get(g),
                            () -> batches.draw(windows, windows.groups().get(g), number)));
        }
        return runs;
    }

    private PromptLayout layout() {
        try (TextTokenizer tokenizer = TextTokenizer.of(model.tokenizerJson())) {
            var prompt = new ArrayList<Integer>(List.of(model.startToken()));
            prompt.addAll(ids(tokenizer, settings.prompt()));
            var layout =
                    new PromptLayout(
                            model.config().vocabulary(),
                            prompt,
                            ids(tokenizer, settings.actionPrompt()),
                            settings.context());
            if (layout.positions() > model.config().positions()) {
                throw new Failure.Conflict(
                        "LLM_CONTEXT_TOO_SHORT",
                        "prompts and %d items need %d positions but the language model has %d"
                                .formatted(
                                        settings.context(),
                                        layout.positions(),
                                        model.config().positions()),
                        Map.of());
            }
            return layout;
        }
    }

    private static List<Integer> ids(TextTokenizer tokenizer, String text) {
        return Arrays.stream(tokenizer.encode(text)).mapToObj(Math::toIntExact).toList();
    }

    private List<int[]> share(List<int[]> sequences) {
        List<int[]> shuffled = new ArrayList<>(sequences);
        java.util.Collections.shuffle(shuffled, new java.util.Random(seed));
        int kept = (int) Math.max(1, Math.round(shuffled.size() * settings.userShare()));
        return shuffled.subList(0, Math.min(kept, shuffled.size()));
    }

    private Parameters initial(FitBatch batches, Windows windows) {
        Graph graph = new Graph();
        loss(graph, batches, windows, windows.groups().getFirst());
        Parameters fresh = Parameters.initial(graph, seed);
        if (settings.lora().rank() > 0) {
            return fresh;
        }
        Map<String, Parameters.Array> known = new HashMap<>(model.weights().parameters().arrays());
        known.keySet().retainAll(graph.parameters().keySet());
        return fresh.with(new Parameters(known));
    }

    private AccumulatedStep.Pass pass(
            AccumulatedStep step, FitBatch batches, Windows windows, Windows.Group group) {
        Graph graph = new Graph();
        return step.pass(graph, loss(graph, batches, windows, group));
    }

    private double rateShare(String name) {
        return switch (name) {
            case "items.learned" -> settings.itemRate();
            case "items.bias" -> settings.biasRate();
            default -> 1;
        };
    }

    private Value loss(Graph graph, FitBatch batches, Windows windows, Windows.Group group) {
        FitBatch.Shape shape = batches.shape(windows, group);
        int width = tokens.width();
        int items = batches.items();
        var network = new EnvironmentNetwork(model.config(), batches.layout().positions());
        var in = EnvironmentNetwork.Inputs.of(graph, shape.rows(), shape.length());
        Value text = graph.constant("items.text", tokens.elements(), items, width);
        Value learned = graph.parameter("items.learned", Initial.zeros(), items, width);
        Value bias = graph.parameter("items.bias", Initial.zeros(), items);
        float spread = (float) (Math.sqrt(width) / tokens.scale());

        Value indices = network.itemIndices(in);
        Value textRows = text.gather(indices);
        Value learnedRows = learned.gather(indices);
        Value keep = graph.input("keep", ElementType.FLOAT, shape.rows(), shape.length(), 1);
        var rows =
                new EnvironmentNetwork.ItemRows(
                        textRows.add(learnedRows.multiply(keep).multiply((float) tokens.scale())),
                        textRows.multiply(spread).add(learnedRows).unitLength(),
                        bias.gather(indices));
        var out = network.outputs(in, rows, weights(graph));

        Value states =
                out.states()
                        .reshape(-1, width)
                        .gather(graph.input("slot", ElementType.INT64, shape.states()));
        Value stateLoss =
                stateLoss(graph, states, text.multiply(spread).add(learned), shape.states(), items);
        Value scored =
                graph.input(
                        "scored",
                        ElementType.INT64,
                        (long) shape.rows() * shape.prefixes(),
                        1L + settings.negatives());
        Value scores = out.scores().reshape(-1).gather(scored);
        Value chosen = scores.slice(1, 0, 1);
        Value others = scores.slice(1, 1, 1L + settings.negatives());
        Value rewardLoss = others.subtract(chosen).softplus().mean();
        return stateLoss.add(rewardLoss.multiply((float) settings.rewardWeight()));
    }

    private Value stateLoss(Graph graph, Value states, Value keys, int count, int items) {
        Value target = graph.input("target", ElementType.INT64, count);
        Value weight = graph.input("weight", ElementType.FLOAT, count);
        float sharp = (float) (1 / settings.temperature());
        Value unit = states.unitLength().multiply(sharp);
        Value each;
        if (items <= settings.sampledSoftmax()) {
            each = unit.matmul(keys.unitLength().transposeLast()).crossEntropy(target);
        } else {
            // Uniform sample of M: each stands for n / M items, so log(n / M) is added to its
            // logit; a sample
            // that is the target itself does not count.
            Value sampled = graph.input("sampled", ElementType.INT64, settings.sampledNegatives());
            float correction = (float) Math.log((double) items / settings.sampledNegatives());
            Value others =
                    unit.matmul(keys.gather(sampled).unitLength().transposeLast()).add(correction);
            Value same = sampled.unsqueeze(0).equalTo(target.unsqueeze(1));
            Value own = unit.multiply(keys.gather(target).unitLength()).sum(true, -1);
            Value logits = graph.concat(1, own, graph.constant(-1e9f).where(same, others));
            each = logits.logSumExp().subtract(own.reshape(-1));
        }
        return each.multiply(weight).sum().divide(weight.sum().add(1e-6f));
    }

    /// The whole model is trained where there is no adapter.
    private Llama.Weights weights(Graph graph) {
        return settings.lora().rank() == 0
                ? new Trained(graph)
                : new Adapted(graph, model.weights().frozen(graph), settings.lora());
    }
}
