package dev.lea.serving.bundle;

import static dev.lea.serving.Checks.require;
import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.lea.serving.Failure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;

/// The durable part of a [ModelStore] that is not bundles: `state.json`.
final class StoreState {
    private static final ObjectMapper JSON = new ObjectMapper();

    /// Steps that can be rolled back.
    private static final int PAST = 100;

    /// What is known of a version: enough to list it without its bundle, and to tell when that was altered.
    public record Entry(
            String name,
            String digest,
            long sizeBytes,
            Map<String, Double> metrics,
            long createdMillis,
            String requestId,
            String refusal) {
        public Entry {
            requireNonNull(name, "a version's name is missing");
            require(Sha256.valid(digest), "a version's digest is no SHA-256: " + digest);
            metrics = Map.copyOf(requireNonNull(metrics, "a version's metrics are missing"));
            requireNonNull(requestId, "a version's requestId is missing");
            requireNonNull(refusal, "a version's refusal is missing");
        }

        static Entry of(Bundle bundle, long createdMillis, String requestId) {
            return new Entry(
                    bundle.manifest().name(),
                    bundle.digest(),
                    bundle.sizeBytes(),
                    bundle.manifest().metrics(),
                    createdMillis,
                    requestId,
                    "");
        }

        Entry refused(String reason) {
            return new Entry(name, digest, sizeBytes, metrics, createdMillis, requestId, reason);
        }

        StoredVersion describe(long number) {
            return new StoredVersion(
                    number,
                    name,
                    digest,
                    Instant.ofEpochMilli(createdMillis),
                    sizeBytes,
                    metrics,
                    refusal);
        }
    }

    /// The file's content. Immutable.
    ///
    /// @param live        number of the live version, 0 for none
    /// @param past        numbers that were live before, the latest last; never the same twice in a row
    /// @param next        number of the next upload, above that of every version there ever was
    /// @param versions    by number
    /// @param canary      number of the canary, 0 or absent for none
    /// @param canaryShare of the calls, 0..1
    /// @param shadow      number of the shadow, 0 or absent for none
    public record Content(
            long live,
            List<Long> past,
            long next,
            NavigableMap<Long, Entry> versions,
            long canary,
            double canaryShare,
            long shadow) {
        public Content {
            past = List.copyOf(requireNonNull(past, "past is missing"));
            requireNonNull(versions, "versions are missing")
                    .forEach((number, entry) -> requireNonNull(entry, () -> "no entry " + number));
            versions = Collections.unmodifiableNavigableMap(new TreeMap<>(versions));
            var _ = new Aliases(live, canary, canaryShare, shadow);
            for (long number : new long[] {live, canary, shadow}) {
                require(
                        number == 0 || versions.containsKey(number),
                        "version " + number + " has a role but is unknown");
            }
            for (long number : past) {
                require(
                        versions.containsKey(number),
                        "version " + number + " was live but is unknown");
            }
            require(
                    next > (versions.isEmpty() ? 0 : versions.lastKey()),
                    "the next version would be " + next + ", which is taken");
        }

        static Content empty() {
            return new Content(0, List.of(), 1, new TreeMap<>(), 0, 0, 0);
        }

        Aliases aliases() {
            return new Aliases(live, canary, canaryShare, shadow);
        }

        Content withLive(long number) {
            var stack = new ArrayList<>(past);
            if (live != 0) {
                stack.add(live);
            }
            int old = Math.max(0, stack.size() - PAST);
            return of(aliases().withLive(number), stack.subList(old, stack.size()), next, versions);
        }

        /// One step back: the latest of the past is live again.
        Content rolledBack() {
            return of(
                    aliases().withLive(past.getLast()),
                    past.subList(0, past.size() - 1),
                    next,
                    versions);
        }

        Content with(Aliases aliases) {
            return of(aliases, past, next, versions);
        }

        Content with(long number, Entry entry) {
            var more = new TreeMap<>(versions);
            more.put(number, entry);
            return of(aliases(), past, Math.max(next, number + 1), more);
        }

        /// Leaves a number out for good, because something stands in its place.
        Content skipping(long number) {
            return of(aliases(), past, Math.max(next, number + 1), versions);
        }

        /// Forgets a version that is not live, and what else it was for. Steps back that would now lead from a version to itself go too.
        Content without(long number) {
            var fewer = new TreeMap<>(versions);
            fewer.remove(number);
            List<Long> stack = new ArrayList<>();
            for (long step : past) {
                if (step != number && (stack.isEmpty() || stack.getLast() != step)) {
                    stack.add(step);
                }
            }
            if (!stack.isEmpty() && stack.getLast() == live) {
                stack.removeLast();
            }
            return of(aliases().without(number), stack, next, fewer);
        }

        private static Content of(
                Aliases aliases, List<Long> past, long next, NavigableMap<Long, Entry> versions) {
            return new Content(
                    aliases.live(),
                    past,
                    next,
                    versions,
                    aliases.canary(),
                    aliases.share(),
                    aliases.shadow());
        }
    }

    private StoreState() {}

    static Content read(Path file) {
        if (!Files.exists(file)) {
            return Content.empty();
        }
        try {
            Content content = JSON.readValue(file.toFile(), Content.class);
            if (content == null) {
                throw new Failure.Corrupt("STORE_UNREADABLE", file + " holds no state");
            }
            return content;
        } catch (IOException e) {
            throw new Failure.Corrupt(
                    "STORE_UNREADABLE", file + " cannot be read: " + e.getMessage(), e);
        }
    }

    static void write(Path file, Content content) throws IOException {
        Durable.replace(file, JSON.writerWithDefaultPrettyPrinter().writeValueAsBytes(content));
    }
}
