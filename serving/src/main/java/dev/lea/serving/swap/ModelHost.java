package dev.lea.serving.swap;

import dev.lea.serving.Failure;
import dev.lea.serving.bundle.Bundle;
import dev.lea.serving.bundle.ModelStore;
import dev.lea.serving.bundle.StoredVersion;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The versions of one model: which are kept, which one is live, and how the live one is replaced.
///
/// Activation loads, verifies and warms the next version aside, records durably that it is live, and lets
/// every new lease see it; the thread that activates waits for the last lease of the version before and
/// closes it. What fails on the way leaves the live version live. One activation runs at a time; leases
/// never wait. A version's files are verified again each time it is loaded.
public final class ModelHost<M extends AutoCloseable> implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(ModelHost.class);

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
    private boolean closed; // guarded by this

    /// @param name  the model's name, for messages
    /// @param store closed with this object
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

    /// The version that a lease taken now would be of; empty if nothing is loaded, whatever the store says.
    public Optional<Version> live() {
        return slot.live();
    }

    /// Loads the version that was live when the process ended, if any.
    ///
    /// @throws Failure.Conflict if it cannot be served any more: it is marked as refused, nothing is live, and
    ///     another version, or the same one uploaded again, can be activated
    public synchronized void restore() {
        expectOpen();
        long live = store.live();
        if (live != 0) {
            replace(live, () -> {});
        }
    }

    /// Makes a version live.
    ///
    /// @param expectedLive the version that must be live before, or 0 for any
    /// @throws Failure.NotFound if the version is not kept here
    /// @throws Failure.Conflict if another version is live than expected, or the version is refused
    public synchronized Activation activate(long number, long expectedLive) {
        expectOpen();
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
        if (slot.live().map(Version::number).equals(Optional.of(number))) {
            return new Activation(next, Optional.of(next));
        }
        return replace(number, () -> store.setLive(number));
    }

    /// Makes the version live that was live before.
    ///
    /// @throws Failure.Conflict if there is none, or it is refused
    public synchronized Activation rollBack() {
        expectOpen();
        long target = store.previous();
        if (target == 0) {
            throw new Failure.Conflict(
                    "NOTHING_TO_ROLL_BACK_TO",
                    "no version was live before version " + store.live(),
                    Map.of());
        }
        return replace(target, store::setRolledBack);
    }

    /// Replaces the live model by another of the same version, for instance with a larger catalogue. One at a time, and
    /// never during an activation.
    ///
    /// @param change makes the next model of the live one, and records durably what must outlive the process; empty
    ///     if there is nothing to change
    /// @throws Failure.Unavailable if nothing is live
    public synchronized void revise(Function<M, Optional<M>> change) {
        expectOpen();
        Optional<M> next;
        Version version;
        try (Slot.Lease<M> lease = slot.lease()) {
            version = lease.version();
            next = change.apply(lease.model());
        }
        next.ifPresent(model -> slot.swap(model, effective(version, model)));
    }

    /// Closes the live version once its leases are back, and the store.
    @Override
    public synchronized void close() {
        closed = true;
        try {
            slot.close();
        } finally {
            store.close();
        }
    }

    /// Loads, records, swaps. Recording comes before swapping: when it fails nothing has changed, and a kill
    /// between the two is an activation whose caller got no answer.
    private Activation replace(long number, Runnable record) {
        long live = store.live();
        Optional<StoredVersion> previous =
                live == 0 ? Optional.empty() : Optional.of(store.version(live));
        try (var _ = store.hold(number, live)) {
            M model = load(number);
            try {
                store.setRefusal(number, "");
                record.run();
            } catch (RuntimeException e) {
                discard(model, e);
                throw e;
            }
            try {
                slot.swap(model, effective(version(number), model));
            } catch (Failure.Broken e) {
                log.error("the version before {} could not be closed and may leak", number, e);
            }
            return new Activation(store.version(number), previous);
        }
    }

    /// Loads a version; one that cannot be served is marked so.
    private M load(long number) {
        try {
            return loader.load(store.bundle(number), version(number));
        } catch (Failure.Corrupt | Failure.Invalid | Failure.Conflict e) {
            throw refused(number, e.reason(), e.getMessage(), e);
        } catch (Failure.Broken e) {
            log.error("version {} fails", number, e);
            throw refused(number, e.reason(), "the model fails", e);
        } catch (RuntimeException e) {
            refused(number, "LOAD_FAILED", "it cannot be loaded", e);
            throw e;
        }
    }

    private Failure refused(long number, String reason, String message, RuntimeException cause) {
        try {
            store.setRefusal(number, reason + ": " + message);
        } catch (RuntimeException e) {
            cause.addSuppressed(e);
            log.warn("the refusal of version {} cannot be recorded", number, e);
        }
        return new Failure.Conflict(
                reason,
                "version " + number + " is refused: " + message,
                Map.of("version", Long.toString(number)));
    }

    private static Version effective(Version version, Object model) {
        return model instanceof Digested digested
                ? new Version(version.name(), version.number(), digested.digest())
                : version;
    }

    private Version version(long number) {
        StoredVersion stored = store.version(number);
        return new Version(stored.name(), number, stored.digest());
    }

    private void expectOpen() {
        if (closed) {
            throw new Failure.Unavailable("SERVER_STOPPING", "the server is going away");
        }
    }

    private static void discard(AutoCloseable model, RuntimeException cause) {
        try {
            model.close();
        } catch (Exception e) {
            cause.addSuppressed(e);
        }
    }
}
