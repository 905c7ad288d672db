package dev.lea.trainer.agent;

import dev.lea.trainer.net.TableRows;
import java.util.Optional;

/// How many rows of the items' tables an update of the sampled form sees, at most.
///
/// Encoders read the rows of [#HISTORIES]. Heads know the rows of [#ACTIONS], whose order says what they are for: the
/// candidates, then the actions that were or might have been taken, then those logged after them, then the negatives.
/// So each use sees the first of them. An item has one slot in each of the two.
///
/// @param items      n
/// @param candidates K
/// @param read       slots of the histories
/// @param scored     slots that the supervised head knows
/// @param competing  slots among which the best action is sought
/// @param valued     slots that the Q head knows
record Slots(int items, int candidates, int read, int scored, int competing, int valued) {
    /// Name of the choice of the items that histories hold; n stands for the pad.
    static final String HISTORIES = "histories";

    /// Name of the choice of the items that are scored.
    static final String ACTIONS = "actions";

    /// Of an update by these settings; empty where it sees all items.
    static Optional<Slots> of(AgentSettings settings, int items) {
        if (!settings.sampling().samples(items)) {
            return Optional.empty();
        }
        int candidates = Math.min(settings.sampling().candidates(), items);
        int rows = settings.batchSize();
        int taken = Batch.taken(settings);
        boolean values = settings.algorithm().learnsValues();
        int read = rows * (settings.encoder().historyLength() + (values ? taken : 0)) + 1;
        int scored = candidates + rows * taken;
        int competing = scored + rows;
        return Optional.of(
                new Slots(
                        items,
                        candidates,
                        Math.min(read, items + 1),
                        scored,
                        competing,
                        competing + rows * Batch.negatives(settings)));
    }

    TableRows readRows() {
        return new TableRows(HISTORIES, items + 1, read);
    }

    TableRows scoredRows() {
        return new TableRows(ACTIONS, items, scored);
    }

    TableRows valuedRows() {
        return new TableRows(ACTIONS, items, valued);
    }
}
