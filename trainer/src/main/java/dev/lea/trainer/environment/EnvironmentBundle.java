package dev.lea.trainer.environment;

import dev.lea.serving.bundle.Bundle;
import dev.lea.serving.bundle.BundleWriter;
import dev.lea.serving.bundle.ItemIndex;
import dev.lea.serving.bundle.Manifest;
import dev.lea.serving.bundle.Probes;
import dev.lea.serving.feature.AdapterWeights;
import dev.lea.serving.feature.EnvironmentSpec;
import dev.lea.serving.feature.PackedBatch;
import dev.lea.serving.feature.PackedSequence;
import dev.lea.serving.onnx.Tensor;
import dev.lea.trainer.llm.LlamaConfig;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.TreeMap;

/// Writes what env-server hosts: the layout of docs/architecture.md.
public final class EnvironmentBundle {
    /// Kind of the bundle, and the model's name.
    public static final String KIND = "environment";

    private static final int PROBES = 4;
    private static final int PROBE_CANDIDATES = 3;

    private EnvironmentBundle() {}

    /// @param folder    that does not exist yet
    /// @param items     the catalogue, in the order of the table's rows
    /// @param reference dense indices of the reference items
    /// @param parents   digests of what it was made from, by name
    /// @param settings  how it was fitted, by name
    /// @param projector gives items that arrive later their rows; without one there are none
    public static Bundle write(
            Path folder,
            ItemIndex items,
            FittedEnvironment environment,
            EnvironmentReport report,
            List<Integer> reference,
            Map<String, String> parents,
            Map<String, String> settings,
            Optional<TextProjector.Fitted> projector) {
        if (items.size() != environment.items().items()) {
            throw new IllegalArgumentException(
                    "the catalogue has "
                            + items.size()
                            + " items but the table has "
                            + environment.items().items());
        }
        var layout = environment.layout();
        int width = environment.items().width();
        var spec =
                new EnvironmentSpec(
                        layout.vocabulary(),
                        width,
                        ItemTable.columns(width),
                        layout.context(),
                        layout.prompt(),
                        layout.actionPrompt(),
                        reference,
                        report.temperature());
        Map<String, String> all = new TreeMap<>(settings);
        all.put("attention_balance", "" + attentionBalance(environment.backbone().config()));
        projector.ifPresent(
                p -> all.put(EnvironmentSpec.TEXT_TOKENS, Integer.toString(p.textTokens())));
        Map<String, String> lineage = new TreeMap<>(parents);
        lineage.put("llm", environment.backbone().digest());
        try (BundleWriter writer = BundleWriter.create(folder)) {
            writer.write(items);
            writer.write(Bundle.MODEL, environment.served().graph());
            environment.backbone().weights().files().forEach(writer::link);
            AdapterWeights adapter = environment.served().adapter();
            if (!adapter.arrays().isEmpty()) {
                writer.write(AdapterWeights.FILE, adapter.toBytes());
            }
            writer.write(EnvironmentSpec.RETRIEVE, environment.retrieveBytes());
            writer.write(EnvironmentSpec.ITEM_TOKENS, environment.items().toBytes());
            projector.ifPresent(p -> writer.write(EnvironmentSpec.TEXT, p.graph()));
            writer.write(EnvironmentSpec.FILE, spec.toBytes());
            writer.write(
                    EnvironmentSpec.TOKENIZER,
                    environment.backbone().tokenizerJson().getBytes(StandardCharsets.UTF_8));
            writer.write(Bundle.PROBES, probes(environment, items.size()).toBytes());
            return writer.commit(
                    Manifest.draft(
                            KIND,
                            KIND,
                            environment.model().inputs(),
                            environment.model().outputs(),
                            lineage,
                            report.metrics(),
                            all));
        }
    }

    /// Length of a sequence at which attention costs as much as everything else, by which env-server divides work
    /// into sequences: multiplications of the matrices over those of attention a place seen. Attention's run at about
    /// three quarters of the others' speed.
    static int attentionBalance(LlamaConfig config) {
        long attended = (long) config.heads() * config.headDimension();
        long shared = (long) config.keyValueHeads() * config.headDimension();
        long matrices = config.width() * (2 * attended + 2 * shared + 3L * config.feedForward());
        return Math.clamp(matrices * 3 / (4 * 2 * attended), 1, 1 << 16);
    }

    /// Packed histories of growing length with a few candidates; the item table comes from its own file.
    private static Probes probes(FittedEnvironment environment, int items) {
        var random = new SplittableRandom(items);
        List<Map<String, Tensor>> calls = new ArrayList<>();
        for (int p = 0; p < PROBES; p++) {
            int length = Math.min(environment.layout().context(), p * p * 3);
            var sequence =
                    PackedSequence.of(
                            environment.layout(), random.ints(length, 0, items).toArray());
            for (int c = 0; c < PROBE_CANDIDATES; c++) {
                sequence.candidate(random.nextInt(length + 1), random.nextInt(items));
            }
            sequence.continuation(length, random.nextInt(items));
            calls.add(environment.inputs(PackedBatch.of(List.of(sequence))));
        }
        try {
            return Probes.record(
                    environment.model(), calls, List.of("states", "scores"), environment.shared());
        } finally {
            calls.forEach(call -> call.values().forEach(Tensor::close));
        }
    }
}
