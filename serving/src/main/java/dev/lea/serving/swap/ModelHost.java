package dev.lea.serving.swap;

import dev.lea.serving.Failure;
import dev.lea.serving.bundle.Aliases;
import dev.lea.serving.bundle.Bundle;
import dev.lea.serving.bundle.ModelStore;
import dev.lea.serving.bundle.StoredVersion;
import dev.lea.serving.swap.VersionEvent.Kind;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The versions of one model: which are kept, which one is live, and how the live one is replaced.
///
/// Activation verifies, loads and warms the next version aside, records durably that it is live, and lets
/// every new lease see it; the thread that activates waits for the last lease of the version before and
/// closes it. What fails on the way leaves the live version live. One change runs at a time; leases
/// never wait. A version's files are verified again each time it is loaded. A canary and a shadow are brought up in the
/// same way; one that becomes live is not loaded again.
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
    private final VersionEvents events;
    private final Shadow<M> shadow;
    private boolean closed; // guarded by this

    /// @param name  the model's name, for messages
    /// @param store closed with this object
    public ModelHost(String name, ModelStore store, Loader<M> loader) {
        this.store = store;
        this.loader = loader;
        this.slot = new Slot<>(name);
        this.events = new VersionEvents(store);
        this.shadow = new Shadow<>(name, slot);
    }

    /// Tells what happens to the versions.
    public VersionEvents events() {
        return events;
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

    /// Borrows the version that should answer a call.
    ///
    /// @throws Failure.Unavailable if it is not loaded
    public Slot.Lease<M> lease(Choice choice) {
        return slot.lease(choice);
    }

    /// Asks the version that is asked beside the one that answers.
    public Shadow<M> shadow() {
        return shadow;
    }

    /// The version that a lease taken now would be of; empty if nothing is loaded, whatever the store says.
    public Optional<Version> live() {
        return slot.live();
    }

    /// Loads the versions that answered when the process ended, if any. A canary or shadow that cannot be served any
    /// more has ended.
    ///
    /// @throws Failure.Conflict if the live one cannot be served any more: it is marked as refused, nothing is live, and
    ///     another version, or the same one uploaded again, can be activated
    public synchronized void restore() {
        expectOpen();
        Aliases aliases = store.aliases();
        try {
            if (aliases.live() != 0) {
                replace(aliases.live(), () -> {});
            }
        } finally {
            restore(aliases.canary(), () -> setCanary(aliases.canary(), aliases.share()));
            restore(aliases.shadow(), () -> setShadow(aliases.shadow()));
        }
    }

    private void restore(long number, Runnable step) {
        if (number == 0) {
            return;
        }
        try {
            step.run();
        } catch (RuntimeException e) {
            log.error("version {}, which was canary or shadow, is so no more", number, e);
            Aliases aliases = store.aliases();
            if (aliases.canary() == number) {
                store.setCanary(0, 0);
            }
            if (aliases.shadow() == number) {
                store.setShadow(0);
            }
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

    /// Lets a version answer a share of the calls, or the same one another share; the canary before it ends.
    ///
    /// @param number 0 for no canary
    /// @param share  0..1; calls that ask for the canary by its number are answered by it at any share
    /// @throws Failure.NotFound if the version is not kept here
    /// @throws Failure.Conflict if it is live, or nothing is, or it is refused
    public synchronized Aliases setCanary(long number, double share) {
        expectOpen();
        long before = slot.table().canary() == null ? 0 : store.aliases().canary();
        bringUp(
                number,
                "canary",
                () -> store.setCanary(number, share),
                (table, loaded) -> table.withCanary(loaded, share),
                () -> {
                    tellEnd(before, number, Kind.CANARY_ENDED);
                    tell(number, Kind.CANARY, "share " + share);
                });
        return store.aliases();
    }

    /// Lets a version be asked beside the one that answers; the shadow before it ends.
    ///
    /// @param number 0 for no shadow
    /// @throws Failure.NotFound if the version is not kept here
    /// @throws Failure.Conflict if it is live, or nothing is, or it is refused
    public synchronized Aliases setShadow(long number) {
        expectOpen();
        long before = slot.table().shadow() == null ? 0 : store.aliases().shadow();
        bringUp(
                number,
                "shadow",
                () -> store.setShadow(number),
                Table::withShadow,
                () -> {
                    if (before != number) {
                        shadow.reset();
                    }
                    tellEnd(before, number, Kind.SHADOW_ENDED);
                    tell(number, Kind.SHADOW, "");
                });
        return store.aliases();
    }

    /// Deletes a version.
    ///
    /// @throws Failure.NotFound if it is not kept here
    /// @throws Failure.Conflict if it is live, canary or shadow, or is being loaded or closed
    public void delete(long number) {
        store.delete(number);
        events.storeChanged();
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

    /// As [#revise], for the canary and the shadow: each is changed if it can be.
    public synchronized void reviseOthers(Function<M, Optional<M>> change) {
        expectOpen();
        Table<M> table = slot.table();
        for (Loaded<M> loaded : table.all()) {
            if (loaded == table.live()) {
                continue;
            }
            try {
                change.apply(loaded.model)
                        .map(model -> new Loaded<>(model, effective(loaded.version, model)))
                        .ifPresent(next -> slot.change(now -> now.with(loaded, next), () -> {}));
            } catch (Failure e) {
                log.info("{} is not revised: {}", loaded.version, e.getMessage());
            }
        }
    }

    /// Closes the loaded versions once their leases are back, and the store.
    @Override
    public synchronized void close() {
        closed = true;
        try {
            shadow.close();
            slot.close();
        } finally {
            store.close();
        }
    }

    /// Loads, records, swaps.
    private Activation replace(long number, Runnable record) {
        long live = store.live();
        Optional<StoredVersion> previous =
                live == 0 ? Optional.empty() : Optional.of(store.version(live));
        Aliases before = store.aliases();
        try (var _ = store.hold(number, live)) {
            bringUp(
                    number,
                    record,
                    Table::withLive,
                    () -> {
                        tell(number, Kind.LIVE, "");
                        if (before.canary() == number) {
                            tell(number, Kind.CANARY_ENDED, "it is live");
                        }
                        if (before.shadow() == number) {
                            tell(number, Kind.SHADOW_ENDED, "it is live");
                        }
                    });
            return new Activation(store.version(number), previous);
        } finally {
            events.storeChanged(); // what is live no longer may have been the oldest of too many
        }
    }

    /// Brings up a version that may not be live.
    private void bringUp(
            long number,
            String role,
            Runnable record,
            BiFunction<Table<M>, Loaded<M>, Table<M>> place,
            Runnable tell) {
        if (number == 0) {
            record.run();
            change(table -> place.apply(table, null), tell);
            return;
        }
        store.version(number);
        if (store.live() == 0) {
            throw new Failure.Conflict(
                    "NO_LIVE_VERSION",
                    "no version is live yet beside which %d could be the %s"
                            .formatted(number, role),
                    Map.of());
        }
        if (number == store.live()) {
            throw new Failure.Conflict(
                    "VERSION_IS_LIVE",
                    "version %d is live and cannot be the %s".formatted(number, role),
                    Map.of("version", Long.toString(number)));
        }
        try (var _ = store.hold(number)) {
            bringUp(number, record, place, tell);
        }
    }

    /// Recording comes before changing the table: when it fails nothing has changed, and a kill between the two is a
    /// change whose caller got no answer.
    private void bringUp(
            long number,
            Runnable record,
            BiFunction<Table<M>, Loaded<M>, Table<M>> place,
            Runnable tell) {
        Optional<Loaded<M>> there = slot.table().find(number);
        Loaded<M> loaded = there.orElseGet(() -> load(number));
        try {
            store.setRefusal(number, "");
            record.run();
        } catch (RuntimeException e) {
            if (there.isEmpty()) {
                discard(loaded.model, e);
            }
            throw e;
        }
        change(table -> place.apply(table, loaded), tell);
    }

    private void change(UnaryOperator<Table<M>> change, Runnable tell) {
        Table<M> before = slot.table();
        try {
            slot.change(change, tell);
        } catch (Failure.Broken e) {
            log.error("a version could not be closed and may leak", e);
        }
        for (Loaded<M> gone : before.all()) {
            if (slot.table().find(gone.version.number()).isEmpty()) {
                tell(gone.version.number(), Kind.CLOSED, "");
            }
        }
    }

    private void tell(long number, Kind kind, String detail) {
        if (number != 0) {
            events.publish(kind, number, detail);
        }
    }

    private void tellEnd(long before, long number, Kind kind) {
        if (before != number) {
            tell(before, kind, "");
        }
    }

    /// Loads a version; one that cannot be served is marked so.
    private Loaded<M> load(long number) {
        tell(number, Kind.LOADING, "");
        try {
            Bundle bundle = store.bundle(number);
            tell(number, Kind.VERIFIED, "");
            M model = loader.load(bundle, version(number));
            tell(number, Kind.WARMED, "");
            return new Loaded<>(model, effective(version(number), model));
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
        tell(number, Kind.REFUSED, reason + ": " + message);
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
