package dev.lea.agent;

import dev.lea.serving.Failure;
import dev.lea.serving.batch.BatchLimits;
import dev.lea.serving.bundle.Bundle;
import dev.lea.serving.bundle.Probes;
import dev.lea.serving.onnx.Device;
import dev.lea.serving.onnx.Memory;
import dev.lea.serving.onnx.OnnxModel;
import dev.lea.serving.onnx.OnnxOptions;
import dev.lea.serving.swap.Version;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.IntStream;

/// Makes a bundle ready to serve, or refuses it: what comes out of [#load] has kept the contract, given the
/// outputs that training saw, and run at every batch size that requests will bring.
///
/// @param limits of the policy's batcher
/// @param device where it runs
record PolicyLoader(BatchLimits limits, Device device) {
    /// Loads a version; native code, so call it from a platform thread.
    ///
    /// @throws Failure.Corrupt  if the bundle is not a sound policy
    /// @throws Failure.Conflict if it does not fit into the memory that is free
    Policy load(Bundle bundle, Version version) {
        Memory.require("the policy", bundle.sizeBytes(), device);
        var model =
                OnnxModel.load(bundle.file(Bundle.MODEL), OnnxOptions.SERVING.withDevice(device));
        PolicyGraph graph = PolicyGraph.of(model, bundle.items().size());
        try {
            checkHistoryLength(bundle, graph);
            Probes.read(bundle).replay(model, Map.of());
            warmUp(graph);
            return Policy.start("policy-" + version.number(), bundle.items(), graph, limits);
        } catch (RuntimeException e) {
            graph.close();
            throw e;
        }
    }

    private static void checkHistoryLength(Bundle bundle, PolicyGraph graph) {
        String told = bundle.manifest().settings().get("history_length");
        if (told != null && !told.equals(Integer.toString(graph.historyLength()))) {
            throw new Failure.Corrupt(
                    "SCHEMA_MISMATCH",
                    "the manifest names a history_length of %s but the graph's is %d"
                            .formatted(told, graph.historyLength()));
        }
    }

    /// Runs batches of 1, 2, 4.. rows up to the largest, of empty and full histories, ranked and drawn.
    private void warmUp(PolicyGraph graph) {
        int n = graph.itemCount();
        int[] full = IntStream.range(0, graph.historyLength()).map(i -> i % n).toArray();
        int k = Math.min(10, n);
        int[] none = {};
        var best = new Query(full, none, none, true, k, Optional.empty());
        var drawn = new Query(none, none, none, true, k, Optional.of(new Sampling(1, 0)));
        try {
            expectItems(k, graph.run(List.of(best, drawn)));
            for (int rows = 1; rows < 2 * limits.batchRows(); rows *= 2) {
                int capped = Math.min(rows, limits.batchRows());
                expectItems(k, graph.run(Collections.nCopies(capped, best)));
            }
        } catch (Failure.Broken e) {
            throw new Failure.Corrupt(
                    "WARM_UP_FAILED", "the policy fails on a plain request: " + e.getMessage(), e);
        }
    }

    private static void expectItems(int k, List<Supplier<Ranking>> answers) {
        for (Supplier<Ranking> answer : answers) {
            int given = answer.get().items().length;
            if (given != k) {
                throw new Failure.Corrupt(
                        "WARM_UP_FAILED",
                        "the policy gives %d items for a plain request of %d".formatted(given, k));
            }
        }
    }
}
