package dev.lea.serving.bundle;

import dev.lea.serving.Failure;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/// The versions that a server keeps, and which of them is live. Safe to use from several threads.
///
/// ```
/// folder/versions/<number>/   bundles
/// folder/uploads/<random>/    uploads under way; deleted at start
/// folder/state.json           live version, those live before it, request ids, refusals
/// ```
///
/// A bundle is renamed into `versions` before the state names it; at start a folder that the state does not
/// know is taken up if it is sound, and the state forgets a version whose folder is gone. So a kill at any
/// point leaves the old state or the new one.
public final class ModelStore {
    private final Path versions;
    private final Path uploads;
    private final Path stateFile;
    private final String kind;
    private final StoreLimits limits;
    private final Clock clock;
    private final Map<Long, Bundle> bundles = new HashMap<>(); // guarded by this
    private StoreState.Content state; // guarded by this

    private ModelStore(Path folder, String kind, StoreLimits limits, Clock clock) {
        this.versions = folder.resolve("versions");
        this.uploads = folder.resolve("uploads");
        this.stateFile = folder.resolve("state.json");
        this.kind = kind;
        this.limits = limits;
        this.clock = clock;
    }

    /// Opens a folder, making it if need be, and recovers from whatever a crash left.
    ///
    /// @param kind of bundles that may be kept here
    public static ModelStore open(Path folder, String kind, StoreLimits limits, Clock clock) {
        var store = new ModelStore(folder, kind, limits, clock);
        try {
            store.recover();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot open the model store " + folder, e);
        }
        return store;
    }

    /// Starts an upload.
    ///
    /// @param requestId empty, or the caller's name of this upload
    /// @throws Failure.Invalid if the files are more or larger than allowed or have bad names
    public Upload begin(List<UploadFile> files, String requestId) {
        UploadFile.check(files, limits);
        try {
            return new Upload(
                    this,
                    Files.createDirectory(uploads.resolve(UUID.randomUUID().toString())),
                    files,
                    requestId);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot start an upload in " + uploads, e);
        }
    }

    /// The version that an earlier upload with this id made.
    public synchronized Optional<StoredVersion> uploaded(String requestId) {
        return requestId.isEmpty()
                ? Optional.empty()
                : state.versions().entrySet().stream()
                        .filter(entry -> requestId.equals(entry.getValue().requestId()))
                        .findFirst()
                        .map(entry -> describe(entry.getKey()));
    }

    /// All versions, newest first.
    public synchronized List<StoredVersion> list() {
        return state.versions().descendingKeySet().stream().map(this::describe).toList();
    }

    /// @throws Failure.NotFound if it is not kept here
    public synchronized StoredVersion version(long number) {
        bundle(number);
        return describe(number);
    }

    /// @throws Failure.NotFound if it is not kept here
    public synchronized Bundle bundle(long number) {
        Bundle bundle = bundles.get(number);
        if (bundle == null) {
            throw new Failure.NotFound(
                    "VERSION_UNKNOWN",
                    "version " + number + " is not kept here",
                    Map.of("version", Long.toString(number)));
        }
        return bundle;
    }

    /// Number of the live version, 0 for none.
    public synchronized long live() {
        return state.live();
    }

    /// Number of the version that a roll back would make live, 0 for none.
    public synchronized long previous() {
        return state.past().isEmpty() ? 0 : state.past().getLast();
    }

    /// Records durably that a version is live.
    public synchronized void setLive(long number) {
        bundle(number);
        save(state.withLive(number));
        prune();
    }

    /// Records durably that the version before is live again.
    public synchronized void setRolledBack() {
        save(state.rolledBack());
    }

    /// Records durably why a version could not go live; an empty reason takes that back.
    public synchronized void setRefusal(long number, String reason) {
        bundle(number);
        save(state.with(number, state.versions().get(number).refused(reason)));
    }

    /// Takes a complete upload as a version.
    synchronized StoredVersion take(Path aside, String requestId) throws IOException {
        Durable.sync(aside);
        Bundle bundle = Bundle.open(aside);
        if (!bundle.manifest().kind().equals(kind)) {
            throw new Failure.Corrupt(
                    "BUNDLE_KIND_WRONG",
                    "the bundle is of kind '"
                            + bundle.manifest().kind()
                            + "' but this server hosts '"
                            + kind
                            + "'");
        }
        for (Map.Entry<Long, Bundle> kept : bundles.entrySet()) {
            if (kept.getValue().digest().equals(bundle.digest())) {
                Durable.delete(aside);
                return describe(kept.getKey());
            }
        }
        long number = state.next();
        Path folder = versions.resolve(Long.toString(number));
        Durable.publish(aside, folder);
        bundles.put(number, Bundle.open(folder));
        save(state.with(number, new StoreState.Entry(clock.millis(), requestId, "")));
        prune();
        return describe(number);
    }

    private StoredVersion describe(long number) {
        Bundle bundle = bundles.get(number);
        StoreState.Entry entry = state.versions().get(number);
        return new StoredVersion(
                number,
                bundle.manifest().name(),
                bundle.digest(),
                Instant.ofEpochMilli(entry.createdMillis()),
                bundle.sizeBytes(),
                bundle.manifest().metrics(),
                entry.refusal());
    }

    private void save(StoreState.Content next) {
        try {
            StoreState.write(stateFile, next);
            state = next;
        } catch (IOException e) {
            throw new UncheckedIOException("cannot write " + stateFile, e);
        }
    }

    /// Deletes the oldest versions above the limit, never the live one nor the roll back's target.
    private void prune() {
        var oldest = new ArrayList<>(state.versions().keySet());
        for (long number : oldest) {
            if (state.versions().size() <= limits.versions()) {
                return;
            }
            if (number != state.live()
                    && number != previous()
                    && number != state.versions().lastKey()) {
                save(state.without(number));
                bundles.remove(number);
                try {
                    Durable.delete(versions.resolve(Long.toString(number)));
                } catch (IOException e) {
                    throw new UncheckedIOException("cannot delete version " + number, e);
                }
            }
        }
    }

    private synchronized void recover() throws IOException {
        Durable.delete(uploads);
        Files.createDirectories(uploads);
        Files.createDirectories(versions);
        state = StoreState.read(stateFile);
        List<Path> folders;
        try (var list = Files.list(versions)) {
            folders = list.sorted(Comparator.comparing(Path::toString)).toList();
        }
        StoreState.Content next = state;
        for (Path folder : folders) {
            if (!folder.getFileName().toString().matches("[1-9][0-9]{0,17}")) {
                continue;
            }
            long number = Long.parseLong(folder.getFileName().toString());
            try {
                bundles.put(number, Bundle.open(folder));
                if (!next.versions().containsKey(number)) {
                    next = next.with(number, new StoreState.Entry(clock.millis(), "", ""));
                }
            } catch (Failure.Corrupt e) {
                if (next.live() == number) {
                    throw new Failure.Corrupt(
                            e.reason(),
                            "the live version " + number + " is no longer sound: " + e.getMessage(),
                            e);
                }
            }
        }
        for (long number : List.copyOf(next.versions().keySet())) {
            if (!bundles.containsKey(number)) {
                next = next.without(number);
            }
        }
        if (!next.equals(state)) {
            save(next);
        }
    }
}
