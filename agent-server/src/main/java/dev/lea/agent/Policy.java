package dev.lea.agent;

import dev.lea.serving.batch.BatchLimits;
import dev.lea.serving.batch.MicroBatcher;
import dev.lea.serving.bundle.ItemIndex;
import dev.lea.serving.swap.Busy;
import dev.lea.serving.swap.Digested;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;

/// One loaded version: its catalogue, its graph, and a batcher of its own, so that every batch is of one
/// version by construction.
///
/// Whoever submits must hold a lease on the version until the future is complete. Closing answers what waits,
/// ends the batcher's threads and only then frees the graph.
final class Policy implements AutoCloseable, Digested, Busy {
    private final Catalogue catalogue;
    private final PolicyGraph graph;
    private final MicroBatcher<Query, Supplier<Ranking>> batcher;

    private Policy(
            Catalogue catalogue,
            PolicyGraph graph,
            MicroBatcher<Query, Supplier<Ranking>> batcher) {
        this.catalogue = catalogue;
        this.graph = graph;
        this.batcher = batcher;
    }

    /// Starts the batcher; the policy owns the graph from now on.
    ///
    /// @param name   of the version, for its threads
    /// @param meters of all versions
    static Policy start(
            String name,
            Catalogue catalogue,
            PolicyGraph graph,
            BatchLimits limits,
            PolicyMeters meters) {
        return new Policy(
                catalogue,
                graph,
                MicroBatcher.start(name, limits, graph::run, meters.queue(), meters.engine()));
    }

    ItemIndex items() {
        return catalogue.items();
    }

    Catalogue catalogue() {
        return catalogue;
    }

    PolicyGraph graph() {
        return graph;
    }

    @Override
    public String digest() {
        return catalogue.digest();
    }

    @Override
    public boolean busy() {
        return batcher.queuedRows() > 0;
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
