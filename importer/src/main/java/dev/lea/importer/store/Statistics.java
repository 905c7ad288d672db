package dev.lea.importer.store;

import java.util.Map;
import java.util.Optional;

/// What a data set holds.
///
/// @param pairs different (user, item)
/// @param byKind events by the kind's label
/// @param withText items with a text
/// @param averageText mean characters of those items' texts
/// @param times first and last time
public record Statistics(
        long users,
        long items,
        long events,
        long pairs,
        Lengths lengths,
        Map<String, Long> byKind,
        long withText,
        double averageText,
        Optional<String> times,
        TieShares ties) {
    private static final double MOST = 0.5;
    private static final double SOME = 0.1;
    private static final double IN_ORDER = 0.75;

    public Statistics {
        byKind = Map.copyOf(byKind);
    }

    /// Events of a user.
    public record Lengths(long least, long quarter, long half, long threeQuarters, long most) {}

    /// How often neighbours in a sequence have the same time.
    ///
    /// @param neighbours pairs of events that follow one another in a user's sequence
    /// @param tied those of the same time
    /// @param differing tied ones of different items
    /// @param ascending those of them whose second item has the higher id
    /// @param users who have more tied than other neighbours
    public record TieShares(
            long neighbours, long tied, long differing, long ascending, long users) {
        /// Share of neighbours of the same time.
        public double share() {
            return neighbours == 0 ? 0 : (double) tied / neighbours;
        }

        /// Share of ascending ids among tied neighbours; near 0.5 where ids say nothing about the order.
        public double ascendingShare() {
            return differing == 0 ? 0.5 : (double) ascending / differing;
        }
    }

    /// Share of all (user, item) that occur.
    public double density() {
        return users == 0 || items == 0 ? 0 : (double) pairs / ((double) users * items);
    }

    /// True where the order of most events is not given by their times.
    public boolean mostlyTied() {
        return ties.share() > MOST || 2 * ties.users() > users;
    }

    /// True where a good part of the events is tied and these stand in the order of ids, so that a recommender would learn
    /// that.
    public boolean tiesFollowIds() {
        double ascending = ties.ascendingShare();
        return ties.share() > SOME && (ascending > IN_ORDER || ascending < 1 - IN_ORDER);
    }
}
