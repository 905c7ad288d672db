package dev.lea.serving.feature;

import static dev.lea.serving.Checks.inRange;

import java.util.Arrays;

/// A history and everything asked about it, as one sequence of tokens: the trunk (prompt, then one token an
/// item), then blocks that hang off a prefix of the trunk and do not see one another.
///
/// The only code that lays sequences out, for fitting and for serving. Token i sees token j iff j is on the
/// trunk at or before i's limit, or both are of one block and j is not after i. Not thread-safe.
public final class PackedSequence {
    static final int PADDING = -1;
    private static final int TRUNK = 0;

    private final PromptLayout layout;
    private final int items;
    private long[] tokens = new long[64];
    private long[] positions = new long[64];
    private long[] blocks = new long[64];
    private long[] limits = new long[64];
    private int length;
    private int lastBlock;

    private PackedSequence(PromptLayout layout, int items) {
        this.layout = layout;
        this.items = items;
    }

    /// Starts with a trunk.
    ///
    /// @param history dense item indices, oldest first, at most the layout's context
    public static PackedSequence of(PromptLayout layout, int... history) {
        inRange("history length", history.length, 0, layout.context());
        var sequence = new PackedSequence(layout, history.length);
        for (int token : layout.prompt()) {
            sequence.add(token, sequence.length, TRUNK, sequence.length);
        }
        for (int item : history) {
            sequence.add(
                    (long) layout.vocabulary() + item, sequence.length, TRUNK, sequence.length);
        }
        return sequence;
    }

    /// Where the state after the first `prefix` items is read.
    public int stateSlot(int prefix) {
        inRange("prefix", prefix, 0, items);
        return layout.prompt().size() - 1 + prefix;
    }

    /// Adds a candidate action after the first `prefix` items.
    ///
    /// @return where its score is read
    public int candidate(int prefix, int item) {
        int limit = stateSlot(prefix);
        long position = limit + 1L;
        lastBlock++;
        for (int token : layout.actionPrompt()) {
            add(token, position++, lastBlock, limit);
        }
        add((long) layout.vocabulary() + item, position, lastBlock, limit);
        return length - 1;
    }

    /// Appends an item to the first `prefix` items, as if it had been in the history.
    ///
    /// @return where the state of that longer history is read
    public int continuation(int prefix, int item) {
        int limit = stateSlot(prefix);
        add((long) layout.vocabulary() + item, limit + 1L, ++lastBlock, limit);
        return length - 1;
    }

    /// A copy without the first `places`, for a run that remembers them from an earlier one: nothing more is to be
    /// added, and slots are less by so many.
    ///
    /// @param places of the trunk, at least one less than it has
    public PackedSequence from(int places) {
        inRange("places", places, 0, layout.prompt().size() + items - 1);
        var rest = new PackedSequence(layout, items);
        rest.tokens = Arrays.copyOfRange(tokens, places, length);
        rest.positions = Arrays.copyOfRange(positions, places, length);
        rest.blocks = Arrays.copyOfRange(blocks, places, length);
        rest.limits = Arrays.copyOfRange(limits, places, length);
        rest.length = length - places;
        rest.lastBlock = lastBlock;
        return rest;
    }

    /// Tokens so far.
    public int length() {
        return length;
    }

    /// Whether the token at slot `i` sees the one at slot `j`.
    public boolean sees(int i, int j) {
        boolean trunk = blocks[j] == TRUNK && positions[j] <= limits[i];
        return trunk || (blocks[j] == blocks[i] && positions[j] <= positions[i]);
    }

    long token(int slot) {
        return tokens[slot];
    }

    long position(int slot) {
        return positions[slot];
    }

    long block(int slot) {
        return blocks[slot];
    }

    long limit(int slot) {
        return limits[slot];
    }

    private void add(long token, long position, long block, long limit) {
        if (length == tokens.length) {
            int more = length * 2;
            tokens = Arrays.copyOf(tokens, more);
            positions = Arrays.copyOf(positions, more);
            blocks = Arrays.copyOf(blocks, more);
            limits = Arrays.copyOf(limits, more);
        }
        tokens[length] = token;
        positions[length] = position;
        blocks[length] = block;
        limits[length] = limit;
        length++;
    }
}
