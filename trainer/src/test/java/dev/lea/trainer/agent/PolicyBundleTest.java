package dev.lea.trainer.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.lea.serving.Failure;
import dev.lea.serving.bundle.Bundle;
import dev.lea.serving.bundle.ItemIndex;
import dev.lea.serving.bundle.Probes;
import dev.lea.serving.feature.HistoryFeature;
import dev.lea.serving.onnx.OnnxModel;
import dev.lea.serving.onnx.OnnxOptions;
import dev.lea.serving.onnx.Outputs;
import dev.lea.serving.onnx.Tensor;
import dev.lea.trainer.net.Graph;
import dev.lea.trainer.net.Parameters;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PolicyBundleTest {
    private static final int N = Tiny.ITEMS;
    private static final EncoderSettings ENCODER = Tiny.SETTINGS.encoder();
    private static final ItemIndex ITEMS =
            ItemIndex.of(IntStream.range(0, N).mapToObj(i -> "item" + i).toList());
    private static final List<int[]> HISTORIES =
            List.of(new int[] {3}, new int[] {1, 2, 3, 4, 5, 6, 7, 8}, new int[] {39, 0});

    @TempDir Path folder;

    private static TrainedAgent agent(long seed) {
        Graph graph = Update.of(Tiny.SETTINGS, N, 0).graph();
        Parameters parameters = Parameters.initial(graph, seed).under(Update.MAIN);
        var epoch = new EpochReport(1, 1, 0.5);
        return new TrainedAgent(Tiny.SETTINGS, parameters, epoch, List.of(epoch), 10);
    }

    private static Bundle write(Path target, TrainedAgent agent) {
        return PolicyBundle.write(
                target,
                agent,
                ITEMS,
                PolicyItems.of(N),
                HISTORIES,
                new PolicyBundle.Origin(
                        "demo", Map.of("data", "abc"), Map.of("test_ndcg_10", 0.07)));
    }

    @Test
    void write_makesABundleThatProvesItself() {
        Bundle bundle = write(folder.resolve("1"), agent(1));
        assertThat(bundle.manifest().kind()).isEqualTo("policy");
        assertThat(bundle.manifest().parents()).containsEntry("data", "abc");
        assertThat(bundle.manifest().metrics()).containsEntry("test_ndcg_10", 0.07);
        assertThat(bundle.manifest().settings()).containsEntry("history_length", "5");
        try (OnnxModel model = load(bundle)) {
            Probes.read(bundle).replay(model, Map.of());
        }
    }

    @Test
    void probes_ofAnotherPolicy_doNotPass() {
        Bundle bundle = write(folder.resolve("1"), agent(1));
        Bundle other = write(folder.resolve("2"), agent(2));
        try (OnnxModel model = load(other)) {
            Probes probes = Probes.read(bundle);
            assertThatThrownBy(() -> probes.replay(model, Map.of()))
                    .isInstanceOf(Failure.Corrupt.class);
        }
    }

    @Test
    void write_scoresEqualTheTrainingGraphs() {
        TrainedAgent agent = agent(1);
        float[] trained = Parity.trainingScores(agent, PolicyItems.of(N), HISTORIES);
        try (var policy = ServedPolicy.load(ENCODER, N, agent.parameters())) {
            float[] served = new float[trained.length];
            policy.score(HISTORIES, served);
            for (int i = 0; i < trained.length; i++) {
                assertThat(served[i]).isCloseTo(trained[i], within((float) PolicyBundle.PARITY));
            }
        }
    }

    @Test
    void write_whenServedScoresDiffer_isRefusedAndLeavesNothing() {
        TrainedAgent agent = agent(1);
        byte[] other = PolicyGraph.write(ENCODER, PolicyItems.of(N), agent(2).parameters());
        try (OnnxModel model = OnnxModel.load(other, OnnxOptions.SERVING)) {
            assertThatThrownBy(() ->
                            Parity.expect(
                                    agent,
                                    PolicyItems.of(N),
                                    HISTORIES,
                                    model,
                                    PolicyBundle.PARITY))
                    .isInstanceOf(Failure.Conflict.class)
                    .hasMessageContaining("1.0E-4");
        }
    }

    @Test
    void topItems_areTheBestScores_withoutExcludedOnes() {
        try (Answer all = ask(new long[] {N}, new long[] {N}, true, N)) {
            float[] scores = all.scores();
            long[] ranked =
                    IntStream.range(0, N)
                            .boxed()
                            .sorted((a, b) -> Float.compare(scores[b], scores[a]))
                            .mapToLong(i -> i)
                            .toArray();
            assertThat(all.items()).isEqualTo(ranked);
            try (Answer some = ask(new long[] {ranked[0], N, ranked[2]}, new long[] {N}, true, 3)) {
                assertThat(some.items()).containsExactly(ranked[1], ranked[3], ranked[4]);
                assertThat(some.scores()[(int) ranked[0]]).isEqualTo(Float.NEGATIVE_INFINITY);
                assertThat(some.scores()[(int) ranked[1]]).isEqualTo(scores[(int) ranked[1]]);
            }
        }
    }

    @Test
    void allowList_leavesOnlyItsItems_andMarksEmptyPlaces() {
        try (Answer answer = ask(new long[] {5}, new long[] {5, 7, 9}, false, 4)) {
            assertThat(List.of(answer.items()[0], answer.items()[1]))
                    .containsExactlyInAnyOrder(7L, 9L);
            assertThat(answer.best()[1]).isFinite();
            assertThat(answer.best()[2]).isEqualTo(Float.NEGATIVE_INFINITY);
            assertThat(answer.best()[3]).isEqualTo(Float.NEGATIVE_INFINITY);
        }
    }

    private static OnnxModel load(Bundle bundle) {
        return OnnxModel.load(bundle.file(Bundle.MODEL), OnnxOptions.SERVING);
    }

    private record Answer(OnnxModel model, Outputs outputs) implements AutoCloseable {
        long[] items() {
            return outputs.longs("top_items");
        }

        float[] best() {
            return outputs.floats("top_scores");
        }

        float[] scores() {
            return outputs.floats("scores");
        }

        @Override
        public void close() {
            outputs.close();
            model.close();
        }
    }

    private static Answer ask(long[] excluded, long[] allowed, boolean unrestricted, int k) {
        OnnxModel model =
                OnnxModel.load(
                        PolicyGraph.write(ENCODER, PolicyItems.of(N), agent(1).parameters()),
                        OnnxOptions.SERVING);
        var feature = new HistoryFeature(N, ENCODER.historyLength());
        Map<String, Tensor> inputs = PolicyGraph.inputs(feature, List.of(new int[] {4, 2}), k);
        inputs.put("excluded", Tensor.of(excluded, 1, excluded.length));
        inputs.put("allowed", Tensor.of(allowed, 1, allowed.length));
        inputs.put("unrestricted", Tensor.of(new boolean[] {unrestricted}, 1, 1));
        return new Answer(model, model.run(inputs, List.of("top_items", "top_scores", "scores")));
    }
}
