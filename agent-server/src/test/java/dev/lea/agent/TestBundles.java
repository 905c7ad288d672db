package dev.lea.agent;

import dev.lea.serving.bundle.Bundle;
import dev.lea.serving.bundle.BundleWriter;
import dev.lea.serving.bundle.ItemIndex;
import dev.lea.serving.bundle.Manifest;
import dev.lea.serving.bundle.Probes;
import dev.lea.serving.onnx.OnnxModel;
import dev.lea.serving.onnx.OnnxOptions;
import dev.lea.serving.onnx.Tensor;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/// Bundles of policies whose answers are known. Item i is called "item-i".
final class TestBundles {
    private TestBundles() {}

    static String id(int item) {
        return "item-" + item;
    }

    static List<String> ids(int... items) {
        return IntStream.of(items).mapToObj(TestBundles::id).toList();
    }

    static ItemIndex index(int items) {
        return ItemIndex.of(IntStream.range(0, items).mapToObj(TestBundles::id).toList());
    }

    /// A sound bundle.
    static Path write(Path folder, LinearPolicy policy) {
        return write(
                folder,
                "policy",
                policy.onnx(),
                index(policy.items()),
                probes(policy, policy.onnx()));
    }

    static Path write(Path folder, String kind, byte[] onnx, ItemIndex items, Probes probes) {
        try (var writer = BundleWriter.create(folder);
                var model = OnnxModel.load(onnx, OnnxOptions.SERVING)) {
            writer.write(Bundle.MODEL, onnx);
            writer.write(items);
            writer.write(Bundle.PROBES, probes.toBytes());
            var draft =
                    Manifest.draft(
                            kind,
                            "policy",
                            model.inputs(),
                            model.outputs(),
                            Map.of(),
                            Map.of("ndcg@10", 0.07),
                            Map.of());
            return writer.commit(draft).folder();
        }
    }

    /// What `onnx` gives for a history of `policy`'s catalogue.
    static Probes probes(LinearPolicy policy, byte[] onnx) {
        long n = policy.items();
        long[] history = new long[policy.length()];
        Arrays.fill(history, n);
        history[0] = 1;
        try (var model = OnnxModel.load(onnx, OnnxOptions.SERVING);
                var historyIn = Tensor.of(history, 1, history.length);
                var length = Tensor.of(new long[] {1}, 1);
                var none = Tensor.of(new long[] {n}, 1, 1);
                var unrestricted = Tensor.of(new boolean[] {true}, 1, 1);
                var k = Tensor.of(new long[] {3}, 1)) {
            Map<String, Tensor> call =
                    Map.of(
                            "history", historyIn,
                            "length", length,
                            "excluded", none,
                            "allowed", none,
                            "unrestricted", unrestricted,
                            "k", k);
            return Probes.record(
                    model, List.of(call), List.of("top_items", "top_scores", "scores"), Map.of());
        }
    }
}
