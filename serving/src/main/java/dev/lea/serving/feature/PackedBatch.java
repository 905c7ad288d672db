package dev.lea.serving.feature;

import static dev.lea.serving.Checks.inRange;

import dev.lea.serving.onnx.Tensor;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/// Packed sequences side by side, padded to one length: the inputs `tokens`, `position`, `block`, `limit` of an
/// LE's graph, each int64 [rows, length].
///
/// @param rows   sequences
/// @param length tokens of each
public record PackedBatch(
        int rows, int length, long[] tokens, long[] position, long[] block, long[] limit) {
    /// Pads to the longest.
    public static PackedBatch of(List<PackedSequence> sequences) {
        return of(
                sequences,
                sequences.size(),
                sequences.stream().mapToInt(PackedSequence::length).max().orElse(1));
    }

    /// Pads to a given shape.
    public static PackedBatch of(List<PackedSequence> sequences, int rows, int length) {
        inRange("sequences", sequences.size(), 0, rows);
        int size = Math.multiplyExact(rows, length);
        var batch =
                new PackedBatch(
                        rows,
                        length,
                        new long[size],
                        new long[size],
                        new long[size],
                        new long[size]);
        Arrays.fill(batch.block, PackedSequence.PADDING);
        Arrays.fill(batch.limit, PackedSequence.PADDING);
        for (int row = 0; row < sequences.size(); row++) {
            PackedSequence sequence = sequences.get(row);
            inRange("packed length", sequence.length(), 1, length);
            for (int slot = 0; slot < sequence.length(); slot++) {
                int at = row * length + slot;
                batch.tokens[at] = sequence.token(slot);
                batch.position[at] = sequence.position(slot);
                batch.block[at] = sequence.block(slot);
                batch.limit[at] = sequence.limit(slot);
            }
        }
        return batch;
    }

    /// New tensors by the graph's input names; the caller closes them.
    public Map<String, Tensor> tensors() {
        return Map.of(
                "tokens", Tensor.of(tokens, rows, length),
                "position", Tensor.of(position, rows, length),
                "block", Tensor.of(block, rows, length),
                "limit", Tensor.of(limit, rows, length));
    }
}
