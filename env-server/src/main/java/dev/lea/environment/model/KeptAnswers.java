package dev.lea.environment.model;

import dev.lea.environment.model.Answers.ScoreKey;
import dev.lea.environment.model.Answers.Seen;
import dev.lea.environment.model.Answers.StateKey;
import dev.lea.environment.model.Kept.Found;
import dev.lea.serving.feature.EnvironmentSpec;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Answers from what is kept; what is not is computed, from as much of its trunk as is remembered, and then kept.
///
/// Of a history that was read before, all but the last place is remembered; of a longer one, the places of its longest
/// prefix that was. When two callers need the same trunk at the same time, one reads it together with what it is
/// asked about it, and the other goes on from there.
///
/// @param prompt what the prompt alone is remembered by; nothing where the graph remembers nothing
record KeptAnswers(Answers answers, Passes passes, EnvironmentSpec spec, KeyValues prompt) {
    /// The states of the prefixes that each key names.
    Map<StateKey, Found<float[]>> states(Collection<StateKey> keys, Caller caller)
            throws InterruptedException {
        return answers.states()
                .get(
                        keys,
                        open ->
                                compute(
                                        open,
                                        StateKey::seen,
                                        (some, memory) -> states(some, memory, caller),
                                        caller),
                        caller);
    }

    /// Raw scores, and baselines.
    Map<ScoreKey, Found<Float>> scores(Collection<ScoreKey> keys, Caller caller)
            throws InterruptedException {
        return answers.scores()
                .get(
                        keys,
                        open ->
                                compute(
                                        open,
                                        ScoreKey::seen,
                                        (some, memory) -> scores(some, memory, caller),
                                        caller),
                        caller);
    }

    /// Computes something about some trunks.
    private interface Computation<K, V> {
        /// One value a key, in order.
        List<V> of(List<K> keys, Memory memory) throws InterruptedException;
    }

    private interface SeenOf<K> {
        Seen of(K key);
    }

    private <K, V> List<V> compute(
            List<K> keys, SeenOf<K> seenOf, Computation<K, V> computation, Caller caller)
            throws InterruptedException {
        if (prompt.places() == 0) {
            return computation.of(keys, Memory.NONE);
        }
        Map<Seen, List<K>> open = new LinkedHashMap<>();
        keys.forEach(key -> open.computeIfAbsent(seenOf.of(key), _ -> new ArrayList<>()).add(key));
        Map<K, V> values = HashMap.newHashMap(keys.size());
        Map<Seen, Found<KeyValues>> known =
                answers.keyValues()
                        .get(
                                List.copyOf(open.keySet()),
                                missing -> {
                                    var reading = new Reading(missing);
                                    List<K> now = new ArrayList<>();
                                    missing.forEach(seen -> now.addAll(open.remove(seen)));
                                    put(now, computation.of(now, reading), values);
                                    return reading.remembered(missing);
                                },
                                caller);
        if (!open.isEmpty()) {
            List<K> rest = open.values().stream().flatMap(List::stream).toList();
            put(rest, computation.of(rest, new Known(known)), values);
        }
        return keys.stream().map(values::get).toList();
    }

    private static <K, V> void put(List<K> keys, List<V> computed, Map<K, V> values) {
        for (int i = 0; i < computed.size(); i++) {
            values.put(keys.get(i), computed.get(i));
        }
    }

    private List<float[]> states(List<StateKey> keys, Memory memory, Caller caller)
            throws InterruptedException {
        List<Trunk> trunks =
                keys.stream()
                        .map(key -> {
                            int[] items = key.seen().items();
                            return new Trunk(items, 0, key.first(), items.length);
                        })
                        .toList();
        float[] states = passes.states(trunks, memory, caller);
        List<float[]> values = new ArrayList<>(keys.size());
        int from = 0;
        for (Trunk trunk : trunks) {
            int to = from + trunk.states() * spec.width();
            values.add(Arrays.copyOfRange(states, from, to));
            from = to;
        }
        return values;
    }

    private List<Float> scores(List<ScoreKey> keys, Memory memory, Caller caller)
            throws InterruptedException {
        List<Block> blocks = new ArrayList<>();
        for (ScoreKey key : keys) {
            int[] items = key.seen().items();
            if (key.item() == ScoreKey.BASELINE) {
                for (int item : spec.referenceItems()) {
                    blocks.add(new Block(items, 0, items.length, item));
                }
            } else {
                blocks.add(new Block(items, 0, items.length, key.item()));
            }
        }
        float[] raw = passes.scores(blocks, memory, caller);
        List<Float> values = new ArrayList<>(keys.size());
        int at = 0;
        for (ScoreKey key : keys) {
            int blocksOfKey = key.item() == ScoreKey.BASELINE ? spec.referenceItems().size() : 1;
            values.add(RewardScale.baseline(raw, at, at + blocksOfKey));
            at += blocksOfKey;
        }
        return values;
    }

    /// Trunks that are read for the first time, each from its longest prefix that was read before.
    private final class Reading implements Memory {
        private final IdentityHashMap<int[], KeyValues> before = new IdentityHashMap<>();
        private final IdentityHashMap<int[], KeyValues> after =
                new IdentityHashMap<>(); // guarded by this

        Reading(List<Seen> trunks) {
            trunks.forEach(seen -> before.put(seen.items(), longestPrefix(seen)));
        }

        @Override
        public KeyValues of(int[] items, int start) {
            return before.getOrDefault(items, prompt);
        }

        @Override
        public boolean wants(int[] items, int start) {
            return before.containsKey(items);
        }

        @Override
        public synchronized void remember(int[] items, int start, KeyValues keyValues) {
            after.put(items, keyValues);
        }

        synchronized List<KeyValues> remembered(List<Seen> trunks) {
            return trunks.stream().map(seen -> after.get(seen.items())).toList();
        }

        private KeyValues longestPrefix(Seen seen) {
            for (int count = seen.items().length - 1; count > 0; count--) {
                var prefix = answers.keyValues().peek(seen.first(count));
                if (prefix.isPresent()) {
                    return prefix.get();
                }
            }
            return prompt;
        }
    }

    /// Trunks that were read before.
    private final class Known implements Memory {
        private final IdentityHashMap<int[], KeyValues> trunks = new IdentityHashMap<>();

        Known(Map<Seen, Found<KeyValues>> found) {
            found.forEach((seen, keyValues) -> trunks.put(seen.items(), keyValues.value()));
        }

        @Override
        public KeyValues of(int[] items, int start) {
            return trunks.getOrDefault(items, prompt);
        }
    }
}
