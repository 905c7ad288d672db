package dev.lea.environment.toy;

import dev.lea.serving.bundle.Bundle;
import dev.lea.serving.bundle.BundleWriter;
import dev.lea.serving.bundle.ItemIndex;
import dev.lea.serving.bundle.Manifest;
import dev.lea.serving.bundle.Probes;
import dev.lea.serving.feature.AdapterWeights;
import dev.lea.serving.feature.EnvironmentSpec;
import dev.lea.serving.feature.KeyValueShape;
import dev.lea.serving.feature.PackedBatch;
import dev.lea.serving.feature.PackedSequence;
import dev.lea.serving.onnx.OnnxModel;
import dev.lea.serving.onnx.OnnxOptions;
import dev.lea.serving.onnx.Tensor;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.IntStream;

/// Bundles of toy environments. Item i is called "item-i".
public final class ToyBundle {
    private ToyBundle() {}

    public static String id(int item) {
        return "item-" + item;
    }

    public static List<String> ids(int... items) {
        return IntStream.of(items).mapToObj(ToyBundle::id).toList();
    }

    public static int item(String id) {
        return Integer.parseInt(id.substring("item-".length()));
    }

    public static ItemIndex index(int items) {
        return ItemIndex.of(IntStream.range(0, items).mapToObj(ToyBundle::id).toList());
    }

    /// A sound bundle.
    public static Bundle write(Path folder, ToyEnvironment toy) {
        return write(folder, toy, files -> {});
    }

    /// A bundle with one more setting.
    public static Bundle write(Path folder, ToyEnvironment toy, String setting, String value) {
        return write(folder, toy, files -> {}, Map.of(setting, value));
    }

    /// A bundle whose files are changed before it is committed.
    public static Bundle write(
            Path folder, ToyEnvironment toy, Consumer<Map<String, byte[]>> change) {
        return write(folder, toy, change, Map.of("shift", "" + toy.shift()));
    }

    static Bundle write(
            Path folder,
            ToyEnvironment toy,
            Consumer<Map<String, byte[]>> change,
            Map<String, String> settings) {
        Map<String, byte[]> files = new HashMap<>();
        files.put(Bundle.MODEL, toy.model());
        files.put(EnvironmentSpec.RETRIEVE, toy.retrieve());
        files.put(EnvironmentSpec.ITEM_TOKENS, bytes(toy.table()));
        files.put(EnvironmentSpec.FILE, toy.spec().toBytes());
        files.put(EnvironmentSpec.TOKENIZER, new byte[] {'{', '}'});
        files.put(Bundle.PROBES, probes(toy).toBytes());
        if (toy.adapted()) {
            files.put(AdapterWeights.FILE, toy.adapter().toBytes());
        }
        change.accept(files);
        try (var writer = BundleWriter.create(folder);
                var model = OnnxModel.load(toy.model(), OnnxOptions.SERVING)) {
            files.forEach((name, content) -> writer.write(name, content));
            writer.write(index(toy.items()));
            return writer.commit(
                    Manifest.draft(
                            "environment",
                            "environment",
                            model.inputs(),
                            model.outputs(),
                            Map.of(),
                            Map.of("valid.accuracy.uniform", 0.8),
                            settings));
        }
    }

    public static byte[] bytes(float... values) {
        var bytes = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asFloatBuffer().put(values);
        return bytes.array();
    }

    private static Probes probes(ToyEnvironment toy) {
        var packed = PackedSequence.of(toy.spec().layout(), 0);
        packed.candidate(1, 0);
        Map<String, Tensor> call = new HashMap<>(PackedBatch.of(List.of(packed)).tensors());
        if (toy.remembers()) {
            call.putAll(new KeyValueShape(1, 1, toy.width()).nothing(1));
        }
        Map<String, Tensor> shared = new HashMap<>(toy.adapter().tensors());
        shared.put("item_tokens", Tensor.of(toy.table(), toy.items(), 2 * toy.width() + 1));
        try (var model = OnnxModel.load(toy.model(), OnnxOptions.SERVING)) {
            return Probes.record(model, List.of(call), List.of("states", "scores"), shared);
        } finally {
            call.values().forEach(Tensor::close);
            shared.values().forEach(Tensor::close);
        }
    }
}
