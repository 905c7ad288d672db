package dev.lea.bench;

import dev.lea.serving.bundle.Bundle;
import dev.lea.serving.feature.AdapterWeights;
import dev.lea.serving.feature.EnvironmentSpec;
import dev.lea.serving.feature.KeyValueShape;
import dev.lea.serving.feature.PackedBatch;
import dev.lea.serving.feature.PackedSequence;
import dev.lea.serving.feature.PromptLayout;
import dev.lea.serving.onnx.ElementType;
import dev.lea.serving.onnx.OnnxModel;
import dev.lea.serving.onnx.OnnxOptions;
import dev.lea.serving.onnx.Tensor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// The rival: an environment's graph called with plain sequences, nothing shared and nothing remembered, one native
/// thread a call.
final class RawSession implements AutoCloseable {
    private final OnnxModel model;
    private final Map<String, Tensor> shared;
    private final PromptLayout layout;
    private final KeyValueShape keyValues;

    private RawSession(
            OnnxModel model,
            Map<String, Tensor> shared,
            PromptLayout layout,
            KeyValueShape keyValues) {
        this.model = model;
        this.shared = shared;
        this.layout = layout;
        this.keyValues = keyValues;
    }

    static RawSession open(Bundle bundle) throws IOException {
        EnvironmentSpec spec = EnvironmentSpec.read(bundle.file(EnvironmentSpec.FILE));
        int n = bundle.items().size();
        Tensor table = Tensor.zeros(ElementType.FLOAT, n, spec.itemColumns());
        table.floats()
                .put(
                        ByteBuffer.wrap(
                                        Files.readAllBytes(
                                                bundle.file(EnvironmentSpec.ITEM_TOKENS)))
                                .order(ByteOrder.LITTLE_ENDIAN)
                                .asFloatBuffer());
        Map<String, Tensor> shared = new HashMap<>(Map.of("item_tokens", table));
        if (bundle.manifest().files().containsKey(AdapterWeights.FILE)) {
            shared.putAll(AdapterWeights.read(bundle.file(AdapterWeights.FILE)).tensors());
        }
        OnnxModel model = OnnxModel.load(bundle.file(Bundle.MODEL), OnnxOptions.SERVING);
        return new RawSession(
                model, shared, spec.layout(), KeyValueShape.of(model.inputs()).orElseThrow());
    }

    /// Scores candidates, each behind a history of its own, in one call.
    ///
    /// @return raw, in the order of the candidates
    float[] scores(int[] history, int... candidates) {
        List<PackedSequence> sequences = new ArrayList<>();
        int slot = 0;
        for (int candidate : candidates) {
            var sequence = PackedSequence.of(layout, history);
            slot = sequence.candidate(history.length, candidate);
            sequences.add(sequence);
        }
        var batch = PackedBatch.of(sequences);
        float[] all = run(batch, "scores");
        float[] scores = new float[candidates.length];
        for (int i = 0; i < scores.length; i++) {
            scores[i] = all[i * batch.length() + slot];
        }
        return scores;
    }

    /// States at all places of some histories of one length, in one call.
    float[] states(List<int[]> histories) {
        return run(
                PackedBatch.of(histories.stream().map(h -> PackedSequence.of(layout, h)).toList()),
                "states");
    }

    private float[] run(PackedBatch batch, String output) {
        Map<String, Tensor> inputs = new HashMap<>(batch.tensors());
        inputs.putAll(keyValues.nothing(batch.rows()));
        try {
            Map<String, Tensor> all = new HashMap<>(inputs);
            all.putAll(shared);
            try (var out = model.run(all, List.of(output))) {
                return out.floats(output);
            }
        } finally {
            inputs.values().forEach(Tensor::close);
        }
    }

    @Override
    public void close() {
        model.close();
        shared.values().forEach(Tensor::close);
    }
}
