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
    record Group(int length, List<Window> windows) {}

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

    /// Weight of a group's mean loss such that every event counts the same, however long its sequence is: the
    /// group's events a window over those of all windows.
    double weight(Group group) {
        return events(group.windows())
                / events(groups.stream().flatMap(g -> g.windows().stream()).toList());
    }

    private static double events(List<Window> windows) {
        return windows.stream().mapToInt(w -> w.last() - w.first() + 1).average().orElse(1);
    }

    int size() {
        return groups.stream().mapToInt(g -> g.windows().size()).sum();
    }
}
