package dev.lea.serving.swap;

import static java.util.Objects.requireNonNull;

import dev.lea.serving.Failure;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import java.util.function.UnaryOperator;

/// Holds the loaded versions of a model, of which one is live, and lends them out.
///
/// {@snippet :
/// try (var lease = slot.lease()) {
///     return lease.model().run(batch);
/// }
/// }
///
/// Invariants:
///  - a model is closed exactly once, after its last lease has been returned;
///  - it is closed by the thread that replaced it, never by one that is serving a request;
///  - from the moment a change takes effect every new lease is by it.
///
/// A lease must be returned before its thread calls [#swap], [#change] or [#close], else that call never ends.
///
/// Why leases: closing an `OrtSession` while another thread is inside `run` kills the JVM.
public final class Slot<M extends AutoCloseable> implements AutoCloseable {
    private final String name;
    private final AtomicReference<Table<M>> current = new AtomicReference<>(Table.empty());
    private boolean closed; // guarded by this

    /// @param name the model's name, for messages
    public Slot(String name) {
        this.name = requireNonNull(name, "name");
    }

    /// Borrows the live version; return it with [Lease#close].
    ///
    /// @throws Failure.Unavailable if nothing is loaded yet or the slot is closed
    public Lease<M> lease() {
        return lease(Choice.LIVE);
    }

    /// Borrows the version that should answer a call.
    ///
    /// @throws Failure.Unavailable if it is not loaded or the slot is closed
    public Lease<M> lease(Choice choice) {
        return lease(table -> table.choose(choice))
                .orElseThrow(() ->
                        new Failure.Unavailable(
                                "NO_LIVE_VERSION", "no version of " + name + " is live"));
    }

    /// Borrows the shadow; empty if there is none.
    public Optional<Lease<M>> leaseShadow() {
        return lease(Table::shadow);
    }

    /// The version that a lease taken now would be of.
    public Optional<Version> live() {
        return Optional.ofNullable(current.get().live()).map(loaded -> loaded.version);
    }

    /// Makes `next` the live version, waits for the leases of the previous one, then closes it.
    ///
    /// @throws IllegalStateException if the slot is closed; `next` stays the caller's
    /// @throws Failure.Broken if the previous one cannot be closed; `next` is live all the same
    public void swap(M next, Version version) {
        var loaded = new Loaded<>(next, version);
        change(table -> table.withLive(loaded), () -> {});
    }

    /// Replaces the table at once, waits for the leases of the versions that have no role any more, and closes them.
    ///
    /// @param onEffect called when new leases are by the next table, before anything is waited for
    /// @throws IllegalStateException if the slot is closed; what the next table would add stays the caller's
    /// @throws Failure.Broken if one cannot be closed; the next table is in effect all the same
    synchronized void change(UnaryOperator<Table<M>> change, Runnable onEffect) {
        if (closed) {
            throw new IllegalStateException(name + " is closed");
        }
        replace(change.apply(current.get()), onEffect);
    }

    /// The loaded versions.
    Table<M> table() {
        return current.get();
    }

    /// Closes every version once its leases are back; later calls to [#lease] fail.
    @Override
    public synchronized void close() {
        closed = true;
        replace(Table.empty(), () -> {});
    }

    private Optional<Lease<M>> lease(Function<Table<M>, Loaded<M>> choice) {
        while (true) {
            Loaded<M> loaded = choice.apply(current.get());
            if (loaded == null) {
                return Optional.empty();
            }
            if (loaded.retain()) {
                return Optional.of(new Lease<>(loaded));
            }
            // a change has retired it since we read it; the next read sees its successor
        }
    }

    private void replace(Table<M> next, Runnable onEffect) {
        Set<Loaded<M>> gone = current.getAndSet(next).all();
        gone.removeAll(next.all());
        onEffect.run();
        Failure.Broken problem = null;
        for (Loaded<M> loaded : gone) {
            try {
                loaded.retire();
            } catch (Failure.Broken e) {
                if (problem == null) {
                    problem = e;
                } else {
                    problem.addSuppressed(e);
                }
            }
        }
        if (problem != null) {
            throw problem;
        }
    }

    /// One loaned version. May be handed from thread to thread, but is not for two at once.
    public static final class Lease<M extends AutoCloseable> implements AutoCloseable {
        private Loaded<M> loaded;

        private Lease(Loaded<M> loaded) {
            this.loaded = loaded;
        }

        public M model() {
            return requireNonNull(loaded, "lease was returned").model;
        }

        public Version version() {
            return requireNonNull(loaded, "lease was returned").version;
        }

        /// Returns the loan; a second call does nothing.
        @Override
        public void close() {
            if (loaded != null) {
                loaded.release();
                loaded = null;
            }
        }
    }
}
