package dev.lea.cli.demo;

import dev.lea.client.AgentClient;
import dev.lea.client.LeaException;
import dev.lea.proto.agent.v1.RecommendRequest;
import dev.lea.proto.common.v1.UnknownItems;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/// A small closed loop against agent-server: a few callers, each asks, waits for the answer, pauses, asks
/// again. Nothing is repeated, so that a failed call shows as one.
final class Load implements AutoCloseable {
    private static final int CALLERS = 4;
    private static final Duration PAUSE = Duration.ofMillis(20);
    private static final int RECOMMENDATIONS = 10;
    private static final int MAX_MESSAGES = 3;

    private final AgentClient agent;
    private final List<List<String>> histories;
    private final List<Thread> callers = new ArrayList<>();
    private volatile boolean stopped;

    private final List<LoadReport.Answer> answers = new ArrayList<>(); // guarded by this
    private final List<String> failures = new ArrayList<>(); // guarded by this
    private long failed; // guarded by this

    private Load(AgentClient agent, List<List<String>> histories) {
        this.agent = agent;
        this.histories = histories;
    }

    /// Starts the callers.
    ///
    /// @param agent     must not repeat calls
    /// @param histories 1 or more
    /// @param seed      of who asks what
    static Load start(AgentClient agent, List<List<String>> histories, long seed) {
        var load = new Load(agent, List.copyOf(histories));
        var random = new SplittableRandom(seed);
        for (int i = 0; i < CALLERS; i++) {
            var own = random.split();
            load.callers.add(Thread.ofVirtual().name("load-" + i).start(() -> load.ask(own)));
        }
        return load;
    }

    /// What it saw so far.
    synchronized LoadReport report() {
        return LoadReport.of(answers, failed, failures);
    }

    /// One line about how it goes.
    synchronized String summary() {
        String live = answers.isEmpty() ? "-" : Long.toString(answers.getLast().version());
        return "%,d calls, %,d failed, version %s answers"
                .formatted(answers.size() + failed, failed, live);
    }

    /// Lets the calls under way end. May be called twice.
    @Override
    public void close() {
        stopped = true;
        boolean interrupted = false;
        for (Thread caller : callers) {
            while (caller.isAlive()) {
                try {
                    caller.join();
                } catch (InterruptedException e) {
                    interrupted = true; // each call has a deadline
                }
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private void ask(SplittableRandom random) {
        while (!stopped) {
            var request =
                    RecommendRequest.newBuilder()
                            .addAllHistoryItemIds(histories.get(random.nextInt(histories.size())))
                            .setK(RECOMMENDATIONS)
                            .setUnknownItems(UnknownItems.UNKNOWN_ITEMS_SKIP)
                            .build();
            long start = System.nanoTime();
            try {
                long version = agent.recommend(request).getModel().getVersion();
                long end = System.nanoTime();
                answered(new LoadReport.Answer(end, end - start, version));
            } catch (LeaException e) {
                failed(e.getMessage());
            }
            if (!pause()) {
                return;
            }
        }
    }

    private synchronized void answered(LoadReport.Answer answer) {
        answers.add(answer);
    }

    private synchronized void failed(String message) {
        failed++;
        if (failures.size() < MAX_MESSAGES && !failures.contains(message)) {
            failures.add(message);
        }
    }

    private static boolean pause() {
        try {
            Thread.sleep(PAUSE);
            return true;
        } catch (InterruptedException e) {
            return false;
        }
    }
}
