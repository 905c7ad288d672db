package dev.lea.trainer.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.lea.serving.bundle.Bundle;
import dev.lea.serving.bundle.ItemIndex;
import dev.lea.serving.onnx.OnnxModel;
import dev.lea.serving.onnx.OnnxOptions;
import dev.lea.serving.onnx.Tensor;
import dev.lea.trainer.data.CounterRandom;
import dev.lea.trainer.data.Sequence;
import dev.lea.trainer.data.Transitions;
import dev.lea.trainer.evaluation.RankingEvaluation;
import dev.lea.trainer.net.Parameters;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A policy that knows items by the environment's rows, and items that came after it was trained.
class TokenItemsTest {
    private static final AgentSettings TOKENS =
            Tiny.SETTINGS
                    .withAlgorithm(Algorithm.SUPERVISED)
                    .withEncoder(Tiny.SETTINGS.encoder().withHead(ItemHead.TOKENS));

    private static final int KINDS = 10;
    private static final int SEEN = 30;

    @TempDir Path folder;

    @Test
    void spread_ofRows_isMeanAndInverseDeviation() {
        var spread = new ItemRows(2, 2, new float[] {1, 5, 3, 5}).spread();
        assertThat(spread.mean()).containsExactly(2, 5);
        assertThat(spread.inverseDeviation()).containsExactly(1, 0);
    }

    @Test
    void score_moreRowsThanTrained_scoresTheTrainedOnesAsBefore() {
        ItemRows rows = Tiny.rows();
        int[] some = IntStream.range(0, 30).toArray();
        PolicyItems trained = PolicyItems.of(rows.at(some));
        Parameters parameters = parameters(trained);
        List<int[]> histories = List.of(new int[0], new int[] {3}, new int[] {1, 2, 29});
        float[] before = new float[3 * 30];
        float[] after = new float[3 * 40];
        try (var policy = ServedPolicy.load(TOKENS.encoder(), trained, parameters)) {
            policy.score(histories, before);
        }
        try (var policy = ServedPolicy.load(TOKENS.encoder(), trained, parameters, rows)) {
            policy.score(histories, after);
        }
        for (int row = 0; row < 3; row++) {
            for (int item = 0; item < 30; item++) {
                assertThat(after[row * 40 + item])
                        .isCloseTo(before[row * 30 + item], within(1e-5f));
            }
        }
    }

    /// Ten kinds of four items; rows tell the kind, and what is chosen next depends on it alone. Trained without one
    /// item of each kind, whose rows it is given afterwards.
    @Test
    void train_someItemsUnseen_ranksThemBesideThoseOfTheirKind() {
        ItemRows all = kinds();
        ItemRows some = all.at(IntStream.range(0, SEEN).toArray());
        TrainedAgent agent = train(some, chosenByKind(1, 300));
        List<int[]> histories = new ArrayList<>();
        List<Integer> targets = new ArrayList<>();
        for (Sequence sequence : chosenByKind(2, 60)) {
            for (int t = 1; t < sequence.length(); t++) {
                if (sequence.item(t) >= SEEN) {
                    histories.add(sequence.prefix(t));
                    targets.add(sequence.item(t));
                }
            }
        }
        float[] scores = new float[histories.size() * Tiny.ITEMS];
        PolicyItems trained = PolicyItems.of(some);
        try (var policy = ServedPolicy.load(TOKENS.encoder(), trained, agent.parameters(), all)) {
            policy.score(histories, scores);
        }
        double ranks = 0;
        for (int i = 0; i < targets.size(); i++) {
            ranks += RankingEvaluation.rank(scores, i * Tiny.ITEMS, Tiny.ITEMS, targets.get(i));
        }
        assertThat(ranks / targets.size()).isLessThan(6);
    }

    /// What is held out inside the catalogue is no negative, moves nothing, and is served all the same.
    @Test
    void update_itemsThatTakeNoPart_changeNothingThatIsLearned() {
        boolean[] seen = new boolean[Tiny.ITEMS];
        Arrays.fill(seen, 0, SEEN, true);
        ItemRows kinds = kinds();
        float[] changed = kinds.elements().clone();
        Arrays.fill(changed, 3 * SEEN, changed.length, 5);
        List<Sequence> sequences = withoutUnseen(chosenByKind(1, 50));
        List<Parameters> learned = new ArrayList<>();
        for (ItemRows rows : List.of(kinds, new ItemRows(Tiny.ITEMS, 3, changed))) {
            PolicyItems items = PolicyItems.of(rows, seen);
            var data =
                    new AgentData(Tiny.ITEMS, Transitions.of(sequences), null, null, items, "seen");
            try (var step = AgentStep.compile(TOKENS, data)) {
                for (int number = 0; number < 5; number++) {
                    assertThat(step.update(number)).isBetween(0f, 10f);
                }
                learned.add(step.parameters(0));
            }
        }
        learned.get(0)
                .arrays()
                .forEach((name, array) ->
                        assertThat(learned.get(1).get(name)).isEqualTo(array.elements()));
        PolicyItems items = PolicyItems.of(kinds, seen);
        float[] scores = new float[Tiny.ITEMS];
        try (var policy = ServedPolicy.load(TOKENS.encoder(), items, learned.getFirst())) {
            policy.score(List.of(new int[] {1}), scores);
        }
        assertThat(scores).isNotEmpty();
        for (float score : scores) {
            assertThat(score).isBetween(-100f, 100f);
        }
    }

