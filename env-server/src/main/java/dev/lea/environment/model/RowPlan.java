package dev.lea.environment.model;

import dev.lea.environment.model.Row.Recall;
import dev.lea.serving.feature.PackedSequence;
import dev.lea.serving.feature.PromptLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/// Decides which questions share a row, and which rows a pass. Depends on the questions, on what is remembered and
/// on the limits alone, so that the same questions are always computed at the same shapes.
record RowPlan(PromptLayout layout, PassLimits limits) {
    /// What is read at a block.
    enum Kind {
        CANDIDATE,
        CONTINUATION
    }

    /// A row a trunk.
    List<Row> trunks(List<Trunk> trunks, Memory memory) {
        List<Row> rows = new ArrayList<>(trunks.size());
        int offset = 0;
        for (Trunk trunk : trunks) {
            int[] items = trunk.items();
            int start = trunk.start();
            int length = places(trunk.last() - start);
            var recall = recall(memory.of(items, start), places(trunk.first() - start), length);
            rows.add(
                    new Row(
                            offset,
                            trunk.states(),
                            slots -> pack(trunk, slots),
                            length - recall.places(),
                            recall,
                            remember(memory, items, start, true)));
            offset += trunk.states();
        }
        return rows;
    }

    /// Rows for blocks; neighbours in the list that share a trunk share rows.
    List<Row> blocks(List<Block> blocks, Kind kind, Memory memory) {
        List<Row> rows = new ArrayList<>();
        int from = 0;
        while (from < blocks.size()) {
            int to = from + 1;
            while (to < blocks.size() && blocks.get(to).sharesTrunk(blocks.get(from))) {
                to++;
            }
            share(blocks, from, to, kind, memory, rows);
            from = to;
        }
        return rows;
    }

    /// Rows side by side, the longest together.
    List<List<Row>> passes(List<Row> rows) {
        List<Row> sorted = new ArrayList<>(rows);
        sorted.sort(Comparator.comparingInt(Row::length).reversed());
        List<List<Row>> passes = new ArrayList<>();
        int from = 0;
        while (from < sorted.size()) {
            int fit = Math.max(1, limits.passPlaces() / sorted.get(from).length());
            int to = Math.min(sorted.size(), from + fit);
            passes.add(sorted.subList(from, to));
            from = to;
        }
        return passes;
    }

    /// Spreads the blocks `[from, to)` of one trunk evenly over as many rows as are best.
    private void share(
            List<Block> blocks, int from, int to, Kind kind, Memory memory, List<Row> rows) {
        KeyValues known = memory.of(blocks.get(from).items(), blocks.get(from).start());
        Recall recall = recall(blocks.subList(from, to), known);
        int best =
                Math.max(
                        1, limits.blockPlaces(recall.trunk(), recall.places()) / blockLength(kind));
        int count = Math.ceilDiv(to - from, best);
        for (int row = 0; row < count; row++) {
            int first = from + (int) ((long) (to - from) * row / count);
            int last = from + (int) ((long) (to - from) * (row + 1) / count);
            rows.add(row(blocks.subList(first, last), first, kind, known, memory, row == 0));
        }
    }

    private Row row(
            List<Block> blocks,
            int offset,
            Kind kind,
            KeyValues known,
            Memory memory,
            boolean first) {
        Block any = blocks.getFirst();
        Recall recall = recall(blocks, known);
        int length = recall.trunk() - recall.places() + blocks.size() * blockLength(kind);
        return new Row(
                offset,
                blocks.size(),
                slots -> pack(blocks, kind, slots),
                length,
                recall,
                remember(memory, any.items(), any.start(), first));
    }

    /// Every place that a block hangs off is run: its state is what the block is compared with.
    private Recall recall(List<Block> blocks, KeyValues known) {
        int shortest = Integer.MAX_VALUE;
        int longest = 0;
        for (Block block : blocks) {
            int trunk = places(block.prefix() - block.start());
            shortest = Math.min(shortest, trunk);
            longest = Math.max(longest, trunk);
        }
        return recall(known, shortest, longest);
    }

    /// @param first places of the shortest prefix whose last place must be run
    /// @param trunk places of the whole trunk
    private static Recall recall(KeyValues known, int first, int trunk) {
        return new Recall(known, Math.min(known.places(), first - 1), trunk);
    }

    /// One row of those that share a trunk is enough.
    private static Optional<Consumer<KeyValues>> remember(
            Memory memory, int[] items, int start, boolean first) {
        return first && memory.wants(items, start)
                ? Optional.of(keyValues -> memory.remember(items, start, keyValues))
                : Optional.empty();
    }

    private PackedSequence pack(Trunk trunk, int[] slots) {
        var packed = sequence(trunk.items(), trunk.start(), trunk.last());
        for (int prefix = trunk.first(); prefix <= trunk.last(); prefix++) {
            slots[prefix - trunk.first()] = packed.stateSlot(prefix - trunk.start());
        }
        return packed;
    }

    private PackedSequence pack(List<Block> blocks, Kind kind, int[] slots) {
        Block any = blocks.getFirst();
        int end = any.prefix();
        for (Block block : blocks) {
            end = Math.max(end, block.prefix());
        }
        var packed = sequence(any.items(), any.start(), end);
        for (int i = 0; i < blocks.size(); i++) {
            Block block = blocks.get(i);
            int seen = block.prefix() - block.start();
            slots[i] =
                    switch (kind) {
                        case CANDIDATE -> packed.candidate(seen, block.item());
                        case CONTINUATION -> packed.continuation(seen, block.item());
                    };
        }
        return packed;
    }

    private PackedSequence sequence(int[] items, int start, int end) {
        return PackedSequence.of(layout, Arrays.copyOfRange(items, start, end));
    }

    /// Places of a trunk of so many items.
    private int places(int items) {
        return layout.prompt().size() + items;
    }

    private int blockLength(Kind kind) {
        return switch (kind) {
            case CANDIDATE -> layout.actionPrompt().size() + 1;
            case CONTINUATION -> 1;
        };
    }
}
