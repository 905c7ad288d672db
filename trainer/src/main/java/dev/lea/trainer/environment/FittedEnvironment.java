package dev.lea.trainer.environment;

import dev.lea.serving.feature.KeyValueShape;
import dev.lea.serving.feature.PackedBatch;
import dev.lea.serving.feature.PackedSequence;
import dev.lea.serving.feature.PromptLayout;
import dev.lea.serving.onnx.OnnxModel;
import dev.lea.serving.onnx.OnnxOptions;
import dev.lea.serving.onnx.Tensor;
import dev.lea.trainer.llm.Adapted;
import dev.lea.trainer.llm.LanguageModel;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// A fitted LE, run through the very graphs that env-server will run.
///
/// Safe to use from several threads; not while it is closed.
public final class FittedEnvironment implements AutoCloseable {
    private final EnvironmentFit.Fitted fitted;
    private final LanguageModel backbone;
    private final ServedGraphs.Model served;
    private final byte[] retrieveBytes;
    private final OnnxModel model;
    private final Map<String, Tensor> shared;

    private FittedEnvironment(
            EnvironmentFit.Fitted fitted,
            LanguageModel backbone,
            ServedGraphs.Model served,
            byte[] retrieveBytes,
            OnnxModel model,
            Map<String, Tensor> shared) {
        this.fitted = fitted;
        this.backbone = backbone;
        this.served = served;
        this.retrieveBytes = retrieveBytes;
        this.model = model;
        this.shared = shared;
    }

    public static FittedEnvironment open(
            LanguageModel backbone,
            EnvironmentFit.Fitted fitted,
            Adapted.LoraConfig lora,
            int threads) {
        ServedGraphs.Model served = ServedGraphs.model(backbone, fitted, lora);
        byte[] retrieveBytes = ServedGraphs.retrieve(backbone.config().width());
        ItemTable items = fitted.items();
        OnnxOptions options = OnnxOptions.SERVING.withThreads(threads);
        OnnxModel model =
                OnnxModel.load(served.graph(), backbone.weights().options(options, false));
        Map<String, Tensor> shared = new HashMap<>(served.adapter().tensors());
        shared.put(
                "item_tokens",
                Tensor.of(items.elements(), items.items(), ItemTable.columns(items.width())));
        return new FittedEnvironment(fitted, backbone, served, retrieveBytes, model, shared);
    }

    public PromptLayout layout() {
        return fitted.layout();
    }

    public ItemTable items() {
        return fitted.items();
    }

    public LanguageModel backbone() {
        return backbone;
    }

    OnnxModel model() {
        return model;
    }

    /// Inputs that are the same for all sequences: the item table and the adapter.
    Map<String, Tensor> shared() {
        return shared;
    }

    ServedGraphs.Model served() {
        return served;
    }

    byte[] retrieveBytes() {
        return retrieveBytes;
    }

    /// States and scores at every slot of every sequence.
    ///
    /// @param length of each sequence after padding
    /// @param states float [sequences, length, D], row-major
    /// @param scores float [sequences, length], row-major
    public record Answer(int length, int width, float[] states, float[] scores) {
        public float score(int sequence, int slot) {
            return scores[sequence * length + slot];
        }

        /// A copy of the state at a slot.
        public float[] state(int sequence, int slot) {
            int from = (sequence * length + slot) * width;
            return java.util.Arrays.copyOfRange(states, from, from + width);
        }
    }

    public Answer run(List<PackedSequence> sequences) {
        PackedBatch batch = PackedBatch.of(sequences);
        Map<String, Tensor> inputs = inputs(batch);
        try {
            Map<String, Tensor> all = new HashMap<>(inputs);
            all.putAll(shared);
            try (var out = model.run(all, List.of("states", "scores"))) {
                return new Answer(
                        batch.length(),
                        items().width(),
                        out.floats("states"),
                        out.floats("scores"));
            }
        } finally {
            inputs.values().forEach(Tensor::close);
        }
    }

    /// New inputs of sequences that remember nothing, without those that all share. The caller closes them.
    Map<String, Tensor> inputs(PackedBatch batch) {
        Map<String, Tensor> inputs = new HashMap<>(batch.tensors());
        KeyValueShape.of(model.inputs())
                .ifPresent(shape -> inputs.putAll(shape.nothing(batch.rows())));
        return inputs;
    }

    /// Rank of an item among all by cosine of a state: `1 + #{others whose cosine is not less}`.
    int rank(float[] state, int target) {
        int width = items().width();
        int columns = ItemTable.columns(width);
        float[] elements = items().elements();
        float wanted = product(state, elements, target * columns + width);
        int rank = 1;
        for (int item = 0; item < items().items(); item++) {
            if (item != target && product(state, elements, item * columns + width) >= wanted) {
                rank++;
            }
        }
        return rank;
    }

    private static float product(float[] state, float[] elements, int from) {
        float sum = 0;
        for (int d = 0; d < state.length; d++) {
            sum += state[d] * elements[from + d];
        }
        return sum;
    }

    @Override
    public void close() {
        model.close();
        shared.values().forEach(Tensor::close);
    }
}
