package dev.lea.environment;

import dev.lea.environment.model.Answers;
import dev.lea.environment.model.CacheStatistics;
import dev.lea.environment.model.PassStatistics;
import dev.lea.proto.environment.v1.CacheStatus;
import dev.lea.proto.environment.v1.PassStatus;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;
import java.util.List;
import java.util.function.ToDoubleFunction;
import java.util.function.ToLongFunction;

/// What the server keeps and runs, counted. As meters: caches by the names that are usual for them (`cache.gets`,
/// `cache.evictions`, `cache.size`; and in bytes `cache.used` and `cache.limit`), tagged with `cache`; runs as
/// `lea.environment.passes`, `.sequences` and `.tokens`, the last tagged with `kind`: run, padding, recalled.
record EnvironmentMetrics(Answers answers, PassStatistics passes) implements MeterBinder {
    @Override
    public void bindTo(MeterRegistry registry) {
        for (String cache : answers.statistics().keySet()) {
            gets(registry, cache, "hit", CacheStatistics::hits);
            gets(registry, cache, "miss", CacheStatistics::misses);
            FunctionCounter.builder(
                            "cache.evictions", answers, of(cache, CacheStatistics::evictions))
                    .tag("cache", cache)
                    .description("values that were let go for want of room")
                    .register(registry);
            gauge(registry, "cache.size", null, cache, CacheStatistics::entries);
            gauge(registry, "cache.used", "bytes", cache, CacheStatistics::bytes);
            gauge(registry, "cache.limit", "bytes", cache, CacheStatistics::maximumBytes);
        }
        FunctionCounter.builder("lea.environment.passes", passes, PassStatistics::passes)
                .description("native runs of the language model")
                .register(registry);
        FunctionCounter.builder("lea.environment.sequences", passes, PassStatistics::rows)
                .description("sequences in them")
                .register(registry);
        tokens(registry, "run", PassStatistics::places);
        tokens(registry, "padding", PassStatistics::padding);
        tokens(registry, "recalled", PassStatistics::recalled);
    }

    /// The caches as GetEnvironment shows them.
    List<CacheStatus> cacheStatus() {
        return answers.statistics().entrySet().stream()
                .map(cache ->
                        CacheStatus.newBuilder()
                                .setName(cache.getKey())
                                .setHits(cache.getValue().hits())
                                .setMisses(cache.getValue().misses())
                                .setEvictions(cache.getValue().evictions())
                                .setEntries(cache.getValue().entries())
                                .setBytes(cache.getValue().bytes())
                                .setMaxBytes(cache.getValue().maximumBytes())
                                .build())
                .toList();
    }

    /// The runs as GetEnvironment shows them.
    PassStatus passStatus() {
        return PassStatus.newBuilder()
                .setPasses(passes.passes())
                .setSequences(passes.rows())
                .setTokens(passes.places())
                .setPaddingTokens(passes.padding())
                .setRecalledTokens(passes.recalled())
                .build();
    }

    private void gets(
            MeterRegistry registry,
            String cache,
            String result,
            ToLongFunction<CacheStatistics> count) {
        FunctionCounter.builder("cache.gets", answers, of(cache, count))
                .tag("cache", cache)
                .tag("result", result)
                .description("values that were asked for")
                .register(registry);
    }

    private void gauge(
            MeterRegistry registry,
            String name,
            String unit,
            String cache,
            ToLongFunction<CacheStatistics> value) {
        Gauge.builder(name, answers, of(cache, value))
                .tag("cache", cache)
                .baseUnit(unit)
                .strongReference(true)
                .register(registry);
    }

    private void tokens(MeterRegistry registry, String kind, ToLongFunction<PassStatistics> count) {
        FunctionCounter.builder("lea.environment.tokens", passes, count::applyAsLong)
                .tag("kind", kind)
                .description("tokens of the sequences")
                .register(registry);
    }

    private static ToDoubleFunction<Answers> of(
            String cache, ToLongFunction<CacheStatistics> value) {
        return answers -> value.applyAsLong(answers.statistics().get(cache));
    }
}
