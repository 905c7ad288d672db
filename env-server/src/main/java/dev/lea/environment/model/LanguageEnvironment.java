package dev.lea.environment.model;

import dev.lea.environment.model.Answers.ScoreKey;
import dev.lea.environment.model.Answers.Seen;
import dev.lea.environment.model.Answers.StateKey;
import dev.lea.environment.model.Kept.Found;
import dev.lea.environment.model.Retrieval.Candidates;
import dev.lea.serving.bundle.Bundle;
import dev.lea.serving.bundle.ItemIndex;
import dev.lea.serving.bundle.Revision;
import dev.lea.serving.feature.EnvironmentSpec;
import dev.lea.serving.feature.HistoryWindow;
import dev.lea.serving.swap.Busy;
import dev.lea.serving.swap.Digested;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;

/// One loaded version of the environment: states, rewards and positive actions of histories.
///
/// Every method waits, so call it from threads that may; the native work is done on the version's own platform
/// threads. Whoever calls must hold a lease on the version. Closing finishes what waits, ends the threads and only
/// then frees the graphs.
///
/// All methods throw [dev.lea.serving.Failure] as [WorkPool#run] says.
public final class LanguageEnvironment implements AutoCloseable, Digested, Busy {
    private final Bundle bundle;
    private final Catalogue catalogue;
    private final EnvironmentSpec spec;
    private final EnvironmentGraph graph;
    private final WorkPool pool;
    private final KeptAnswers answers;
    private final HistoryWindow window;
    private final RewardScale scale;
    private final Annotator annotator;
    private final Retrieval retrieval;
    private final KeyValues prompt;

    /// Takes over graph and pool.
    ///
    /// @param prompt what the graph remembers of the prompt; nothing where it remembers nothing
    LanguageEnvironment(
            Bundle bundle,
            Catalogue catalogue,
            EnvironmentSpec spec,
            EnvironmentGraph graph,
            PassLimits limits,
            WorkPool pool,
            Answers answers,
            PassStatistics statistics,
            KeyValues prompt) {
        this.bundle = bundle;
        this.catalogue = catalogue;
        this.spec = spec;
        this.graph = graph;
        this.pool = pool;
        this.window = spec.layout().window();
        this.scale = new RewardScale(spec.rewardTemperature());
        var passes = new Passes(graph, new RowPlan(spec.layout(), limits), pool, statistics);
        this.answers = new KeptAnswers(answers, passes, spec, prompt);
        this.retrieval = new Retrieval(graph, pool);
        this.prompt = prompt;
        this.annotator = new Annotator(spec, scale, passes, retrieval, Memory.of(prompt));
    }

    /// The version's own items, then those that were added.
    public ItemIndex items() {
        return catalogue.items();
    }

    /// How many of the items are the version's own; the first ones.
    public int ownItems() {
        return catalogue.own();
    }

    /// What was added.
    public Revision revision() {
        return catalogue.revision();
    }

    @Override
    public String digest() {
        return catalogue.digest();
    }

    Bundle bundle() {
        return bundle;
    }

    EnvironmentGraph graph() {
        return graph;
    }

    KeyValues prompt() {
        return prompt;
    }

    public EnvironmentSpec spec() {
        return spec;
    }

    /// Figures recorded when it was fitted.
    public Map<String, Double> metrics() {
        return bundle.manifest().metrics();
    }

    /// States, kept where they are known.
    ///
    /// @return for each question [rows, D]: one row, or one a prefix
    public List<float[]> states(List<StateQuestion> questions, Caller caller)
            throws InterruptedException {
        Map<Seen, Seen> one = new HashMap<>();
        List<List<StateKey>> wanted = questions.stream().map(q -> stateKeys(q, one)).toList();
        Map<StateKey, Found<float[]>> found = answers.states(flat(wanted), caller);
        List<float[]> states = new ArrayList<>(questions.size());
        for (List<StateKey> parts : wanted) {
            states.add(concatenated(parts.stream().map(key -> found.get(key).value()).toList()));
        }
        return states;
    }

    /// Rewards, from scores that are kept where they are known.
    ///
    /// @return for each question its candidates in their order
    public List<List<ScoredItem>> score(List<RewardQuestion> questions, Caller caller)
            throws InterruptedException {
        Map<Seen, Seen> one = new HashMap<>();
        List<List<ScoreKey>> wanted = questions.stream().map(q -> scoreKeys(q, one)).toList();
        Map<ScoreKey, Found<Float>> found = answers.scores(flat(wanted), caller);
        List<List<ScoredItem>> scored = new ArrayList<>(questions.size());
        for (List<ScoreKey> keys : wanted) {
            List<ScoredItem> items = new ArrayList<>(keys.size());
            float baseline = keys.isEmpty() ? 0 : found.get(keys.getFirst()).value();
            for (ScoreKey key : keys.subList(Math.min(1, keys.size()), keys.size())) {
                Found<Float> raw = found.get(key);
                items.add(
                        new ScoredItem(
                                key.item(),
                                scale.reward(raw.value(), baseline),
                                raw.value(),
                                raw.kept()));
            }
            scored.add(items);
        }
        return scored;
    }

