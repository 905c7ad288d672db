package dev.lea.environment.model;

import com.github.benmanes.caffeine.cache.AsyncCache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.Weigher;
import dev.lea.serving.Failure;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.LongAdder;

/// Values that were computed once and are kept, bounded by bytes.
///
/// A key that several callers ask for at the same time is computed by one of them. When that one fails, for instance
/// because its own caller went away, the others do not fail with it: one of them computes in its place. Nobody
/// waits for a key while holding one that is not computed yet, so callers cannot wait for one another in a ring.
///
/// Thread-safe. Values are shared: they must not be written to.
final class Kept<K, V> {
    private final AsyncCache<K, V> cache;
    private final LongAdder hits = new LongAdder();
    private final LongAdder misses = new LongAdder();
    private final LongAdder evictions = new LongAdder();

    /// @param bytes  bound on the sum of the sizes; 0 keeps nothing
    /// @param sizeOf bytes that a value takes together with its key
    Kept(long bytes, Weigher<K, V> sizeOf) {
        this.cache =
                Caffeine.newBuilder()
                        .maximumWeight(bytes)
                        .weigher(sizeOf)
                        .executor(Runnable::run) // upkeep is short, and a pool of its own is not
                        .evictionListener((_, _, _) -> evictions.increment())
                        .buildAsync();
    }

    /// What has happened so far.
    CacheStatistics statistics() {
        var bound = cache.synchronous().policy().eviction().orElseThrow();
        return new CacheStatistics(
                hits.sum(),
                misses.sum(),
                evictions.sum(),
                cache.synchronous().estimatedSize(),
                bound.weightedSize().orElseThrow(),
                bound.getMaximum());
    }

    /// A value that has been computed; empty if it has not, or not yet. Counts as neither hit nor miss.
    Optional<V> peek(K key) {
        CompletableFuture<V> value = cache.getIfPresent(key);
        return value != null && value.isDone() && !value.isCompletedExceptionally()
                ? Optional.of(value.join())
                : Optional.empty();
    }

    /// A value, and whether it was there, or on its way, when it was asked for.
    record Found<V>(V value, boolean kept) {}

    /// Computes many values at once.
    @FunctionalInterface
    interface Computation<K, V> {
        /// One value a key, in order.
        List<V> of(List<K> keys) throws InterruptedException;
    }

    /// The values of all keys, of which those that are missing are computed in one go.
    Map<K, Found<V>> get(Collection<K> keys, Computation<K, V> computation, Caller caller)
            throws InterruptedException {
        Map<K, Found<V>> found = HashMap.newHashMap(keys.size());
        Set<K> open = new LinkedHashSet<>(keys);
        while (!open.isEmpty()) {
            Map<K, CompletableFuture<V>> mine = new LinkedHashMap<>();
            Map<K, CompletableFuture<V>> others = new LinkedHashMap<>();
            open.forEach(key -> claim(key, mine, others));
            compute(mine, computation, found);
            for (Map.Entry<K, CompletableFuture<V>> other : others.entrySet()) {
                await(other.getKey(), other.getValue(), found, caller);
            }
            open.removeAll(found.keySet());
        }
        return found;
    }

    private void claim(
            K key, Map<K, CompletableFuture<V>> mine, Map<K, CompletableFuture<V>> others) {
        var own = new CompletableFuture<V>();
        CompletableFuture<V> before = cache.asMap().putIfAbsent(key, own);
        if (before != null && before.isCompletedExceptionally()) {
            cache.asMap().remove(key, before); // the cache will do so itself, but maybe later
            before = cache.asMap().putIfAbsent(key, own);
        }
        if (before == null) {
            mine.put(key, own);
        } else {
            others.put(key, before);
        }
    }

    private void compute(
            Map<K, CompletableFuture<V>> mine,
            Computation<K, V> computation,
            Map<K, Found<V>> found)
            throws InterruptedException {
        if (mine.isEmpty()) {
            return;
        }
        misses.add(mine.size());
        try {
            List<K> keys = List.copyOf(mine.keySet());
            List<V> values = computation.of(keys);
            for (int i = 0; i < keys.size(); i++) {
                found.put(keys.get(i), new Found<>(values.get(i), false));
                mine.get(keys.get(i)).complete(values.get(i));
            }
        } catch (Throwable t) {
            mine.values().forEach(future -> future.cancel(false)); // why is this caller's alone
            throw t;
        }
    }

    private void await(K key, CompletableFuture<V> value, Map<K, Found<V>> found, Caller caller)
            throws InterruptedException {
        try {
            long left = caller.deadlineNanos() - System.nanoTime();
            found.put(key, new Found<>(value.get(left, TimeUnit.NANOSECONDS), true));
            hits.increment();
        } catch (TimeoutException e) {
            throw new Failure.Expired("the deadline passed while the request was waiting");
        } catch (ExecutionException | CancellationException e) {
            if (caller.presence().gone()) {
                throw new CancellationException("the caller has gone");
            }
            // whoever computed it failed; the key stays open and is claimed anew
        }
    }
}
