package dev.lea.environment.model;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;

/// What has been answered, kept for all versions: every key holds the version's digest and the exact items that were
/// seen, so that a stale answer cannot be asked for. Beside the answers themselves, the keys and values of the trunks
/// that were read for them, from which longer histories go on.
///
/// One for the process; thread-safe.
public final class Answers {
    /// Bytes of an entry beside its arrays: objects, future, and the cache's own node.
    private static final int ENTRY_BYTES = 250;

    private final Kept<StateKey, float[]> states;
    private final Kept<ScoreKey, Float> scores;
    private final Kept<Seen, KeyValues> keyValues;

    /// @param bytes         of states and scores that are kept at most
    /// @param keyValueBytes of keys and values that are kept at most
    public Answers(long bytes, long keyValueBytes) {
        this.states =
                new Kept<>(
                        bytes / 2,
                        (key, value) -> size(key.seen.items.length + (long) value.length));
        // the scores of one history share its key's array, which is counted with each all the same
        this.scores = new Kept<>(bytes - bytes / 2, (key, value) -> size(key.seen.items.length));
        this.keyValues =
                new Kept<>(
                        keyValueBytes,
                        (key, value) -> size(key.items.length + (long) value.elements().length));
    }

    /// By name: `states`, `rewards`, `key_values`.
    public Map<String, CacheStatistics> statistics() {
        Map<String, CacheStatistics> all = new LinkedHashMap<>();
        all.put("states", states.statistics());
        all.put("rewards", scores.statistics());
        all.put("key_values", keyValues.statistics());
        return all;
    }

    Kept<StateKey, float[]> states() {
        return states;
    }

    Kept<ScoreKey, Float> scores() {
        return scores;
    }

    Kept<Seen, KeyValues> keyValues() {
        return keyValues;
    }

    private static int size(long elements) {
        return (int) Math.min(Integer.MAX_VALUE, ENTRY_BYTES + 4 * elements);
    }

    /// Items as one version sees them.
    static final class Seen {
        private final String digest;
        private final int[] items;
        private final int hash;

        /// @param items the window; not copied
        Seen(String digest, int[] items) {
            this.digest = digest;
            this.items = items;
            this.hash = 31 * digest.hashCode() + Arrays.hashCode(items);
        }

        int[] items() {
            return items;
        }

        /// The first of these items, as the same version sees them.
        Seen first(int count) {
            return new Seen(digest, Arrays.copyOf(items, count));
        }

        @Override
        public boolean equals(Object o) {
            return o instanceof Seen other
                    && hash == other.hash
                    && digest.equals(other.digest)
                    && Arrays.equals(items, other.items);
        }

        @Override
        public int hashCode() {
            return hash;
        }
    }

    /// The states of the prefixes of `first` items up to all.
    record StateKey(Seen seen, int first) {}

    /// The raw score of an item, or the baseline.
    record ScoreKey(Seen seen, int item) {
        static final int BASELINE = -1;
    }
}
