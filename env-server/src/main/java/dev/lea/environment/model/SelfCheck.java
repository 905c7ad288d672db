package dev.lea.environment.model;

import dev.lea.environment.model.EnvironmentGraph.Nearest;
import dev.lea.environment.model.EnvironmentGraph.Output;
import dev.lea.environment.model.EnvironmentGraph.Result;
import dev.lea.environment.model.Row.Recall;
import dev.lea.serving.Failure;
import dev.lea.serving.feature.EnvironmentSpec;
import dev.lea.serving.feature.KeyValueShape;
import dev.lea.serving.feature.PackedBatch;
import dev.lea.serving.feature.PackedSequence;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.stream.IntStream;

/// Asks graphs questions whose answers must agree, before anybody else asks: what is read in a packed sequence must
/// be what a sequence of that prefix and that block alone gives, what goes on from a remembered prefix must be what the
/// whole gives, and retrieval must keep to its exclusions. A graph
/// may have all the right inputs and outputs and still let blocks see one another. It is the warm-up too.
record SelfCheck(EnvironmentGraph graph, EnvironmentSpec spec) {
    /// Of float32 arithmetic at another shape, relative to the value where that is above 1.
    private static final double TOLERANCE = 1e-3;

    private static final int HISTORY = 5;

    /// @throws Failure.Corrupt naming what does not agree
    void run() {
        try {
            checkPacking();
            if (graph.keyValues().isPresent()) {
                checkMemory();
            }
            checkRetrieval();
            runFull();
        } catch (Failure.Broken e) {
            throw failed("the graph fails on a plain request: " + e.getMessage());
        }
    }

    private void checkPacking() {
        int[] history = history(Math.min(HISTORY, spec.contextItems()));
        int prefix = history.length / 2;
        int one = item(history.length + 1);
        int other = item(history.length + 2);
        var packed = PackedSequence.of(spec.layout(), history);
        int early = packed.candidate(prefix, one);
        int late = packed.candidate(history.length, other);
        int next = packed.continuation(prefix, other);
        var shorter = PackedSequence.of(spec.layout(), history(prefix));
        int alone = shorter.candidate(prefix, one);
        var batch = PackedBatch.of(List.of(packed, shorter));

        float[] scores = graph.scores(batch);
        finite("the score", scores[late]);
        agree(
                "a candidate's score beside others and alone",
                scores[early],
                scores[batch.length() + alone]);
        float[] states = graph.states(batch);
        agreeRows(
                "the state of a prefix in a longer and in a shorter sequence",
                row(states, packed.stateSlot(prefix)),
                row(states, batch.length() + shorter.stateSlot(prefix)));
        if (prefix < spec.contextItems()) {
            int[] longer = Arrays.copyOf(history(prefix), prefix + 1);
            longer[prefix] = other;
            var appended = PackedSequence.of(spec.layout(), longer);
            agreeRows(
                    "the state of an item appended as a block and as part of the history",
                    row(states, next),
                    row(
                            graph.states(PackedBatch.of(List.of(appended))),
                            appended.stateSlot(prefix + 1)));
        }
    }

    private void checkMemory() {
        int[] history = history(Math.min(HISTORY, spec.contextItems()));
        var whole = PackedSequence.of(spec.layout(), history);
        int state = whole.stateSlot(history.length);
        int score = whole.candidate(history.length, item(history.length + 1));
        var batch = PackedBatch.of(List.of(whole));
        Result fresh = graph.run(batch, List.of(), EnumSet.allOf(Output.class));
        KeyValueShape shape = graph.keyValues().orElseThrow();
        for (int places : new int[] {1, (1 + state) / 2, state}) {
            var known = KeyValues.NOTHING.and(shape, 0, fresh.present(), 0, batch.length(), places);
            Result rest =
                    graph.run(
                            PackedBatch.of(
                                    List.of(whole.from(places), PackedSequence.of(spec.layout()))),
                            List.of(
                                    new Recall(known, places, state + 1),
                                    new Recall(KeyValues.NOTHING, 0, state + 1)),
                            EnumSet.allOf(Output.class));
            String what = " with %d of %d places remembered and not".formatted(places, state + 1);
            agreeRows(
                    "the state" + what,
                    row(fresh.states(), state),
                    row(rest.states(), state - places));
            agree("the score" + what, fresh.scores()[score], rest.scores()[score - places]);
        }
    }

    private void checkRetrieval() {
        var empty = PackedSequence.of(spec.layout());
        float[] state = row(graph.states(PackedBatch.of(List.of(empty))), empty.stateSlot(0));
        int k = Math.min(HISTORY, graph.itemCount());
        Nearest all = graph.nearest(state, new int[][] {{}}, k);
        int best = all.items()[0];
        if (best == graph.itemCount()) {
            throw failed("retrieval without exclusions finds nothing");
        }
        Nearest rest = graph.nearest(state, new int[][] {{best}}, k);
        for (int place = 0; place < k; place++) {
            float similarity = rest.similarities()[place];
            if (rest.items()[place] == best) {
                throw failed("retrieval finds item " + best + " although it is excluded");
            }
            if (similarity != Float.NEGATIVE_INFINITY && !(Math.abs(similarity) <= 1 + TOLERANCE)) {
                throw failed("retrieval gives a cosine of " + similarity);
            }
            if (place > 0 && similarity > rest.similarities()[place - 1]) {
                throw failed("retrieval does not give the most similar item first");
            }
        }
    }

    /// The longest history with all reference items, so that the first caller does not pay for the memory.
    private void runFull() {
        int[] history = history(spec.contextItems());
        var packed = PackedSequence.of(spec.layout(), history);
        int slot = -1;
        for (int item : spec.referenceItems()) {
            slot = packed.candidate(history.length, item);
        }
        finite(
                "the score after a full history",
                graph.scores(PackedBatch.of(List.of(packed)))[slot]);
    }

    private int[] history(int length) {
        return IntStream.range(0, length).map(this::item).toArray();
    }

    private int item(int i) {
        return i % graph.itemCount();
    }

    private float[] row(float[] states, int place) {
        return Arrays.copyOfRange(states, place * graph.width(), (place + 1) * graph.width());
    }

    private static void agreeRows(String what, float[] a, float[] b) {
        for (int i = 0; i < a.length; i++) {
            agree(what, a[i], b[i]);
        }
    }

    private static void agree(String what, float a, float b) {
        finite(what, a);
        finite(what, b);
        if (!(Math.abs((double) a - b) <= TOLERANCE * Math.max(1, Math.abs(a)))) {
            throw failed("%s differ: %s and %s".formatted(what, a, b));
        }
    }

    private static void finite(String what, float value) {
        if (!Float.isFinite(value)) {
            throw failed(what + " is " + value);
        }
    }

    private static Failure failed(String problem) {
        return new Failure.Corrupt("SELF_CHECK_FAILED", problem);
    }
}
