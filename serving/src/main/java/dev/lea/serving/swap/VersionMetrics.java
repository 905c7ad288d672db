package dev.lea.serving.swap;

import dev.lea.serving.bundle.Aliases;
import dev.lea.serving.swap.ShadowStatistics.Comparison;
import dev.lea.serving.swap.ShadowStatistics.Totals;
import dev.lea.serving.swap.VersionEvent.Kind;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.function.ToDoubleFunction;

/// The versions of a model as metrics: which answer, what happens to them, and how the shadow's answers differ.
///
/// @param host must outlive the registry
public record VersionMetrics(ModelHost<?> host) implements MeterBinder {
    @Override
    public void bindTo(MeterRegistry registry) {
        number(registry, "live", Aliases::live);
        number(registry, "canary", Aliases::canary);
        number(registry, "shadow", Aliases::shadow);
        Gauge.builder("lea.versions.canary.share", () -> host.store().aliases().share())
                .description("share of the calls that the canary answers")
                .register(registry);
        events(registry);
        answers(registry, "identical", Totals::identical);
        answers(registry, "different", Totals::different);
        answers(registry, "failed", Totals::failed);
        answers(registry, "skipped", Totals::skipped);
        latest(
                registry,
                "lea.versions.shadow.overlap",
                "share of an answer's items that the shadow's answer holds too",
                Comparison::meanOverlap);
        latest(
                registry,
                "lea.versions.shadow.score.difference.mean",
                "how far an item's score is from the shadow's",
                Comparison::meanScoreDifference);
        latest(
                registry,
                "lea.versions.shadow.score.difference.max",
                "how far an item's score was from the shadow's at most",
                Comparison::maxScoreDifference);
    }

    private void number(MeterRegistry registry, String role, ToDoubleFunction<Aliases> number) {
        Gauge.builder("lea.versions.number", () -> number.applyAsDouble(host.store().aliases()))
                .tag("role", role)
                .description("number of the version with a role, 0 for none")
                .register(registry);
    }

    private void events(MeterRegistry registry) {
        Map<Kind, Counter> counters = new EnumMap<>(Kind.class);
        for (Kind kind : Kind.values()) {
            counters.put(
                    kind,
                    Counter.builder("lea.versions.events")
                            .tag("kind", kind.name().toLowerCase(Locale.ROOT))
                            .description("what happened to versions")
                            .register(registry));
        }
        var _ = host.events().listen(event -> counters.get(event.kind()).increment());
    }

    private void answers(MeterRegistry registry, String result, ToDoubleFunction<Totals> count) {
        FunctionCounter.builder(
                        "lea.versions.shadow.answers",
                        host.shadow(),
                        shadow -> count.applyAsDouble(shadow.totals()))
                .tag("result", result)
                .description("calls that the shadow was to answer too")
                .register(registry);
    }

    /// Of the version that answered last beside the shadow; not a number where nothing was compared.
    private void latest(
            MeterRegistry registry,
            String name,
            String description,
            ToDoubleFunction<Comparison> value) {
        Gauge.builder(
                        name,
                        () ->
                                host.shadow().comparisons().stream()
                                        .findFirst()
                                        .filter(comparison -> comparison.compared() > 0)
                                        .map(value::applyAsDouble)
                                        .orElse(Double.NaN))
                .description(description)
                .register(registry);
    }
}
