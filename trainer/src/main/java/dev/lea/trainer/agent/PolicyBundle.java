package dev.lea.trainer.agent;

import static dev.lea.serving.Checks.require;

import dev.lea.serving.Failure;
import dev.lea.serving.bundle.Bundle;
import dev.lea.serving.bundle.BundleWriter;
import dev.lea.serving.bundle.ItemIndex;
import dev.lea.serving.bundle.Manifest;
import dev.lea.serving.bundle.Probes;
import dev.lea.serving.feature.EnvironmentSpec;
import dev.lea.serving.feature.HistoryFeature;
import dev.lea.serving.onnx.OnnxModel;
import dev.lea.serving.onnx.OnnxOptions;
import dev.lea.serving.onnx.Tensor;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/// Writes a trained agent as the bundle that agent-server loads (kind `policy`, see docs/architecture.md).
public final class PolicyBundle {
    /// Largest difference between a score in training and the served one.
    public static final double PARITY = 1e-4;

    /// Name of the environment's digest among a bundle's parents.
    static final String ENVIRONMENT = "environment";

    private static final String KIND = "policy";
    private static final int PROBED_PLACES = 20;

    private PolicyBundle() {}

    /// What a policy was made from and how good it is.
    ///
    /// @param name    the model's name
    /// @param parents digests by name: `data`, and `environment` where one was learned from
    /// @param metrics figures by name, each finite
    public record Origin(String name, Map<String, String> parents, Map<String, Double> metrics) {
        public Origin {
            parents = Map.copyOf(parents);
            metrics = Map.copyOf(metrics);
            metrics.forEach((metric, value) -> {
                if (!Double.isFinite(value)) {
                    throw new IllegalArgumentException(
                            "metric " + metric + " must be finite but is " + value);
                }
            });
        }
    }

    /// Writes the bundle, after checking that the graph gives what the training graph gives.
    ///
    /// @param target    a folder that does not exist yet
    /// @param items     the catalogue
    /// @param known     what the policy knows of them
    /// @param histories of a few users, dense indices, for the parity check and the probes; at least one
    /// @throws Failure.Conflict if served scores differ from training's by more than [#PARITY]
    public static Bundle write(
            Path target,
            TrainedAgent agent,
            ItemIndex items,
            PolicyItems known,
            List<int[]> histories,
            Origin origin) {
        require(
                known.count() == items.size(),
                "the catalogue has "
                        + items.size()
                        + " items but the policy knows "
                        + known.count());
        EncoderSettings encoder = agent.settings().encoder();
        boolean tokens = encoder.head() == ItemHead.TOKENS;
        require(
                !tokens || origin.parents().containsKey(ENVIRONMENT),
                "a policy that reads an environment's rows must name that environment");
        byte[] graph = PolicyGraph.write(encoder, known, agent.parameters());
        List<int[]> all = new ArrayList<>(List.of(new int[0]));
        all.addAll(histories);
        try (OnnxModel model = OnnxModel.load(graph, OnnxOptions.SERVING);
                BundleWriter writer = BundleWriter.create(target)) {
            Parity.expect(agent, known, all, model, PARITY);
            writer.write(Bundle.MODEL, graph);
            writer.write(items);
            if (tokens) {
                writer.write(EnvironmentSpec.ITEM_TOKENS, known.expectRows().toBytes());
            }
            writer.write(Bundle.PROBES, probes(model, encoder, known, all).toBytes());
            return writer.commit(
                    Manifest.draft(
                            KIND,
                            origin.name(),
                            model.inputs(),
                            model.outputs(),
                            origin.parents(),
                            origin.metrics(),
                            settings(agent)));
        }
    }

    /// The scores of all items after one history; and, for all histories, the best scores where exclusions and
    /// allow-lists matter. Which items those are is not recorded: where two score alike it may differ.
    private static Probes probes(
            OnnxModel model, EncoderSettings encoder, PolicyItems known, List<int[]> histories) {
        int items = known.count();
        var feature = new HistoryFeature(items, encoder.historyLength());
        Map<String, Tensor> shared = PolicyGraph.shared(encoder, known);
        Map<String, Tensor> one = PolicyGraph.inputs(feature, List.of(histories.getLast()), 1);
        Map<String, Tensor> all =
                PolicyGraph.inputs(feature, histories, Math.min(PROBED_PLACES, items));
        narrow(all, items, histories);
        try {
            List<Probes.Probe> probes = new ArrayList<>();
            probes.addAll(record(model, one, PolicyGraph.SCORES, shared));
            probes.addAll(record(model, all, PolicyGraph.TOP_SCORES, shared));
            return new Probes(Probes.DEFAULT_TOLERANCE, probes);
        } finally {
            one.values().forEach(Tensor::close);
            all.values().forEach(Tensor::close);
            shared.values().forEach(Tensor::close);
        }
    }

    private static List<Probes.Probe> record(
            OnnxModel model,
            Map<String, Tensor> inputs,
            String output,
            Map<String, Tensor> shared) {
        return Probes.record(model, List.of(inputs), List.of(output), shared).probes();
    }

    /// Excludes each history's last item, and restricts every other row to a few items.
    private static void narrow(Map<String, Tensor> inputs, int items, List<int[]> histories) {
        int rows = histories.size();
        int few = Math.min(PROBED_PLACES, items);
        long[] excluded = new long[2 * rows];
        long[] allowed = new long[few * rows];
        boolean[] unrestricted = new boolean[rows];
        for (int row = 0; row < rows; row++) {
            int[] history = histories.get(row);
            excluded[2 * row] = history.length == 0 ? items : history[history.length - 1];
            excluded[2 * row + 1] = items;
            for (int i = 0; i < few; i++) {
                allowed[few * row + i] = (row * 7L + i) % items;
            }
            unrestricted[row] = row % 2 == 0;
        }
        replace(inputs, PolicyGraph.EXCLUDED, Tensor.of(excluded, rows, 2));
        replace(inputs, PolicyGraph.ALLOWED, Tensor.of(allowed, rows, few));
        replace(inputs, PolicyGraph.UNRESTRICTED, Tensor.of(unrestricted, rows, 1));
    }

    private static void replace(Map<String, Tensor> inputs, String name, Tensor tensor) {
        inputs.put(name, tensor).close();
    }

    private static Map<String, String> settings(TrainedAgent agent) {
        AgentSettings settings = agent.settings();
        Map<String, String> told = new TreeMap<>();
        told.put("history_length", Integer.toString(settings.encoder().historyLength()));
        told.put("encoder", settings.encoder().architecture().label());
        told.put("head", settings.encoder().head().name().toLowerCase(Locale.ROOT));
        told.put("algorithm", settings.algorithm().name());
        told.put("variant", settings.lea().variant().name());
        told.put("seed", Long.toString(settings.seed()));
        told.put("updates", Long.toString(agent.updates()));
        told.put("best_epoch", Integer.toString(agent.best().epoch()));
        return told;
    }
}
