package dev.lea.environment.model;

import dev.lea.environment.model.Retrieval.Candidates;
import dev.lea.serving.feature.EnvironmentSpec;
import dev.lea.serving.feature.HistoryWindow;
import dev.lea.serving.feature.HistoryWindow.Segment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/// Computes an [Annotation]: the states of all prefixes in one pass a window; then, a slice of neighbouring prefixes
/// at a time, the scores of the reference items, the logged item and the retrieved candidates together, and the
/// states after the chosen ones.
///
/// @param memory the same for every sequence: the same sequence gives the same bits
record Annotator(
        EnvironmentSpec spec,
        RewardScale scale,
        Passes passes,
        Retrieval retrieval,
        Memory memory) {
    /// Prefixes of a slice: bounds memory, and with it what a long sequence holds.
    private static final int SLICE = 64;

    Annotation annotate(int[] items, Optional<Selection> selection, Caller caller)
            throws InterruptedException {
        HistoryWindow window = spec.layout().window();
        List<Segment> segments = window.segments(items.length);
        float[] states =
                passes.states(
                        segments.stream()
                                .map(s -> new Trunk(items, s.start(), s.first(), s.last()))
                                .toList(),
                        memory,
                        caller);
        List<ScoredItem> rewards = new ArrayList<>(items.length);
        List<Annotation.Actions> actions = new ArrayList<>();
        for (Segment segment : segments) {
            int last = Math.min(segment.last(), items.length - 1); // nothing follows the whole
            for (int from = segment.first(); from <= last; from += SLICE) {
                int to = Math.min(last + 1, from + SLICE);
                var slice = new Slice(items, segment.start(), from, to);
                List<Candidates> candidates =
                        selection.isPresent()
                                ? retrieve(slice, states, selection.get(), caller)
                                : null;
                List<Scores> scores = score(slice, candidates, caller);
                scores.forEach(s -> rewards.add(s.logged));
                if (selection.isPresent()) {
                    actions.addAll(act(slice, candidates, scores, selection.get(), caller));
                }
            }
        }
        return new Annotation(states, rewards, actions);
    }

    /// The prefixes of `from..to - 1` items, all seen from item `start`.
    private record Slice(int[] items, int start, int from, int to) {
        int size() {
            return to - from;
        }
    }

    private record Scores(ScoredItem logged, List<ScoredItem> candidates) {}

    private List<Candidates> retrieve(
            Slice slice, float[] states, Selection selection, Caller caller)
            throws InterruptedException {
        int width = spec.width();
        List<int[]> excluded = new ArrayList<>(slice.size());
        for (int t = slice.from; t < slice.to; t++) {
            excluded.add(
                    LanguageEnvironment.distinct(slice.items, t + 1)); // item t is the logged one
        }
        return retrieval.find(
                Arrays.copyOfRange(states, slice.from * width, slice.to * width),
                excluded,
                selection.candidates(),
                caller);
    }

    private List<Scores> score(Slice slice, List<Candidates> candidates, Caller caller)
            throws InterruptedException {
        List<Block> blocks = new ArrayList<>();
        for (int t = slice.from; t < slice.to; t++) {
            for (int item : spec.referenceItems()) {
                blocks.add(new Block(slice.items, slice.start, t, item));
            }
            blocks.add(new Block(slice.items, slice.start, t, slice.items[t]));
            if (candidates != null) {
                for (int item : candidates.get(t - slice.from).items()) {
                    blocks.add(new Block(slice.items, slice.start, t, item));
                }
            }
        }
        float[] raw = passes.scores(blocks, memory, caller);
        List<Scores> scores = new ArrayList<>(slice.size());
        int at = 0;
        for (int t = slice.from; t < slice.to; t++) {
            int references = spec.referenceItems().size();
            float baseline = RewardScale.baseline(raw, at, at + references);
            at += references;
            ScoredItem logged = scored(slice.items[t], raw[at++], baseline);
            List<ScoredItem> scored = new ArrayList<>();
            if (candidates != null) {
                for (int item : candidates.get(t - slice.from).items()) {
                    scored.add(scored(item, raw[at++], baseline));
                }
            }
            scores.add(new Scores(logged, scored));
        }
        return scores;
    }

    private List<Annotation.Actions> act(
            Slice slice,
            List<Candidates> candidates,
            List<Scores> scores,
            Selection selection,
            Caller caller)
            throws InterruptedException {
        HistoryWindow window = spec.layout().window();
        List<List<PositiveAction>> best = new ArrayList<>(slice.size());
        List<Block> blocks = new ArrayList<>();
        long history = Selection.of(Arrays.copyOf(slice.items, slice.from));
        for (int t = slice.from; t < slice.to; t++) {
            int i = t - slice.from;
            best.add(
                    LanguageEnvironment.best(
                            selection, candidates.get(i), scores.get(i).candidates, history));
            for (PositiveAction action : best.getLast()) {
                // the state of t + 1 items, so seen as t + 1 items are
                blocks.add(new Block(slice.items, window.start(t + 1), t, action.scored().item()));
            }
            history = Selection.appended(history, slice.items[t]);
        }
        float[] states = passes.continuations(blocks, memory, caller);
        List<Annotation.Actions> actions = new ArrayList<>(slice.size());
        int at = 0;
        for (List<PositiveAction> one : best) {
            int end = at + one.size() * spec.width();
            actions.add(new Annotation.Actions(one, Arrays.copyOfRange(states, at, end)));
            at = end;
        }
        return actions;
    }

    private ScoredItem scored(int item, float raw, float baseline) {
        return new ScoredItem(item, scale.reward(raw, baseline), raw, false);
    }
}
