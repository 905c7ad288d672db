package dev.lea.serving.feature;

import static dev.lea.serving.Checks.inRange;

import java.util.ArrayList;
import java.util.List;

/// Which part of a long history the LE sees.
///
/// The window of the first t items starts at a function of t alone, in blocks of half the context, so that
/// every request that asks about these items, and every cache, sees the same window:
/// `start(t) = 0 for t <= C, else ceil((t - C) / h) * h, h = max(1, C / 2)`.
///
/// @param context C, items seen at most
public record HistoryWindow(int context) {
    public HistoryWindow {
        inRange("context", context, 1, 1 << 20);
    }

    /// Index of the first item seen of a history of `length` items.
    public int start(int length) {
        int beyond = length - context;
        return beyond <= 0 ? 0 : Math.ceilDiv(beyond, step()) * step();
    }

    /// Prefixes that share a window: those of `first..last` items, all seen from item `start`.
    public record Segment(int start, int first, int last) {}

    /// The windows of all prefixes of a sequence, from the empty one to the whole of `length` items.
    public List<Segment> segments(int length) {
        List<Segment> segments = new ArrayList<>();
        int first = 0;
        while (first <= length) {
            int start = start(first);
            int last = Math.min(length, start + context);
            segments.add(new Segment(start, first, last));
            first = last + 1;
        }
        return segments;
    }

    private int step() {
        return Math.max(1, context / 2);
    }
}
