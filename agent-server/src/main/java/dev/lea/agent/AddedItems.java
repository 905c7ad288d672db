package dev.lea.agent;

import dev.lea.serving.Failure;
import dev.lea.serving.bundle.Revision;
import dev.lea.serving.bundle.RevisionStore;
import dev.lea.serving.rpc.Revisions;
import dev.lea.serving.swap.ModelHost;
import dev.lea.serving.swap.Version;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;

/// Items that were added to the environment after the live policy was trained on it, as env-server hands them on. They
/// are kept by the environment's digest, so every policy of the same environment has them. What is added is durable
/// before it is recommended, and recommended before the call is answered.
record AddedItems(ModelHost<Policy> host, PolicyLoader loader, RevisionStore store)
        implements Revisions {
    @Override
    public Revision current() {
        try (var lease = host.lease()) {
            return of(lease.model());
        }
    }

    @Override
    public Version take(Revision revision) {
        var task =
                new FutureTask<>(
                        () -> {
                            host.revise(live -> take(live, revision));
                            host.reviseOthers(other -> take(other, revision));
                        },
                        true);
        Thread.ofPlatform().name("added-items").start(task); // loading is native work
        try {
            task.get();
        } catch (ExecutionException e) {
            throw e.getCause() instanceof RuntimeException problem
                    ? problem
                    : new IllegalStateException(e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new Failure.Unavailable("INTERRUPTED", "the call was interrupted");
        }
        return host.live().orElseThrow();
    }

    private Optional<Policy> take(Policy live, Revision revision) {
        Revision before = of(live);
        if (revision.equalsContent(before)) {
            return Optional.empty();
        }
        if (!revision.versionDigest().equals(before.versionDigest())) {
            throw new Failure.Conflict(
                    "REVISION_OF_ANOTHER_VERSION",
                    "the revision is of environment %s but the live policy was trained on %s"
                            .formatted(revision.versionDigest(), before.versionDigest()),
                    Map.of(
                            "digest",
                            revision.versionDigest(),
                            "expected_digest",
                            before.versionDigest()));
        }
        if (revision.number() <= before.number()) {
            throw new Failure.Conflict(
                    "REVISION_NOT_NEWER",
                    "revision %d was sent but revision %d is here"
                            .formatted(revision.number(), before.number()),
                    Map.of("revision", Long.toString(before.number())));
        }
        Policy revised = loader.revised(live, revision);
        try {
            store.keep(revision);
        } catch (RuntimeException e) {
            revised.close();
            throw e;
        }
        return Optional.of(revised);
    }

    private static Revision of(Policy live) {
        return live.catalogue()
                .revision()
                .orElseThrow(() ->
                        new Failure.Conflict(
                                "NO_REVISIONS",
                                "the live policy scores a fixed set of items; one that was trained with agent.head=tokens takes more",
                                Map.of()));
    }
}
