package dev.lea.environment.model;

import dev.lea.serving.feature.PackedSequence;
import dev.lea.serving.feature.PromptLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/// Decides which questions share a row, and which rows a pass. Depends on the questions and the limits alone, so
/// that the same questions are always computed at the same shapes.
record RowPlan(PromptLayout layout, PassLimits limits) {
    /// What is read at a block.
    enum Kind {
        CANDIDATE,
        CONTINUATION
    }

    /// A row a trunk.
    List<Row> trunks(List<Trunk> trunks) {
        List<Row> rows = new ArrayList<>(trunks.size());
        int offset = 0;
        for (Trunk trunk : trunks) {
            int length = layout.prompt().size() + trunk.last() - trunk.start();
            rows.add(new Row(offset, trunk.states(), length, slots -> pack(trunk, slots)));
            offset += trunk.states();
        }
        return rows;
    }

    /// Rows for blocks; neighbours in the list that share a trunk share rows.
    List<Row> blocks(List<Block> blocks, Kind kind) {
        List<Row> rows = new ArrayList<>();
        int from = 0;
        while (from < blocks.size()) {
            int to = from + 1;
            while (to < blocks.size() && blocks.get(to).sharesTrunk(blocks.get(from))) {
                to++;
            }
            share(blocks, from, to, kind, rows);
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
    private void share(List<Block> blocks, int from, int to, Kind kind, List<Row> rows) {
        int longest = 0;
        for (int i = from; i < to; i++) {
            longest = Math.max(longest, trunkLength(blocks.get(i)));
        }
        int best = Math.max(1, limits.blockPlaces(longest) / blockLength(kind));
        int count = Math.ceilDiv(to - from, best);
        for (int row = 0; row < count; row++) {
            int first = from + (int) ((long) (to - from) * row / count);
            int last = from + (int) ((long) (to - from) * (row + 1) / count);
            rows.add(row(blocks.subList(first, last), first, kind));
        }
    }

    private Row row(List<Block> blocks, int offset, Kind kind) {
        int trunk = 0;
        for (Block block : blocks) {
            trunk = Math.max(trunk, trunkLength(block));
        }
        int length = trunk + blocks.size() * blockLength(kind);
        return new Row(offset, blocks.size(), length, slots -> pack(blocks, kind, slots));
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

    private int trunkLength(Block block) {
        return layout.prompt().size() + block.prefix() - block.start();
    }

    private int blockLength(Kind kind) {
        return switch (kind) {
            case CANDIDATE -> layout.actionPrompt().size() + 1;
            case CONTINUATION -> 1;
        };
    }
}
