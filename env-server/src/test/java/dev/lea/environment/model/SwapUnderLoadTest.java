package dev.lea.environment.model;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lea.environment.model.Caller.Lane;
import dev.lea.environment.toy.ToyBundle;
import dev.lea.environment.toy.ToyEnvironment;
import dev.lea.serving.bundle.Bundle;
import dev.lea.serving.swap.Slot;
import dev.lea.serving.swap.Version;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Two versions that differ, swapped while callers read states, rewards and what histories are remembered by from
/// one set of caches: whatever a caller is given is of the version that it leased.
@Timeout(120)
class SwapUnderLoadTest {
    private static final long READS = 1_000_000;
    private static final int CALLERS = 4;
    private static final int HISTORIES = 40;
    private static final double SAME = 1e-4;
    private static final List<ToyEnvironment> TOYS =
            List.of(ToyEnvironment.SMALL, ToyEnvironment.SMALL.withShift(0.1f));

    @TempDir Path folder;

    private final List<int[]> histories = new ArrayList<>();
    private final AtomicLong reads = new AtomicLong();

    /// By version, history, element.
    private final double[][][] states = new double[2][HISTORIES][];

    private final double[][][] raws = new double[2][HISTORIES][];

    @Test
    void reads_whileVersionsAreSwapped_areOfTheVersionThatIsNamed() throws Exception {
        var random = new Random(11);
        for (int i = 0; i < HISTORIES; i++) {
            histories.add(random.ints(random.nextInt(9), 0, 20).toArray());
        }
        for (int version = 0; version < 2; version++) {
            for (int i = 0; i < HISTORIES; i++) {
                int[] history = histories.get(i);
                ToyEnvironment toy = TOYS.get(version);
                states[version][i] = toy.state(history);
                raws[version][i] =
                        IntStream.range(0, 20)
                                .mapToDouble(item -> toy.raw(history, item))
                                .toArray();
            }
        }
        List<Bundle> bundles =
                IntStream.range(0, 2)
                        .mapToObj(i -> ToyBundle.write(folder.resolve("v" + i), TOYS.get(i)))
                        .toList();
        // too little for both versions' answers: they push one another out
        var answers = new Answers(60_000, 20_000);
        var loader =
                new EnvironmentLoader(2, 1_000, PassLimits.DEFAULT, answers, new PassStatistics());
        int swaps = 0;
        try (var slot = new Slot<LanguageEnvironment>("environment");
                var threads = Executors.newFixedThreadPool(CALLERS)) {
            swap(slot, loader, bundles, 0);
            List<Future<Void>> callers = new ArrayList<>();
            for (int i = 0; i < CALLERS; i++) {
                int seed = i;
                callers.add(threads.submit((Callable<Void>) () -> read(slot, new Random(seed))));
            }
            while (reads.get() < READS && callers.stream().noneMatch(Future::isDone)) {
                swap(slot, loader, bundles, ++swaps % 2);
            }
            for (Future<Void> caller : callers) {
                caller.get();
            }
        }
        assertThat(swaps).isGreaterThan(2);
        CacheStatistics kept = answers.statistics().get("rewards");
        assertThat(kept.evictions()).isPositive();
        assertThat(kept.hits()).isPositive();
    }

    private static void swap(
            Slot<LanguageEnvironment> slot, EnvironmentLoader loader, List<Bundle> bundles, int i) {
        var version = new Version("environment", 1 + i, bundles.get(i).digest());
        slot.swap(loader.load(bundles.get(i), version), version);
    }

    private Void read(Slot<LanguageEnvironment> slot, Random random) throws InterruptedException {
        while (reads.get() < READS) {
            try (var lease = slot.lease()) {
                int version = (int) lease.version().number() - 1;
                // mostly a few histories, so that most reads are of what is kept
                int most = random.nextInt(64) == 0 ? HISTORIES : 6;
                int[] which = random.ints(64, 0, most).toArray();
                readStates(lease.model(), version, which);
                readRewards(lease.model(), version, which[0], random);
            }
        }
        return null;
    }

    private void readStates(LanguageEnvironment environment, int version, int[] which)
            throws InterruptedException {
        List<float[]> found =
                environment.states(
                        Arrays.stream(which)
                                .mapToObj(i -> new StateQuestion(histories.get(i), false))
                                .toList(),
                        caller());
        for (int i = 0; i < which.length; i++) {
            double[] expected = states[version][which[i]];
            for (int d = 0; d < expected.length; d++) {
                check("state", version, which[i], found.get(i)[d], expected[d]);
            }
        }
        reads.addAndGet(which.length);
    }

    private void readRewards(LanguageEnvironment environment, int version, int i, Random random)
            throws InterruptedException {
        int[] items = random.ints(16, 0, 20).distinct().toArray();
        List<ScoredItem> found =
                environment
                        .score(List.of(new RewardQuestion(histories.get(i), items)), caller())
                        .getFirst();
        for (ScoredItem item : found) {
            check("score", version, i, item.raw(), raws[version][i][item.item()]);
        }
        reads.addAndGet(items.length);
    }

    private void check(String what, int version, int history, float actual, double expected) {
        if (!(Math.abs(actual - expected) <= SAME)) {
            throw new AssertionError(
                    "%s after %s by version %d is %s but should be %s"
                            .formatted(
                                    what,
                                    Arrays.toString(histories.get(history)),
                                    version + 1,
                                    actual,
                                    expected));
        }
    }

    private static Caller caller() {
        return new Caller(
                Lane.CALL, System.nanoTime() + Duration.ofSeconds(60).toNanos(), () -> false);
    }
}
