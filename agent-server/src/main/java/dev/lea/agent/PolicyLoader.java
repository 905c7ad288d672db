package dev.lea.agent;

import dev.lea.serving.Failure;
import dev.lea.serving.batch.BatchLimits;
import dev.lea.serving.bundle.Bundle;
import dev.lea.serving.bundle.Probes;
import dev.lea.serving.bundle.Revision;
import dev.lea.serving.bundle.RevisionStore;
import dev.lea.serving.feature.EnvironmentSpec;
import dev.lea.serving.feature.ItemTableFile;
import dev.lea.serving.onnx.Device;
import dev.lea.serving.onnx.Memory;
import dev.lea.serving.onnx.OnnxModel;
import dev.lea.serving.onnx.OnnxOptions;
import dev.lea.serving.onnx.Tensor;
import dev.lea.serving.swap.Version;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Supplier;
import java.util.stream.IntStream;

/// Makes a bundle ready to serve, or refuses it: what comes out of [#load] has kept the contract, given the
/// outputs that training saw, and run at every batch size that requests will bring.
///
/// @param limits    of the policy's batcher
/// @param device    where it runs
/// @param revisions where items that were added to environments are kept
/// @param meters    where batches of all versions are counted
record PolicyLoader(
        BatchLimits limits, Device device, RevisionStore revisions, PolicyMeters meters) {
    /// Loads a version; native code, so call it from a platform thread.
    ///
    /// @throws Failure.Corrupt  if the bundle is not a sound policy
    /// @throws Failure.Conflict if it does not fit into the memory that is free
    Policy load(Bundle bundle, Version version) {
        Memory.require("the policy", bundle.sizeBytes(), device);
        PolicyGraph graph = open(bundle);
        try {
            checkHistoryLength(bundle, graph);
            Probes.read(bundle).replay(graph.model(), graph.shared());
            warmUp(graph);
            Catalogue catalogue = catalogue(bundle, graph);
            if (!catalogue.rows().isEmpty()) {
                PolicyGraph own = graph;
                graph = own.withOthers(catalogue.own().size(), catalogue.rows());
                own.close();
                warmUp(graph);
            }
            return Policy.start("policy-" + version.number(), catalogue, graph, limits, meters);
        } catch (RuntimeException e) {
            graph.close();
            throw e;
        }
    }

    /// The same policy over another revision of its environment's items. Both are closed by their owners.
    ///
    /// @throws Failure.Corrupt if the revision's rows or ids do not fit
    Policy revised(Policy live, Revision revision) {
        Catalogue catalogue = checked(() -> live.catalogue().at(revision));
        PolicyGraph graph = live.graph().withOthers(catalogue.own().size(), catalogue.rows());
        try {
            warmUp(graph);
            return Policy.start("policy", catalogue, graph, limits, meters);
        } catch (RuntimeException e) {
            graph.close();
            throw e;
        }
    }

    private PolicyGraph open(Bundle bundle) {
        int items = bundle.items().size();
        var model =
                OnnxModel.load(bundle.file(Bundle.MODEL), OnnxOptions.SERVING.withDevice(device));
        Optional<Tensor> table;
        try {
            OptionalInt columns = PolicyGraph.columns(model);
            table =
                    columns.isEmpty()
                            ? Optional.empty()
                            : Optional.of(
                                    ItemTableFile.read(
                                            bundle.file(EnvironmentSpec.ITEM_TOKENS),
                                            items,
                                            columns.getAsInt(),
                                            1));
        } catch (RuntimeException e) {
            model.close();
            throw e;
        }
        return PolicyGraph.of(model, items, table);
    }

    private Catalogue catalogue(Bundle bundle, PolicyGraph graph) {
        if (graph.shared().isEmpty()) {
            return Catalogue.fixed(bundle);
        }
        Revision revision = revisions.current(Catalogue.environment(bundle));
        return checked(() -> Catalogue.of(bundle, revision));
    }

    private static Catalogue checked(Supplier<Catalogue> catalogue) {
        try {
            return catalogue.get();
        } catch (IllegalArgumentException e) {
            throw new Failure.Corrupt(
                    "REVISION_MISMATCH",
                    "the added items do not fit the policy's: " + e.getMessage(),
                    e);
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