    @Test
    void bundle_holdsTheRowsAndNamesTheEnvironment() {
        PolicyItems items = PolicyItems.of(Tiny.rows());
        Bundle bundle = write(items, Map.of("environment", "e"));
        assertThat(bundle.manifest().settings()).containsEntry("head", "tokens");
        assertThat(bundle.file("item_tokens.f32")).hasBinaryContent(Tiny.rows().toBytes());
        try (OnnxModel model = OnnxModel.load(bundle.file(Bundle.MODEL), OnnxOptions.SERVING)) {
            assertThat(model.inputs())
                    .anySatisfy(spec -> {
                        assertThat(spec.name()).isEqualTo("item_tokens");
                        assertThat(spec.shape()).containsExactly(-1L, (long) Tiny.COLUMNS);
                    });
        }
        assertThatThrownBy(() -> write(items, Map.of()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("environment");
    }

    @Test
    void topItems_newItemExcludedOrAlone_isTreatedLikeAllOthers() {
        ItemRows rows = Tiny.rows();
        PolicyItems trained = PolicyItems.of(rows.at(IntStream.range(0, 30).toArray()));
        byte[] graph = PolicyGraph.write(TOKENS.encoder(), trained, parameters(trained));
        Map<String, Tensor> inputs = new HashMap<>();
        try (OnnxModel model = OnnxModel.load(graph, OnnxOptions.SERVING)) {
            var feature =
                    new dev.lea.serving.feature.HistoryFeature(
                            40, TOKENS.encoder().historyLength());
            inputs.putAll(PolicyGraph.inputs(feature, List.of(new int[] {39, 2}), 40));
            inputs.putAll(PolicyGraph.shared(TOKENS.encoder(), PolicyItems.of(rows)));
            replace(inputs, "excluded", Tensor.of(new long[] {35, 40}, 1, 2));
            try (var out = model.run(inputs, List.of("top_items", "top_scores", "scores"))) {
                assertThat(Arrays.stream(out.longs("top_items")).sorted().toArray())
                        .isEqualTo(IntStream.range(0, 40).asLongStream().toArray());
                assertThat(out.floats("scores")[35]).isEqualTo(Float.NEGATIVE_INFINITY);
                assertThat(out.longs("top_items")[39]).isEqualTo(35);
            }
            replace(inputs, "allowed", Tensor.of(new long[] {36, 40}, 1, 2));
            replace(inputs, "unrestricted", Tensor.of(new boolean[] {false}, 1, 1));
            try (var out = model.run(inputs, List.of("top_items", "top_scores"))) {
                assertThat(out.longs("top_items")[0]).isEqualTo(36);
                assertThat(out.floats("top_scores")[1]).isEqualTo(Float.NEGATIVE_INFINITY);
            }
        } finally {
            inputs.values().forEach(Tensor::close);
        }
    }

    @Test
    void data_withoutRows_isRefused() {
        assertThatThrownBy(() -> AgentStep.compile(TOKENS, Tiny.data(4)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("SASRec-Tokens");
    }

    private Bundle write(PolicyItems items, Map<String, String> parents) {
        var epoch = new EpochReport(1, 1, 0.5);
        return PolicyBundle.write(
                folder.resolve("bundle"),
                new TrainedAgent(TOKENS, parameters(items), epoch, List.of(epoch), 1),
                ItemIndex.of(IntStream.range(0, items.count()).mapToObj(i -> "i" + i).toList()),
                items,
                List.of(new int[] {3}),
                new PolicyBundle.Origin("demo", parents, Map.of()));
    }

    private static Parameters parameters(PolicyItems items) {
        return Parameters.initial(Update.of(TOKENS, items, 0).graph(), 7).under(Update.MAIN);
    }

    private static void replace(Map<String, Tensor> inputs, String name, Tensor tensor) {
        inputs.put(name, tensor).close();
    }

    private TrainedAgent train(ItemRows rows, List<Sequence> sequences) {
        List<Sequence> seen = withoutUnseen(sequences);
        var data =
                new AgentData(
                        SEEN, Transitions.of(seen), null, null, PolicyItems.of(rows), "kinds");
        try (var training =
                AgentTraining.open(
                        TOKENS.withMaxEpochs(8),
                        data,
                        folder,
                        scorer ->
                                new RankingEvaluation(SEEN)
                                        .rank(scorer, seen.subList(0, 40))
                                        .ndcg(),
                        (_, _, _) -> {})) {
            return training.run();
        }
    }

    /// Two columns are an angle that stands for the kind, one tells its items apart.
    private static ItemRows kinds() {
        float[] elements = new float[Tiny.ITEMS * 3];
        for (int item = 0; item < Tiny.ITEMS; item++) {
            double angle = 2 * Math.PI * (item % KINDS) / KINDS;
            elements[3 * item] = (float) Math.sin(angle);
            elements[3 * item + 1] = (float) Math.cos(angle);
            elements[3 * item + 2] = (float) Math.sin(item);
        }
        return new ItemRows(Tiny.ITEMS, 3, elements);
    }

    /// After kind k comes kind k + 3, any item of it.
    private static List<Sequence> chosenByKind(long seed, int users) {
        List<Sequence> sequences = new ArrayList<>();
        for (int user = 0; user < users; user++) {
            var random = CounterRandom.of(seed, "kinds", user);
            int[] items = new int[8];
            int kind = random.nextInt(KINDS);
            for (int t = 0; t < items.length; t++) {
                items[t] = kind + KINDS * random.nextInt(Tiny.ITEMS / KINDS);
                kind = (kind + 3) % KINDS;
            }
            sequences.add(new Sequence("user" + user, items, null));
        }
        return sequences;
    }

    private static List<Sequence> withoutUnseen(List<Sequence> sequences) {
        return sequences.stream()
                .map(s -> Arrays.stream(s.items()).takeWhile(item -> item < SEEN).toArray())
                .filter(items -> items.length > 1)
                .map(items -> new Sequence("someone", items, null))
                .toList();
    }
}
