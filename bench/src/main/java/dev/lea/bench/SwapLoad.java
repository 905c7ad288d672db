package dev.lea.bench;

import dev.lea.client.AgentClient;
import dev.lea.client.LeaChannel;
import dev.lea.client.LeaException;
import dev.lea.proto.agent.v1.RecommendRequest;
import dev.lea.proto.agent.v1.RecommendResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.random.RandomGenerator;

/// Callers of an agent-server whose every answer is held against what the version that it names gives.
///
/// An answer is right if each score is within [#TOLERANCE] of that version's, and the items stand in its order wherever
/// their scores differ by more.
final class SwapLoad {
    static final double TOLERANCE = 1e-5;

    private static final int K = 10;

    /// How the calls come.
    enum Kind {
        /// Each caller asks again when it has its answer.
        CLOSED,
        /// A call starts when its time has come, whatever became of those before; its latency counts from then on.
        OPEN
    }

    /// What one window of load showed.
    ///
    /// @param nanos latencies, ascending
    record Window(long[] nanos) {
        double millis(double quantile) {
            if (nanos.length == 0) {
                return Double.NaN;
            }
            int at = (int) Math.min(nanos.length - 1L, (long) (quantile * nanos.length));
            return nanos[at] / 1e6;
        }

        static Window of(List<Window> windows) {
            return of(windows.stream().map(Window::nanos).flatMapToLong(Arrays::stream).toArray());
        }

        private static Window of(long[] nanos) {
            Arrays.sort(nanos);
            return new Window(nanos);
        }
    }

    private final AgentClient client;
    private final int items;
    private final int callers;
    private final double rate;
    private final Map<Long, SyntheticPolicy> versions = new ConcurrentHashMap<>();
    private final Queue<String> wrong = new ConcurrentLinkedQueue<>();
    private final Queue<String> failed = new ConcurrentLinkedQueue<>();
    private final AtomicLong answered = new AtomicLong();
    private final AtomicLong seed;

    /// @param callers of closed windows
    /// @param rate    calls a second of open windows
    SwapLoad(LeaChannel channel, int items, int callers, double rate, long seed) {
        this.client = new AgentClient(channel);
        this.items = items;
        this.callers = callers;
        this.rate = rate;
        this.seed = new AtomicLong(seed);
    }

    /// Says what a version's answers are; before it can answer.
    void know(long version, SyntheticPolicy policy) {
        versions.put(version, policy);
    }

    List<String> wrong() {
        return List.copyOf(wrong);
    }

    List<String> failed() {
        return List.copyOf(failed);
    }

    long answered() {
        return answered.get();
    }

    /// Calls for a while, and lets `meanwhile` happen during it.
    Window run(Kind kind, Duration length, Runnable meanwhile) throws InterruptedException {
        long end = System.nanoTime() + length.toNanos();
        Queue<Long> latencies = new ConcurrentLinkedQueue<>();
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            switch (kind) {
                case CLOSED -> {
                    for (int i = 0; i < callers; i++) {
                        threads.execute(() -> callUntil(end, latencies));
                    }
                    meanwhile.run();
                }
                case OPEN -> {
                    var starter = Thread.startVirtualThread(() -> start(end, threads, latencies));
                    meanwhile.run();
                    starter.join(); // before no further call may start
                }
            }
        }
        return Window.of(latencies.stream().mapToLong(Long::longValue).toArray());
    }

    private void callUntil(long end, Queue<Long> latencies) {
        var random = new SplittableRandom(seed.getAndIncrement());
        while (System.nanoTime() - end < 0) {
            latencies.add(call(random, System.nanoTime()));
        }
    }

    private void start(long end, Executor threads, Queue<Long> latencies) {
        long start = System.nanoTime();
        for (long i = 0; ; i++) {
            long due = start + (long) (i * 1e9 / rate);
            if (due - end >= 0) {
                return;
            }
            while (System.nanoTime() - due < 0) {
                LockSupport.parkNanos(due - System.nanoTime());
            }
            var random = new SplittableRandom(seed.getAndIncrement());
            threads.execute(() -> latencies.add(call(random, due)));
        }
    }

    private long call(RandomGenerator random, long since) {
        int[] history = random.ints(random.nextInt(13), 0, items).toArray();
        var request = RecommendRequest.newBuilder().setK(K);
        for (int item : history) {
            request.addHistoryItemIds(SyntheticPolicy.id(item));
        }
        long latency = 0;
        try {
            RecommendResponse response = client.recommend(request.build());
            latency = System.nanoTime() - since;
            check(history, response);
            answered.incrementAndGet();
        } catch (LeaException e) {
            latency = System.nanoTime() - since;
            failed.add(e.getMessage());
        } catch (RuntimeException e) {
            wrong.add(e.toString());
        }
        return latency;
    }

    private void check(int[] history, RecommendResponse response) {
        long version = response.getModel().getVersion();
        SyntheticPolicy policy = versions.get(version);
        if (policy == null || response.getItemsCount() != K) {
            wrong.add("version %d gave %d items".formatted(version, response.getItemsCount()));
            return;
        }
        float[] scores = policy.scores(history);
        float[] best = scores.clone();
        Arrays.sort(best);
        List<Integer> seen = new ArrayList<>();
        for (int place = 0; place < K; place++) {
            int item = SyntheticPolicy.index(response.getItems(place).getItemId());
            float given = response.getItems(place).getScore();
            float due = best[best.length - 1 - place]; // of whichever item belongs here
            if (!(Math.abs(given - scores[item]) <= TOLERANCE)
                    || !(Math.abs(scores[item] - due) <= TOLERANCE)
                    || seen.contains(item)) {
                wrong.add(
                        "version %d has item %d at place %d with %s, not %s, where %s is due"
                                .formatted(version, item, place, given, scores[item], due));
            }
            seen.add(item);
        }
    }
}
