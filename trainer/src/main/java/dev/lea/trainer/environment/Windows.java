package dev.lea.trainer.environment;

import dev.lea.serving.feature.HistoryWindow;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// Training sequences cut into the windows that serving would see, grouped by length so that little is padded.
///
/// @param groups by the longest history of each, ascending
record Windows(List<Group> groups) {
    /// A stretch of one user's sequence.
    ///
    /// @param sequence all items of the user
    /// @param start    first item of the window
    /// @param first    shortest history, counted from `start`, that belongs to this window
    /// @param last     longest history with a next item, counted from `start`
    record Window(int[] sequence, int start, int first, int last) {
        int item(int index) {
            return sequence[start + index];
        }

        int[] history() {
            return Arrays.copyOfRange(sequence, start, start + last);
        }
    }

    /// Windows whose histories are at most `length` items.
    record Group(int length, List<Window> windows) {
        long events() {
            return windows.stream().mapToLong(w -> w.last() - w.first() + 1L).sum();
        }
    }

    static Windows of(List<int[]> sequences, int context) {
        List<Window> all = new ArrayList<>();
        var windows = new HistoryWindow(context);
        for (int[] sequence : sequences) {
            for (var segment : windows.segments(sequence.length - 1)) {
                all.add(
                        new Window(
                                sequence,
                                segment.start(),
                                segment.first() - segment.start(),
                                segment.last() - segment.start()));
            }
        }
        List<Group> groups = new ArrayList<>();
        int shorter = -1;
        for (int length : new int[] {Math.min(8, context), Math.min(20, context), context}) {
            int above = shorter;
            List<Window> own =
                    all.stream().filter(w -> w.last() > above && w.last() <= length).toList();
            if (!own.isEmpty()) {
                groups.add(new Group(length, own));
            }
            shorter = length;
        }
        return new Windows(groups);
    }

    /// Events a window of this group holds, over those of a window on average.
    double density(Group group) {
        return (double) group.events() / group.windows().size() / ((double) events() / size());
    }

    /// Next items to predict, in all windows.
    long events() {
        return groups.stream().mapToLong(Group::events).sum();
    }

    int size() {
        return groups.stream().mapToInt(g -> g.windows().size()).sum();
    }
}
