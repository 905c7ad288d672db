package dev.lea.trainer.annotation;

import dev.lea.serving.Failure;
import dev.lea.trainer.agent.Annotations;
import dev.lea.trainer.data.Sequence;
import java.nio.FloatBuffer;
import java.util.List;
import java.util.Map;

/// Annotations of the training part's transitions, in memory: transition numbers run through the sequences in
/// order, one an event.
public final class StoredAnnotations implements Annotations {
    private final AnnotatedSequence[] sequences;
    private final int[] first; // number of each sequence's first transition

    /// @throws Failure.Conflict if the store lacks a sequence
    public StoredAnnotations(AnnotationStore store, List<Sequence> train) {
        sequences = new AnnotatedSequence[train.size()];
        first = new int[train.size()];
        int transitions = 0;
        for (int s = 0; s < sequences.length; s++) {
            String user = train.get(s).userId();
            sequences[s] =
                    store.find(train.get(s).items())
                            .orElseThrow(() ->
                                    new Failure.Conflict(
                                            "ANNOTATION_MISSING",
                                            "the sequence of user " + user + " is not annotated",
                                            Map.of("user", user)));
            first[s] = transitions;
            transitions += sequences[s].length();
        }
    }

    @Override
    public int stateWidth() {
        return sequences[0].width();
    }

    @Override
    public void state(int transition, FloatBuffer out) {
        int s = sequence(transition);
        out.put(sequences[s].states(), (transition - first[s]) * stateWidth(), stateWidth());
    }

    @Override
    public void nextState(int transition, FloatBuffer out) {
        int s = sequence(transition);
        out.put(sequences[s].states(), (transition - first[s] + 1) * stateWidth(), stateWidth());
    }

    @Override
    public float reward(int transition) {
        int s = sequence(transition);
        return sequences[s].rewards()[transition - first[s]];
    }

    @Override
    public int positiveCount(int transition) {
        int s = sequence(transition);
        return sequences[s].positives()[transition - first[s]].length;
    }

    @Override
    public int positive(int transition, int rank) {
        int s = sequence(transition);
        return sequences[s].positives()[transition - first[s]][rank];
    }

    @Override
    public float positiveReward(int transition, int rank) {
        int s = sequence(transition);
        return sequences[s].positiveRewards()[transition - first[s]][rank];
    }

    @Override
    public void positiveState(int transition, int rank, FloatBuffer out) {
        int s = sequence(transition);
        out.put(
                sequences[s].positiveStates()[transition - first[s]],
                rank * stateWidth(),
                stateWidth());
    }

    private int sequence(int transition) {
        int found = java.util.Arrays.binarySearch(first, transition);
        return found >= 0 ? found : -found - 2;
    }
}
