package dev.lea.trainer.agent;

import dev.lea.serving.onnx.ElementType;
import dev.lea.trainer.net.Graph;
import dev.lea.trainer.net.Initial;
import dev.lea.trainer.net.Value;
import java.util.Optional;

/// The parameters of a graph that have a row for every item: whole, or the rows that an update chooses.
///
/// Where rows are chosen, items go by their slots in all of the graph's inputs, and items compete for a place in softmax
/// and `argmax` by what is added to their scores: the correction of a candidate, nothing for an action of the row's
/// own, and so little for all others that they are not there.
///
/// @param items    n
/// @param sampled  empty where they are whole
record ItemTables(int items, Optional<Sampled> sampled) {
    /// What an update of the sampled form has besides the batch.
    ///
    /// @param corrections float [batch, scored], added to the scores of the supervised head
    /// @param open        float [competing], added to values where the best is sought
    record Sampled(Slots slots, Value corrections, Value open) {}

    /// Added to what must not be chosen.
    static final float CLOSED = -1e9f;

    static final String CORRECTIONS = "corrections";
    static final String OPEN = "open";

    /// Tables that are whole.
    static ItemTables whole(int items) {
        return new ItemTables(items, Optional.empty());
    }

    /// Those of a graph for an update by these settings.
    static ItemTables of(Graph graph, AgentSettings settings, int items) {
        return new ItemTables(
                items,
                Slots.of(settings, items)
                        .map(slots ->
                                new Sampled(
                                        slots,
                                        graph.input(
                                                CORRECTIONS,
                                                ElementType.FLOAT,
                                                settings.batchSize(),
                                                slots.scored()),
                                        graph.input(OPEN, ElementType.FLOAT, slots.competing()))));
    }

    /// A table that encoders read, with a row for the pad: [n + 1, width] or its slots.
    Value read(Graph graph, String name, Initial initial, long width) {
        return sampled.map(s -> graph.parameter(name, initial, s.slots().readRows(), width))
                .orElseGet(() -> graph.parameter(name, initial, items + 1L, width));
    }

    /// A table of the supervised head: [n, row...] or its slots.
    Value scored(Graph graph, String name, Initial initial, long... row) {
        return sampled.map(s -> graph.parameter(name, initial, s.slots().scoredRows(), row))
                .orElseGet(() -> graph.parameter(name, initial, whole(row)));
    }

    /// A table of the Q head: [n, row...] or its slots.
    Value valued(Graph graph, String name, Initial initial, long... row) {
        return sampled.map(s -> graph.parameter(name, initial, s.slots().valuedRows(), row))
                .orElseGet(() -> graph.parameter(name, initial, whole(row)));
    }

    private long[] whole(long[] row) {
        long[] shape = new long[1 + row.length];
        shape[0] = items;
        System.arraycopy(row, 0, shape, 1, row.length);
        return shape;
    }
}
