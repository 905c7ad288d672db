package dev.lea.trainer.net;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/// Gradients of slices of one value, laid side by side where they do not overlap: a value that is cut into many
/// slices gets one concatenation, where a sum would move the whole once for each.
final class SliceGradients {
    /// The gradient of elements `from` (included) to `to` (excluded) of an axis.
    private record Piece(int axis, long from, long to, Value gradient) {}

    private final List<Piece> pieces = new ArrayList<>();

    /// Adds the gradient of a `Slice` to its input's.
    void add(Operation slice, Value gradient) {
        Value input = slice.input(0);
        int axis = (int) gradient.graph.integers(slice.input(3))[0];
        long start = gradient.graph.integers(slice.input(1))[0];
        long from = start < 0 ? start + input.shape[axis] : start;
        pieces.add(new Piece(axis, from, from + gradient.shape[axis], gradient));
    }

    /// The gradient of the whole.
    ///
    /// @param rest what comes from elsewhere, or null
    Value sum(Value whole, Value rest) {
        List<Piece> left = new ArrayList<>(pieces);
        left.sort(Comparator.comparingInt(Piece::axis).thenComparingLong(Piece::from));
        Value sum = rest;
        while (!left.isEmpty()) {
            Value layer = layer(whole, left);
            sum = sum == null ? layer : sum.add(layer);
        }
        return sum;
    }

    /// Takes pieces of one axis that do not overlap, and fills the gaps with zeros.
    private static Value layer(Value whole, List<Piece> left) {
        int axis = left.getFirst().axis();
        long end = 0;
        List<Value> parts = new ArrayList<>();
        for (Piece piece : List.copyOf(left)) {
            if (piece.axis() == axis && piece.from() >= end) {
                addZeros(parts, whole, axis, piece.from() - end);
                parts.add(piece.gradient());
                end = piece.to();
                left.remove(piece);
            }
        }
        addZeros(parts, whole, axis, whole.shape[axis] - end);
        return parts.size() == 1
                ? parts.getFirst()
                : whole.graph.concat(axis, parts.toArray(Value[]::new));
    }

    private static void addZeros(List<Value> parts, Value whole, int axis, long size) {
        if (size > 0) {
            long[] shape = whole.shape.clone();
            shape[axis] = size;
            parts.add(whole.graph.zeros(shape));
        }
    }
}
