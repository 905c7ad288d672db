package dev.lea.trainer.agent;

import dev.lea.serving.onnx.ElementType;
import dev.lea.serving.onnx.Tensor;
import dev.lea.trainer.data.CounterRandom;
import dev.lea.trainer.data.Transitions;
import dev.lea.trainer.net.TableRows;
import java.nio.FloatBuffer;
import java.nio.LongBuffer;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;

/// Turns a batch over the whole catalogue into one over slots, see [Slots]: chooses the rows that an update sees, and
/// puts slots where the batch has items.
///
/// Its own inputs of the graph are those of [ItemTables], and the chosen rows of the environment where items are known
/// by these ([TokenItems]). Owns its tensors. Not thread-safe.
final class Gathering implements AutoCloseable {
    private final AgentSettings settings;
    private final Transitions transitions;
    private final PolicyItems items;
    private final Slots slots;
    private final Candidates candidates;
    private final Choice histories;
    private final Choice actions;
    private final float[] shared; // corrections of the slots where no action of a row's own stands
    private final Map<String, Tensor> tensors = new LinkedHashMap<>();

    Gathering(AgentSettings settings, Slots slots, AgentData data) {
        this.settings = settings;
        this.transitions = data.transitions();
        this.items = data.policyItems();
        this.slots = slots;
        this.candidates =
                Candidates.of(
                        Candidates.weights(
                                counts(transitions, slots.items()),
                                items.seen().orElse(null),
                                settings.sampling().popular()),
                        slots.candidates(),
                        settings.seed());
        this.histories = new Choice(slots.items() + 1, slots.read());
        this.actions = new Choice(slots.items(), slots.valued());
        this.shared = new float[slots.scored()];
        floats(ItemTables.CORRECTIONS, settings.batchSize(), slots.scored());
        floats(ItemTables.OPEN, slots.competing());
        if (settings.readsItemRows()) {
            int width = items.expectRows().columns();
            floats(TokenItems.READ, slots.read(), width);
            floats(TokenItems.SCORED, slots.scored(), width);
        }
    }

    private static int[] counts(Transitions transitions, int items) {
        int[] counts = new int[items];
        for (int transition = 0; transition < transitions.size(); transition++) {
            counts[transitions.action(transition)]++;
        }
        return counts;
    }

    /// Chooses the rows for a step, and puts their slots into the batch.
    void fill(long step, Batch batch) {
        histories.clear();
        replace(batch.tensors().get(Batch.HISTORY).longs(), histories);
        if (settings.algorithm().learnsValues()) {
            replace(batch.tensors().get(Batch.LATER_HISTORY).longs(), histories);
        }
        actions.clear();
        candidates.draw(CounterRandom.of(settings.seed(), "candidates", step), actions::slot);
        int drawn = actions.skipTo(slots.candidates());
        LongBuffer chosen = batch.tensors().get(Batch.ACTIONS).longs();
        int taken = Batch.taken(settings);
        int columns = taken + Batch.negatives(settings);
        for (int row = 0; row < settings.batchSize(); row++) {
            for (int k = 0; k < taken; k++) {
                actions.slot((int) chosen.get(row * columns + k));
            }
        }
        if (settings.algorithm().learnsValues()) {
            loggedNext(batch);
            open();
        }
        replace(chosen, actions);
        correct(drawn, chosen, taken, columns);
        if (settings.readsItemRows()) {
            items.expectRows().copyTo(histories.items, tensors.get(TokenItems.READ).floats());
            items.expectRows().copyTo(actions.items, tensors.get(TokenItems.SCORED).floats());
        }
    }

    /// The actions logged in the states that the batch's actions led to.
    private void loggedNext(Batch batch) {
        for (int row = 0; row < settings.batchSize(); row++) {
            int transition = batch.transition(row);
            if (!transitions.done(transition)) {
                actions.slot(transitions.action(transition + 1));
            }
        }
    }

    private void open() {
        FloatBuffer open = tensors.get(ItemTables.OPEN).floats();
        for (int slot = 0; slot < slots.competing(); slot++) {
            open.put(slot, actions.items[slot] == TableRows.EMPTY ? ItemTables.CLOSED : 0);
        }
    }

    /// @param drawn candidates that came
    private void correct(int drawn, LongBuffer chosen, int taken, int columns) {
        for (int slot = 0; slot < shared.length; slot++) {
            shared[slot] =
                    slot < drawn ? candidates.correction(actions.items[slot]) : ItemTables.CLOSED;
        }
        FloatBuffer corrections = tensors.get(ItemTables.CORRECTIONS).floats();
        for (int row = 0; row < settings.batchSize(); row++) {
            int from = row * shared.length;
            corrections.put(from, shared);
            for (int k = 0; k < taken; k++) {
                corrections.put(from + (int) chosen.get(row * columns + k), 0);
            }
        }
    }

    private static void replace(LongBuffer items, Choice choice) {
        for (int i = 0; i < items.capacity(); i++) {
            items.put(i, choice.slot((int) items.get(i)));
        }
    }

    /// Numbers of the chosen rows, slot by slot, by the names of [Slots].
    Map<String, int[]> choices() {
        return Map.of(Slots.HISTORIES, histories.items, Slots.ACTIONS, actions.items);
    }

    /// The inputs that are not the batch's, by name.
    Map<String, Tensor> tensors() {
        return tensors;
    }

    private void floats(String name, long... shape) {
        tensors.put(name, Tensor.zeros(ElementType.FLOAT, shape));
    }

    @Override
    public void close() {
        tensors.values().forEach(Tensor::close);
    }

    /// Items in slots, each in one.
    private static final class Choice {
        final int[] items; // by slot
        private final int[] slots; // by item, 1 more than the slot; 0 for none
        private int next;

        Choice(int count, int most) {
            items = new int[most];
            slots = new int[count];
            Arrays.fill(items, TableRows.EMPTY);
        }

        void clear() {
            for (int slot = 0; slot < next; slot++) {
                if (items[slot] != TableRows.EMPTY) {
                    slots[items[slot]] = 0;
                    items[slot] = TableRows.EMPTY;
                }
            }
            next = 0;
        }

        /// The slot of an item, a new one where it has none.
        int slot(int item) {
            if (slots[item] == 0) {
                items[next] = item;
                slots[item] = ++next;
            }
            return slots[item] - 1;
        }

        /// Leaves slots empty.
        ///
        /// @return how many were used before
        int skipTo(int slot) {
            int used = next;
            next = slot;
            return used;
        }
    }
}