    /// Positive actions.
    ///
    /// @return for each question the highest reward first; fewer than asked only where exclusions leave fewer
    public List<List<PositiveAction>> augment(
            List<ActionQuestion> questions, Selection selection, Caller caller)
            throws InterruptedException {
        float[] states =
                concatenated(
                        states(
                                questions.stream()
                                        .map(q -> new StateQuestion(q.history(), false))
                                        .toList(),
                                caller));
        List<int[]> excluded =
                questions.stream()
                        .map(q -> distinct(q.history(), q.history().length, q.excluded()))
                        .toList();
        List<Candidates> candidates =
                retrieval.find(states, excluded, selection.candidates(), caller);
        List<RewardQuestion> rewards = new ArrayList<>(questions.size());
        for (int q = 0; q < questions.size(); q++) {
            rewards.add(new RewardQuestion(questions.get(q).history(), candidates.get(q).items()));
        }
        List<List<ScoredItem>> scored = score(rewards, caller);
        List<List<PositiveAction>> actions = new ArrayList<>(questions.size());
        for (int q = 0; q < questions.size(); q++) {
            long history = Selection.of(questions.get(q).history());
            actions.add(best(selection, candidates.get(q), scored.get(q), history));
        }
        return actions;
    }

    /// Everything about one sequence. Nothing kept is used and nothing is kept: the passes depend on the sequence
    /// and the selection alone, so the same sequence gives the same bits.
    ///
    /// @param items     dense indices, oldest first, at least one
    /// @param selection empty: no positive actions
    public Annotation annotate(int[] items, Optional<Selection> selection, Caller caller)
            throws InterruptedException {
        return annotator.annotate(items, selection, caller);
    }

    @Override
    public boolean busy() {
        return pool.waiting(Caller.Lane.CALL) > 0;
    }

    @Override
    public void close() {
        pool.close();
        graph.close();
    }

    /// The best of what was found.
    static List<PositiveAction> best(
            Selection selection, Candidates candidates, List<ScoredItem> scored, long history) {
        float[] raw = new float[scored.size()];
        for (int i = 0; i < raw.length; i++) {
            raw[i] = scored.get(i).raw();
        }
        return Arrays.stream(selection.choose(candidates.items(), raw, history))
                .mapToObj(i -> new PositiveAction(scored.get(i), candidates.similarities()[i]))
                .toList();
    }

    /// The first `length` items of a history and some more, each once.
    static int[] distinct(int[] history, int length, int... more) {
        return IntStream.concat(Arrays.stream(history, 0, length), Arrays.stream(more))
                .distinct()
                .toArray();
    }

    /// @param one the one object for each window of a call, so that questions about the same one share its rows
    private List<StateKey> stateKeys(StateQuestion question, Map<Seen, Seen> one) {
        int[] history = question.history();
        if (!question.allPrefixes()) {
            Seen seen = seen(history, window.start(history.length), history.length, one);
            return List.of(new StateKey(seen, seen.items().length));
        }
        return window.segments(history.length).stream()
                .map(segment ->
                        new StateKey(
                                seen(history, segment.start(), segment.last(), one),
                                segment.first() - segment.start()))
                .toList();
    }

    /// The baseline's key first; none where there is nothing to score.
    private List<ScoreKey> scoreKeys(RewardQuestion question, Map<Seen, Seen> one) {
        if (question.candidates().length == 0) {
            return List.of();
        }
        int[] history = question.history();
        Seen seen = seen(history, window.start(history.length), history.length, one);
        List<ScoreKey> keys = new ArrayList<>(1 + question.candidates().length);
        keys.add(new ScoreKey(seen, ScoreKey.BASELINE));
        for (int item : question.candidates()) {
            keys.add(new ScoreKey(seen, item));
        }
        return keys;
    }

    private Seen seen(int[] history, int from, int to, Map<Seen, Seen> one) {
        var seen = new Seen(catalogue.digest(), Arrays.copyOfRange(history, from, to));
        return one.computeIfAbsent(seen, same -> same);
    }

    private static <T> Collection<T> flat(List<List<T>> lists) {
        var all = new LinkedHashSet<T>();
        lists.forEach(all::addAll);
        return all;
    }

    private static float[] concatenated(List<float[]> parts) {
        if (parts.size() == 1) {
            return parts.getFirst();
        }
        float[] all = new float[parts.stream().mapToInt(part -> part.length).sum()];
        int at = 0;
        for (float[] part : parts) {
            System.arraycopy(part, 0, all, at, part.length);
            at += part.length;
        }
        return all;
    }
}
