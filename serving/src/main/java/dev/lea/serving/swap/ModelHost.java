package dev.lea.serving.swap;

import dev.lea.serving.Failure;
import dev.lea.serving.bundle.Bundle;
import dev.lea.serving.bundle.ModelStore;
import dev.lea.serving.bundle.StoredVersion;
import java.util.Map;
import java.util.Optional;

/// The versions of one model: which are kept, which one is live, and how the live one is replaced.
///
/// Activation loads, verifies and warms the next version aside, records durably that it is live, and lets
/// every new lease see it; the thread that activates waits for the last lease of the version before and
/// closes it. What fails on the way leaves the live version live. One activation runs at a time; leases
/// never wait.
public final class ModelHost<M extends AutoCloseable> implements AutoCloseable {
    /// Makes a model from a bundle: opens its sessions, checks them against the bundle, replays its probes, and
    /// runs each shape once.
    @FunctionalInterface
    public interface Loader<M> {
        /// @throws Failure if the bundle cannot be served; nothing stays open
        M load(Bundle bundle, Version version);
    }

    /// What an activation changed.
    ///
    /// @param previous empty if nothing was live before
    public record Activation(StoredVersion live, Optional<StoredVersion> previous) {}

    private final ModelStore store;
    private final Loader<M> loader;
    private final Slot<M> slot;

    public ModelHost(String name, ModelStore store, Loader<M> loader) {
        this.store = store;
        this.loader = loader;
        this.slot = new Slot<>(name);
    }

    public ModelStore store() {
        return store;
    }

    /// Borrows the live version.
    ///
    /// @throws Failure.Unavailable if there is none
    public Slot.Lease<M> lease() {
        return slot.lease();
    }

    /// Loads the version that was live when the process ended, if any.
    ///
    /// @throws Failure if it cannot be served any more
    public synchronized void restore() {
        long live = store.live();
        if (live != 0) {
            swap(live);
        }
    }

    /// Makes a version live.
    ///
    /// @param expectedLive the version that must be live before, or 0 for any
    /// @throws Failure.NotFound if the version is not kept here
    /// @throws Failure.Conflict if another version is live than expected, or the version is refused
    public synchronized Activation activate(long number, long expectedLive) {
        StoredVersion next = store.version(number);
        long live = store.live();
        if (expectedLive != 0 && expectedLive != live) {
            throw new Failure.Conflict(
                    "LIVE_VERSION_CHANGED",
                    "version " + live + " is live, not " + expectedLive,
                    Map.of(
                            "live_version",
                            Long.toString(live),
                            "expected_live_version",
                            Long.toString(expectedLive)));
        }
        Optional<StoredVersion> previous = described(live);
        if (live == number && !slot.isEmpty()) {
            return new Activation(next, previous);
        }
        M model = load(number);
        // the version that is recorded as live may not be loaded: it could not be restored
        commit(model, number, live == number ? () -> {} : () -> store.setLive(number));
        return new Activation(store.version(number), previous);
    }

    /// Makes the version live that was live before.
    ///
    /// @throws Failure.Conflict if there is none
    public synchronized Activation rollBack() {
        long target = store.previous();
        if (target == 0) {
            throw new Failure.Conflict(
                    "NOTHING_TO_ROLL_BACK_TO",
                    "no version was live before version " + store.live(),
                    Map.of());
        }
        Optional<StoredVersion> previous = described(store.live());
        M model = load(target);
        commit(model, target, store::setRolledBack);
        return new Activation(store.version(target), previous);
    }

    /// Closes the live version once its leases are back.
    @Override
    public synchronized void close() {
        slot.close();
    }

    private void swap(long number) {
        M model = loader.load(store.bundle(number), version(number));
        slot.swap(model, version(number));
    }

    /// Loads a version; one that cannot be served is marked so.
    private M load(long number) {
        try {
            M model = loader.load(store.bundle(number), version(number));
            store.setRefusal(number, "");
            return model;
        } catch (Failure.Corrupt | Failure.Invalid | Failure.Broken e) {
            store.setRefusal(number, e.reason() + ": " + e.getMessage());
            throw new Failure.Conflict(
                    e.reason(),
                    "version " + number + " is refused: " + e.getMessage(),
                    Map.of("version", Long.toString(number)));
        }
    }

    private void commit(M model, long number, Runnable record) {
        try {
            record.run();
        } catch (RuntimeException e) {
            close(model);
            throw e;
        }
        slot.swap(model, version(number));
    }

    private Version version(long number) {
        StoredVersion stored = store.version(number);
        return new Version(stored.name(), number, stored.digest());
    }

    private Optional<StoredVersion> described(long number) {
        return number == 0 ? Optional.empty() : Optional.of(store.version(number));
    }

    private static void close(AutoCloseable model) {
        try {
            model.close();
        } catch (Exception e) {
            throw new Failure.Broken("closing a version that did not go live", e);
        }
    }
}
