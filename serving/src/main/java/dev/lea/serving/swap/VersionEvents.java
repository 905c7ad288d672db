package dev.lea.serving.swap;

import dev.lea.serving.bundle.ModelStore;
import dev.lea.serving.bundle.StoredVersion;
import dev.lea.serving.swap.VersionEvent.Kind;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Tells listeners what happens to the versions of a store, in order. A listener must return at once.
public final class VersionEvents {
    private static final Logger log = LoggerFactory.getLogger(VersionEvents.class);

    private final ModelStore store;
    private final List<Consumer<VersionEvent>> listeners = new CopyOnWriteArrayList<>();
    private Set<Long> kept; // guarded by this

    VersionEvents(ModelStore store) {
        this.store = store;
        this.kept = numbers();
    }

    /// Listens from the next event on.
    ///
    /// @return ends it; a second call does nothing
    public Runnable listen(Consumer<VersionEvent> listener) {
        listeners.add(listener);
        return () -> listeners.remove(listener);
    }

    /// Tells of versions that came or went since this was asked last.
    public synchronized void storeChanged() {
        Set<Long> now = numbers();
        now.stream()
                .filter(number -> !kept.contains(number))
                .sorted()
                .forEach(number -> publish(Kind.UPLOADED, number, ""));
        kept.stream()
                .filter(number -> !now.contains(number))
                .sorted()
                .forEach(number -> publish(Kind.DELETED, number, ""));
        kept = now;
    }

    synchronized void publish(Kind kind, long version, String detail) {
        var event = new VersionEvent(kind, version, detail, store.aliases());
        for (Consumer<VersionEvent> listener : listeners) {
            try {
                listener.accept(event);
            } catch (RuntimeException e) {
                log.warn("a listener failed at {}", event, e);
            }
        }
    }

    private Set<Long> numbers() {
        return store.list().stream()
                .map(StoredVersion::number)
                .collect(Collectors.toCollection(HashSet::new));
    }
}
