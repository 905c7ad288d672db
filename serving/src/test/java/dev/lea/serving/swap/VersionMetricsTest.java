package dev.lea.serving.swap;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lea.serving.bundle.ModelStore;
import dev.lea.serving.bundle.StoreLimits;
import dev.lea.serving.bundle.TestBundles;
import dev.lea.serving.swap.ShadowStatistics.Answer;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(30)
class VersionMetricsTest {
    @TempDir Path scratch;

    @Test
    void bindTo_showsRolesEventsAndTheShadowsDifferences() {
        var limits = new StoreLimits(4, 1 << 20, 64);
        var store = ModelStore.open(scratch.resolve("store"), "policy", limits, Clock.systemUTC());
        var registry = new SimpleMeterRegistry();
        try (var host = new ModelHost<AutoCloseable>("policy", store, (_, _) -> () -> {})) {
            new VersionMetrics(host).bindTo(registry);
            for (String model : List.of("one", "two", "three")) {
                TestBundles.upload(store, scratch, model, "");
            }
            host.activate(1, 0);
            host.setCanary(2, 0.25);
            host.setShadow(3);
            assertThat(gauge(registry, "lea.versions.shadow.overlap")).isNaN();
            var live = host.live().orElseThrow();
            for (String other : List.of("a", "b")) {
                host.shadow()
                        .ask(
                                live,
                                () -> new Answer(live, List.of("a"), new float[] {1}),
                                (_, version) ->
                                        new Answer(version, List.of(other), new float[] {3}));
            }
            while (host.shadow().totals().different() == 0) {
                Thread.onSpinWait();
            }
            assertThat(role(registry, "live")).isEqualTo(1);
            assertThat(role(registry, "canary")).isEqualTo(2);
            assertThat(role(registry, "shadow")).isEqualTo(3);
            assertThat(gauge(registry, "lea.versions.canary.share")).isEqualTo(0.25);
            assertThat(registry.get("lea.versions.events").tag("kind", "warmed").counter().count())
                    .isEqualTo(3);
            assertThat(answers(registry, "identical")).isEqualTo(1);
            assertThat(answers(registry, "different")).isEqualTo(1);
            assertThat(gauge(registry, "lea.versions.shadow.overlap")).isEqualTo(0.5);
            assertThat(gauge(registry, "lea.versions.shadow.score.difference.max")).isEqualTo(2);
            host.setShadow(0);
            host.setShadow(3);
            assertThat(host.shadow().comparisons()).isEmpty();
            assertThat(answers(registry, "different")).isEqualTo(1); // a counter never falls
        }
    }

    private static double role(SimpleMeterRegistry registry, String role) {
        return registry.get("lea.versions.number").tag("role", role).gauge().value();
    }

    private static double gauge(SimpleMeterRegistry registry, String name) {
        return registry.get(name).gauge().value();
    }

    private static double answers(SimpleMeterRegistry registry, String result) {
        return registry.get("lea.versions.shadow.answers")
                .tag("result", result)
                .functionCounter()
                .count();
    }
}
