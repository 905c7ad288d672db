package dev.lea.environment.model;

import dev.lea.serving.Failure;
import dev.lea.serving.bundle.Bundle;
import dev.lea.serving.bundle.Probes;
import dev.lea.serving.feature.EnvironmentSpec;
import dev.lea.serving.onnx.OnnxModel;
import dev.lea.serving.onnx.OnnxOptions;
import dev.lea.serving.onnx.Tensor;
import dev.lea.serving.swap.Version;

/// Makes a bundle ready to serve, or refuses it: what comes out of [#load] has kept the contract, given the outputs
/// that training saw, and agreed with itself.
///
/// @param threads    passes that run at the same time
/// @param queueTasks passes that may wait, of calls and of bulk each
/// @param limits     of a pass
/// @param answers    where answers of all versions are kept
public record EnvironmentLoader(int threads, int queueTasks, PassLimits limits, Answers answers) {
    /// Loads a version; native code, so call it from a platform thread.
    ///
    /// @throws Failure.Corrupt if the bundle is not a sound environment
    public LanguageEnvironment load(Bundle bundle, Version version) {
        EnvironmentSpec spec = EnvironmentSpec.read(bundle.file(EnvironmentSpec.FILE));
        int n = bundle.items().size();
        for (int item : spec.referenceItems()) {
            if (item >= n) {
                throw new Failure.Corrupt(
                        "ENVIRONMENT_UNREADABLE",
                        "%s names reference item %d but the catalogue has %d"
                                .formatted(EnvironmentSpec.FILE, item, n));
            }
        }
        EnvironmentGraph graph = open(bundle, spec, n);
        try {
            Probes.read(bundle).replay(graph.model(), graph.shared());
            new SelfCheck(graph, spec).run();
            var pool = WorkPool.start("environment-" + version.number(), threads, queueTasks);
            return new LanguageEnvironment(bundle, spec, graph, limits, pool, answers);
        } catch (RuntimeException e) {
            graph.close();
            throw e;
        }
    }

    private static EnvironmentGraph open(Bundle bundle, EnvironmentSpec spec, int itemCount) {
        Tensor table =
                ItemTable.read(
                        bundle.file(EnvironmentSpec.ITEM_TOKENS), itemCount, spec.itemColumns());
        OnnxModel model = null;
        OnnxModel retrieve;
        try {
            model = OnnxModel.load(bundle.file(Bundle.MODEL), OnnxOptions.SERVING);
            retrieve = OnnxModel.load(bundle.file(EnvironmentSpec.RETRIEVE), OnnxOptions.SERVING);
        } catch (RuntimeException e) {
            if (model != null) {
                model.close();
            }
            table.close();
            throw e;
        }
        return EnvironmentGraph.of(model, retrieve, table, spec);
    }
}
