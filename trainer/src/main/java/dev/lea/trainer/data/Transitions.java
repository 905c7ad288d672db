package dev.lea.trainer.data;

import java.util.Arrays;
import java.util.List;

/// Events of some sequences as transitions: history, action, reward, next history, end. Immutable.
///
/// Transition i is event [#position] of sequence [#sequence]; its history is the items before it, empty for
/// the first event. Two flat arrays, so that a batch is an array of transition numbers.
public final class Transitions {
    private final List<Sequence> sequences;
    private final int[] sequence;
    private final int[] position;

    private Transitions(List<Sequence> sequences, int[] sequence, int[] position) {
        this.sequences = sequences;
        this.sequence = sequence;
        this.position = position;
    }

    /// All events of the sequences, in their order.
    public static Transitions of(List<Sequence> sequences) {
        int size = Math.toIntExact(sequences.stream().mapToLong(Sequence::length).sum());
        int[] sequence = new int[size];
        int[] position = new int[size];
        int i = 0;
        for (int s = 0; s < sequences.size(); s++) {
            for (int p = 0; p < sequences.get(s).length(); p++) {
                sequence[i] = s;
                position[i++] = p;
            }
        }
        return new Transitions(List.copyOf(sequences), sequence, position);
    }

    /// The last event of each sequence.
    public static Transitions lastOf(List<Sequence> sequences) {
        int[] sequence = new int[sequences.size()];
        int[] position = new int[sequences.size()];
        for (int s = 0; s < sequences.size(); s++) {
            sequence[s] = s;
            position[s] = sequences.get(s).length() - 1;
        }
        return new Transitions(List.copyOf(sequences), sequence, position);
    }

    /// Transitions in all.
    public int size() {
        return sequence.length;
    }

    /// The sequences they come from.
    public List<Sequence> sequences() {
        return sequences;
    }

    /// Number of the sequence.
    public int sequence(int transition) {
        return sequence[transition];
    }

    /// Place of the action in the sequence, which is the length of the history.
    public int position(int transition) {
        return position[transition];
    }

    /// All items before the action, oldest first; a copy.
    public int[] history(int transition) {
        return of(transition).prefix(position[transition]);
    }

    /// The item that was chosen.
    public int action(int transition) {
        return of(transition).item(position[transition]);
    }

    /// The action's reward by hand.
    public float reward(int transition) {
        return of(transition).reward(position[transition]);
    }

    /// The action's event type.
    public byte event(int transition) {
        return of(transition).event(position[transition]);
    }

    /// True where the action is the sequence's last event: nothing follows the next state.
    public boolean done(int transition) {
        return position[transition] == of(transition).length() - 1;
    }

    /// Writes the last items before the action to `target[offset..offset+window)`, oldest first, and pads
    /// on the right.
    ///
    /// @return how many items were written, 0 to `window`
    public int state(int transition, int window, int pad, int[] target, int offset) {
        return window(of(transition), position[transition], window, pad, target, offset);
    }

    /// As [#state], with the action as the newest item.
    ///
    /// @return how many items were written, 1 to `window`
    public int nextState(int transition, int window, int pad, int[] target, int offset) {
        return window(of(transition), position[transition] + 1, window, pad, target, offset);
    }

    private Sequence of(int transition) {
        return sequences.get(sequence[transition]);
    }

    private static int window(
            Sequence sequence, int end, int window, int pad, int[] target, int offset) {
        int from = Math.max(0, end - window);
        sequence.copy(from, end, target, offset);
        Arrays.fill(target, offset + end - from, offset + window, pad);
        return end - from;
    }
}
