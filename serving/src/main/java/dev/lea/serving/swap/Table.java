package dev.lea.serving.swap;

import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// The loaded versions by what they are for; any may be null. Immutable, so that a call sees one state of all.
///
/// @param share of the calls that the canary answers, 0..1
record Table<M extends AutoCloseable>(
        Loaded<M> live, Loaded<M> canary, double share, Loaded<M> shadow) {
    static <M extends AutoCloseable> Table<M> empty() {
        return new Table<>(null, null, 0, null);
    }

    /// The version that answers a call; null if there is none.
    Loaded<M> choose(Choice choice) {
        if (canary == null) {
            return live;
        }
        long expected = choice.expectedVersion();
        if (expected != 0) {
            return expected == canary.version.number() ? canary : live;
        }
        return choice.isOfShare(share, salt(canary.version)) ? canary : live;
    }

    /// A version that becomes live gives its other roles up.
    Table<M> withLive(Loaded<M> next) {
        boolean promoted = canary == next;
        return new Table<>(
                next,
                promoted ? null : canary,
                promoted ? 0 : share,
                shadow == next ? null : shadow);
    }

    Table<M> withCanary(Loaded<M> next, double share) {
        return new Table<>(live, next, share, shadow);
    }

    Table<M> withShadow(Loaded<M> next) {
        return new Table<>(live, canary, share, next);
    }

    /// Puts another in every place of one.
    Table<M> with(Loaded<M> before, Loaded<M> next) {
        return new Table<>(
                live == before ? next : live,
                canary == before ? next : canary,
                share,
                shadow == before ? next : shadow);
    }

    Optional<Loaded<M>> find(long number) {
        return all().stream().filter(loaded -> loaded.version.number() == number).findFirst();
    }

    /// Each once, the live one first.
    Set<Loaded<M>> all() {
        Set<Loaded<M>> all = new LinkedHashSet<>();
        for (Loaded<M> loaded : Arrays.asList(live, canary, shadow)) {
            if (loaded != null) {
                all.add(loaded);
            }
        }
        return all;
    }

    /// Replicas agree on who a canary's users are: it depends on its bundle alone.
    private static long salt(Version canary) {
        return Choice.hash(List.of(canary.digest()));
    }
}
