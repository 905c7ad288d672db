package dev.lea.agent;

import dev.lea.serving.batch.BatchLimits;
import dev.lea.serving.batch.MicroBatcher;
import dev.lea.serving.bundle.ItemIndex;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;

/// One loaded version: its catalogue, its graph, and a batcher of its own, so that every batch is of one
/// version by construction.
///
/// Whoever submits must hold a lease on the version until the future is complete. Closing answers what waits,
/// ends the batcher's threads and only then frees the graph.
final class Policy implements AutoCloseable {
    private final ItemIndex items;
    private final PolicyGraph graph;
    private final MicroBatcher<Query, Supplier<Ranking>> batcher;

    private Policy(
            ItemIndex items, PolicyGraph graph, MicroBatcher<Query, Supplier<Ranking>> batcher) {
        this.items = items;
        this.graph = graph;
        this.batcher = batcher;
    }

    /// Starts the batcher; the policy owns the graph from now on.
    ///
    /// @param name of the version, for its threads
    static Policy start(String name, ItemIndex items, PolicyGraph graph, BatchLimits limits) {
        return new Policy(items, graph, MicroBatcher.start(name, limits, graph::run));
    }

    ItemIndex items() {
        return items;
    }

    /// Answers a query as part of some batch; the future behaves as [MicroBatcher#submit] says.
    CompletableFuture<Supplier<Ranking>> submit(Query query, long deadlineNanos) {
        return batcher.submit(query, deadlineNanos);
    }

    @Override
    public void close() {
        batcher.close();
        graph.close();
    }
}
