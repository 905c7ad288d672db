package dev.lea.environment.model;

import dev.lea.environment.model.EnvironmentGraph.Output;
import dev.lea.serving.Failure;
import dev.lea.serving.bundle.Bundle;
import dev.lea.serving.bundle.Probes;
import dev.lea.serving.bundle.Revision;
import dev.lea.serving.bundle.RevisionStore;
import dev.lea.serving.feature.AdapterWeights;
import dev.lea.serving.feature.EnvironmentSpec;
import dev.lea.serving.feature.ItemTableFile;
import dev.lea.serving.feature.PackedBatch;
import dev.lea.serving.feature.PackedSequence;
import dev.lea.serving.onnx.Device;
import dev.lea.serving.onnx.Memory;
import dev.lea.serving.onnx.OnnxModel;
import dev.lea.serving.onnx.OnnxOptions;
import dev.lea.serving.onnx.Tensor;
import dev.lea.serving.swap.Version;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Makes a bundle ready to serve, or refuses it: what comes out of [#load] has kept the contract, given the outputs
/// that training saw, and agreed with itself.
///
/// @param threads    passes that run at the same time
/// @param queue      sequences of calls, and passes of bulk, that may wait
/// @param limits     of a pass
/// @param answers    where answers of all versions are kept
/// @param statistics where runs of all versions are counted
/// @param backbones  the graphs that versions share
/// @param device     where passes run
/// @param revisions  where items that were added are kept
public record EnvironmentLoader(
        int threads,
        QueueLimits queue,
        PassLimits limits,
        Answers answers,
        PassStatistics statistics,
        Backbones backbones,
        Device device,
        RevisionStore revisions) {
    /// Name of the manifest's setting with [PassLimits#balance]; without it the limits' own counts.
    public static final String ATTENTION_BALANCE = "attention_balance";

    /// On the CPU, without added items.
    public EnvironmentLoader(
            int threads,
            int queueTasks,
            PassLimits limits,
            Answers answers,
            PassStatistics statistics) {
        this(
                threads,
                new QueueLimits(queueTasks),
                limits,
                answers,
                statistics,
                new Backbones(),
                Device.CPU,
                new RevisionStore(Path.of("no-revisions")));
    }

    /// Loads a version; native code, so call it from a platform thread.
    ///
    /// @throws Failure.Corrupt  if the bundle is not a sound environment
    /// @throws Failure.Conflict if it does not fit into the memory that is free
    public LanguageEnvironment load(Bundle bundle, Version version) {
        Memory.require("the environment", backbones.missingBytes(bundle, options()), device);
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
            KeyValues prompt = prompt(graph, spec);
            Revision revision = revisions.current(bundle.digest());
            if (!revision.items().isEmpty()) {
                EnvironmentGraph own = graph;
                graph = extended(own, n, revision);
                own.close();
            }
            return assemble(bundle, spec, graph, prompt, revision);
        } catch (RuntimeException e) {
            graph.close();
            throw e;
        }
    }

    /// The same version with another revision of its catalogue. Both are closed by their owners.
    ///
    /// @throws Failure.Corrupt if the revision is of rows or ids that do not fit
    public LanguageEnvironment revised(LanguageEnvironment live, Revision revision) {
        EnvironmentGraph graph = extended(live.graph(), live.ownItems(), revision);
        try {
            return assemble(live.bundle(), live.spec(), graph, live.prompt(), revision);
        } catch (RuntimeException e) {
            graph.close();
            throw e;
        }
    }

    /// Rows for the texts of new items; native code, so call it from a platform thread.
    public List<float[]> rows(LanguageEnvironment live, List<String> texts) {
        return NewRows.of(
                live.bundle(),
                texts,
                live.graph().columns(),
                OnnxOptions.SERVING.withDevice(device));
    }

    private LanguageEnvironment assemble(
            Bundle bundle,
            EnvironmentSpec spec,
            EnvironmentGraph graph,
            KeyValues prompt,
            Revision revision) {
        Catalogue catalogue;
        try {
            catalogue = Catalogue.of(bundle.items(), revision);
        } catch (IllegalArgumentException e) {
            throw new Failure.Corrupt(
                    "REVISION_MISMATCH",
                    "the added items do not fit the version's: " + e.getMessage(),
                    e);
        }
        var pool = WorkPool.start("environment", threads, queue, statistics.queues());
        return new LanguageEnvironment(
                bundle,
                catalogue,
                spec,
                graph,
                balanced(bundle),
                pool,
                answers,
                statistics,
                prompt);
    }

    private static EnvironmentGraph extended(EnvironmentGraph graph, int own, Revision revision) {
        List<float[]> rows = revision.items().stream().map(Revision.Added::elements).toList();
        for (float[] row : rows) {
            if (row.length != graph.columns()) {
                throw new Failure.Corrupt(
                        "REVISION_MISMATCH",
                        "an added row has %d floats but the version's have %d"
                                .formatted(row.length, graph.columns()));
            }
        }
        return graph.withOthers(own, rows);
    }

    /// The limits for this version: what attention costs beside the rest is its own.
    private PassLimits balanced(Bundle bundle) {
        String balance = bundle.manifest().settings().get(ATTENTION_BALANCE);
        if (balance == null) {
            return limits;
        }
        try {
            return limits.withBalance(Integer.parseInt(balance));
        } catch (IllegalArgumentException e) {
            throw new Failure.Corrupt(
                    "ENVIRONMENT_UNREADABLE",
                    "the manifest's setting %s is '%s': %s"
                            .formatted(ATTENTION_BALANCE, balance, e.getMessage()),
                    e);
        }
    }

    /// Every trunk begins with the prompt.
    private static KeyValues prompt(EnvironmentGraph graph, EnvironmentSpec spec) {
        if (graph.keyValues().isEmpty()) {
            return KeyValues.NOTHING;
        }
        var batch = PackedBatch.of(List.of(PackedSequence.of(spec.layout())));
        float[] present = graph.run(batch, List.of(), Set.of(Output.PRESENT)).present();
        return new KeyValues(batch.length(), present);
    }

    private EnvironmentGraph open(Bundle bundle, EnvironmentSpec spec, int itemCount) {
        Backbones.Hold backbone = null;
        OnnxModel retrieve = null;
        Tensor table = null;
        EnvironmentGraph.Parts parts;
        try {
            table =
                    ItemTableFile.read(
                            bundle.file(EnvironmentSpec.ITEM_TOKENS),
                            itemCount,
                            spec.itemColumns());
            AdapterWeights adapter = adapter(bundle);
            backbone = backbones.open(bundle, options());
            retrieve = OnnxModel.load(bundle.file(EnvironmentSpec.RETRIEVE), options());
            parts = new EnvironmentGraph.Parts(backbone, retrieve, adapter.tensors());
        } catch (RuntimeException e) {
            for (AutoCloseable part : Arrays.asList(retrieve, backbone, table)) {
                closeAfter(e, part);
            }
            throw e;
        }
        return EnvironmentGraph.of(parts, table, spec);
    }

    /// Nothing where the model was fitted as a whole.
    private static AdapterWeights adapter(Bundle bundle) {
        return bundle.manifest().files().containsKey(AdapterWeights.FILE)
                ? AdapterWeights.read(bundle.file(AdapterWeights.FILE))
                : new AdapterWeights(Map.of());
    }

    private OnnxOptions options() {
        return OnnxOptions.SERVING.withDevice(device);
    }

    private static void closeAfter(RuntimeException problem, AutoCloseable part) {
        try {
            if (part != null) {
                part.close();
            }
        } catch (Exception e) {
            problem.addSuppressed(e);
        }
    }
}
