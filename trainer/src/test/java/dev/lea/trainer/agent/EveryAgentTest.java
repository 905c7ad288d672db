package dev.lea.trainer.agent;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lea.serving.bundle.Bundle;
import dev.lea.serving.bundle.ItemIndex;
import dev.lea.serving.bundle.Probes;
import dev.lea.serving.onnx.OnnxModel;
import dev.lea.serving.onnx.OnnxOptions;
import dev.lea.serving.onnx.Tensor;
import dev.lea.trainer.net.Checkpoint;
import dev.lea.trainer.net.Parameters;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// What holds for every encoder with every algorithm, and for every variant and every use of states of one; over all
/// items and over a sample of them.
class EveryAgentTest {
    private static final int UPDATES = 10;
    private static final int HALF = UPDATES / 2;

    @TempDir Path folder;

    static Stream<AgentSettings> wholeAndSampled() {
        var sampling = new SamplingSettings(Tiny.ITEMS - 1, Tiny.ITEMS / 3, 0.5);
        return whole().flatMap(settings ->
                Set.of("NONE", "LEASR").contains(settings.lea().variant().name())
                        ? Stream.of(settings, settings.withSampling(sampling))
                        : Stream.of(settings));
    }

    static Stream<AgentSettings> whole() {
        return Stream.of(Architecture.values())
                .flatMap(architecture ->
                        Stream.of(Algorithm.values())
                                .flatMap(algorithm -> settings(architecture, algorithm)));
    }

    private static Stream<AgentSettings> settings(Architecture architecture, Algorithm algorithm) {
        AgentSettings plain =
                Tiny.SETTINGS
                        .withEncoder(Tiny.SETTINGS.encoder().withArchitecture(architecture))
                        .withActor(
                                ActorCriticSettings.DEFAULT
                                        .withWarmUpUpdates(HALF - 2)
                                        .withSmooth(0.5))
                        .withAlgorithm(algorithm);
        AgentSettings tokens = plain.withEncoder(plain.encoder().withHead(ItemHead.TOKENS));
        if (!algorithm.learnsFromNegatives()) {
            return Stream.of(plain, tokens);
        }
        Stream<AgentSettings> variants =
                Stream.of(Lea.NONE, Lea.LEASR)
                        .flatMap(v ->
                                Stream.of(plain, tokens)
                                        .map(s -> s.withLea(s.lea().withVariant(v))));
        return architecture == Architecture.SASREC && algorithm == Algorithm.SNQN
                ? Stream.concat(variants, others(plain))
                : variants;
    }

    private static Stream<AgentSettings> others(AgentSettings plain) {
        return Stream.concat(
                Stream.of("LES", "LER", "LESR", "LEA", "LEAS", "LEAR")
                        .map(name -> plain.withLea(plain.lea().withVariant(Lea.named(name)))),
                Stream.of(StateUse.ALIGN, StateUse.INITIALISE)
                        .map(use ->
                                plain.withLea(
                                        plain.lea().withVariant(Lea.LEASR).withStateUse(use))));
    }

    @ParameterizedTest
    @MethodSource("wholeAndSampled")
    void tenUpdates_areFiveAndFiveMoreFromACheckpoint_andAreServedAsTrained(
            AgentSettings settings) {
        AgentData data = Tiny.annotated(12);
        Parameters straight;
        try (var step = AgentStep.compile(settings, data)) {
            update(step, 0, UPDATES);
            straight = step.parameters(0);
        }
        try (var step = AgentStep.compile(settings, data)) {
            update(step, 0, HALF);
            for (int i = 0; i < step.networks().size(); i++) {
                Checkpoint.save(folder.resolve(i + ".ckpt"), step.networks().get(i));
            }
        }
        try (var step = AgentStep.compile(settings, data)) {
            for (int i = 0; i < step.networks().size(); i++) {
                Checkpoint.restore(folder.resolve(i + ".ckpt"), step.networks().get(i));
            }
            update(step, HALF, UPDATES);
            straight.arrays()
                    .forEach((name, array) ->
                            assertThat(step.parameters(0).get(name))
                                    .as(name)
                                    .isEqualTo(array.elements()));
        }
        serve(settings, straight);
    }

    private static void update(AgentStep step, int from, int to) {
        for (long number = from; number < to; number++) {
            assertThat(step.update(number)).isFinite();
        }
    }

    /// Writing checks parity with the training graph.
    private void serve(AgentSettings settings, Parameters parameters) {
        var epoch = new EpochReport(1, 1, 0.5);
        PolicyItems known = PolicyItems.of(Tiny.rows());
        var ids = IntStream.range(0, Tiny.ITEMS).mapToObj(i -> "item" + i).toList();
        Bundle bundle =
                PolicyBundle.write(
                        folder.resolve("bundle"),
                        new TrainedAgent(settings, parameters, epoch, List.of(epoch), UPDATES),
                        ItemIndex.of(ids),
                        known,
                        List.of(new int[] {3}, new int[] {1, 2, 3, 4, 5, 6, 7, 8}),
                        new PolicyBundle.Origin(
                                settings.label(), Map.of("environment", "le"), Map.of()));
        Map<String, Tensor> shared = PolicyGraph.shared(settings.encoder(), known);
        try (OnnxModel model = OnnxModel.load(bundle.file(Bundle.MODEL), OnnxOptions.SERVING)) {
            Probes.read(bundle).replay(model, shared);
        } finally {
            shared.values().forEach(Tensor::close);
        }
    }
}
