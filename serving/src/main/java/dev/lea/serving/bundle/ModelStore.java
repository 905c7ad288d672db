package dev.lea.serving.bundle;

import dev.lea.serving.Failure;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The versions that a server keeps, and which of them is live. Safe to use from several threads; one store
/// at a time has the folder.
///
/// ```
/// folder/versions/<number>/   bundles
/// folder/uploads/             uploads under way or cut, and versions being deleted; see [Uploads]
/// folder/state.json           which version is live, canary, shadow; those live before; digests, request ids, refusals
/// folder/lock                 held while the store is open
/// ```
///
/// A kill at any point leaves the old state or the new one:
///  - a bundle is renamed into `versions` before the state names it, so at start a folder beyond the state's
///    numbers is an upload that was not recorded yet, and is taken up;
///  - the state forgets a version before its folder goes, so at start a folder of a forgotten number is deleted;
///  - the state is one file, replaced at once.
///
/// A version's bytes are verified when it arrives and whenever it is asked for, also against the digest that
/// the state remembers: what has rotten on disk is refused when it is about to be used.
public final class ModelStore implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(ModelStore.class);

    private final Path versions;
    private final Uploads uploads;
    private final Path stateFile;
    private final String kind;
    private final StoreLimits limits;
    private final Clock clock;
    private final FolderLock lock;
    private final Map<Long, Integer> holds = new HashMap<>(); // guarded by this
    private StoreState.Content state = StoreState.Content.empty(); // guarded by this

    private ModelStore(Path folder, String kind, StoreLimits limits, Clock clock, FolderLock lock) {
        this.versions = folder.resolve("versions");
        this.uploads = new Uploads(folder.resolve("uploads"), clock);
        this.stateFile = folder.resolve("state.json");
        this.kind = kind;
        this.limits = limits;
        this.clock = clock;
        this.lock = lock;
    }

    /// Opens a folder, making it if need be, and recovers from whatever a crash left.
    ///
    /// @param kind of bundles that may be kept here
    /// @throws UncheckedIOException if the folder cannot be used or is in use by another store
    /// @throws Failure.Corrupt if its state cannot be read
    public static ModelStore open(Path folder, String kind, StoreLimits limits, Clock clock) {
        try {
            Files.createDirectories(folder);
            FolderLock lock = FolderLock.take(folder);
            try {
                var store = new ModelStore(folder, kind, limits, clock, lock);
                store.recover();
                return store;
            } catch (IOException | RuntimeException e) {
                lock.close();
                throw e;
            }
        } catch (IOException e) {
            throw new UncheckedIOException(
                    "cannot open the model store " + folder + ": " + e.getMessage(), e);
        }
    }

    /// Starts an upload, or goes on with one of the same name and files that was cut.
    ///
    /// @param requestId empty, or the caller's name of this upload; one that is under way under it ends
    /// @throws Failure.Invalid if the files are more or larger than allowed or have bad names
    /// @throws Failure.Corrupt if what was kept of the upload has rotten; it is gone, and the upload can begin again
    public Upload begin(List<UploadFile> files, String requestId) {
        return begin(files, requestId, () -> {});
    }

    /// As [#begin(List, String)].
    ///
    /// @param onEnd called once when the upload ends, whoever ends it
    public Upload begin(List<UploadFile> files, String requestId, Runnable onEnd) {
        UploadFile.check(files, limits);
        checkRequestId("header.request_id", requestId);
        return uploads.begin(this, files, requestId, onEnd);
    }

    /// Ends an upload that is under way, and tells where the next of its name goes on.
    ///
    /// @param requestId the caller's name of the upload
    /// @throws Failure.NotFound if nothing is kept under the name
    public UploadPosition resume(String requestId) {
        checkRequestId("request_id", requestId);
        return uploads.resume(requestId);
    }

    /// The version that an earlier upload with this id made.
    public synchronized Optional<StoredVersion> uploaded(String requestId) {
        return find(entry -> !requestId.isEmpty() && requestId.equals(entry.requestId()))
                .map(this::describe);
    }

    /// All versions, newest first.
    public synchronized List<StoredVersion> list() {
        return state.versions().descendingMap().entrySet().stream()
                .map(entry -> entry.getValue().describe(entry.getKey()))
                .toList();
    }

    /// @throws Failure.NotFound if it is not kept here
    public synchronized StoredVersion version(long number) {
        return describe(number);
    }

    /// Reads a version and verifies every byte of it. [#hold] it while its files are used.
    ///
    /// @throws Failure.NotFound if it is not kept here
    /// @throws Failure.Corrupt if it is not what was uploaded
    public Bundle bundle(long number) {
        String digest = version(number).digest();
        Bundle bundle = Bundle.open(folder(number));
        if (!bundle.digest().equals(digest)) {
            throw new Failure.Corrupt(
                    "BUNDLE_MANIFEST_ALTERED",
                    Bundle.MANIFEST
                            + " has SHA-256 "
                            + bundle.digest()
                            + " but "
                            + digest
                            + " was uploaded");
        }
        return bundle;
    }

    /// Which versions answer.
    public synchronized Aliases aliases() {
        return state.aliases();
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
    ///
    /// @throws Failure.NotFound if it is not kept here
    public synchronized void setLive(long number) {
        describe(number);
        if (number != state.live()) {
            save(state.withLive(number));
            prune();
        }
    }

    /// Records durably that the version before is live again.
    public synchronized void setRolledBack() {
        save(state.rolledBack());
    }

    /// Records durably which version is the canary.
    ///
    /// @param number 0 for none, whose share is 0
    /// @param share  of the calls, 0..1
    /// @throws Failure.NotFound if it is not kept here
    /// @throws IllegalArgumentException if it is live
    public synchronized void setCanary(long number, double share) {
        setAliases(number, state.aliases().withCanary(number, share));
    }

    /// Records durably which version is the shadow.
    ///
    /// @param number 0 for none
    /// @throws Failure.NotFound if it is not kept here
    /// @throws IllegalArgumentException if it is live
    public synchronized void setShadow(long number) {
        setAliases(number, state.aliases().withShadow(number));
    }

    /// Deletes a version.
    ///
    /// @throws Failure.NotFound if it is not kept here
    /// @throws Failure.Conflict if it is live, canary or shadow, or is being loaded or closed
    public synchronized void delete(long number) {
        describe(number);
        if (state.aliases().has(number) || holds.containsKey(number)) {
            throw new Failure.Conflict(
                    "VERSION_IN_USE",
                    "version %d %s"
                            .formatted(
                                    number,
                                    number == state.live()
                                            ? "is live"
                                            : number == state.canary()
                                                    ? "is the canary"
                                                    : number == state.shadow()
                                                            ? "is the shadow"
                                                            : "is being loaded or closed"),
                    Map.of("version", Long.toString(number)));
        }
        save(state.without(number));
        discard(folder(number));
    }

    /// Records durably why a version could not go live; an empty reason takes that back.
    ///
    /// @throws Failure.NotFound if it is not kept here
    public synchronized void setRefusal(long number, String reason) {
        if (!describe(number).refusal().equals(reason)) {
            save(state.with(number, state.versions().get(number).refused(reason)));
        }
    }

    /// Keeps versions from being deleted until the hold is closed.
    public synchronized Hold hold(long... numbers) {
        for (long number : numbers) {
            holds.merge(number, 1, Integer::sum);
        }
        return new Hold(numbers.clone());
    }

    /// Lets go of the folder. The versions stay.
    @Override
    public void close() {
        lock.close();
    }

    /// Versions that are in use.
    public final class Hold implements AutoCloseable {
        private long[] numbers;

        private Hold(long[] numbers) {
            this.numbers = numbers;
        }

        /// Lets the versions go; a second call does nothing.
        @Override
        public void close() {
            synchronized (ModelStore.this) {
                for (long number : numbers) {
                    holds.computeIfPresent(number, (_, count) -> count == 1 ? null : count - 1);
                }
                numbers = new long[0];
            }
        }
    }

    /// Takes a complete upload as a version, unless the same is here already.
    StoredVersion take(Path aside, String requestId) throws IOException {
        Durable.sync(aside);
        Bundle bundle = Bundle.open(aside);
        expectKind(bundle);
        long known;
        Hold hold;
        synchronized (this) {
            Optional<StoredVersion> answered = uploaded(requestId);
            if (answered.isPresent()) {
                Durable.delete(aside);
                return answered.get();
            }
            var same = find(entry -> entry.digest().equals(bundle.digest()));
            if (same.isEmpty()) {
                return add(bundle, aside, requestId);
            }
            known = same.get();
            hold = hold(known);
        }
        try (hold) {
            bundle(known);
            Durable.delete(aside);
        } catch (Failure.Corrupt e) {
            log.warn("version {} is no longer sound and is replaced by its new upload", known, e);
            repair(known, aside);
        }
        return version(known);
    }

    private void setAliases(long number, Aliases next) {
        if (number != 0) {
            describe(number);
        }
        if (!next.equals(state.aliases())) {
            save(state.with(next));
            prune();
        }
    }

    private static void checkRequestId(String field, String requestId) {
        if (requestId.length() > StoreLimits.REQUEST_ID) {
            throw new Failure.Invalid(
                    field,
                    "request_id has at most "
                            + StoreLimits.REQUEST_ID
                            + " characters but this one has "
                            + requestId.length());
        }
    }

    private void expectKind(Bundle bundle) {
        if (!bundle.manifest().kind().equals(kind)) {
            throw new Failure.Corrupt(
                    "BUNDLE_KIND_WRONG",
                    "the bundle is of kind '"
                            + bundle.manifest().kind()
                            + "' but this server hosts '"
                            + kind
                            + "'");
        }
    }

    private synchronized StoredVersion add(Bundle bundle, Path aside, String requestId)
            throws IOException {
        long number = state.next();
        Path folder = folder(number);
        Durable.delete(folder); // left by an upload that could not be recorded
        Durable.publish(aside, folder);
        try {
            save(state.with(number, StoreState.Entry.of(bundle, clock.millis(), requestId)));
        } catch (RuntimeException e) {
            discard(folder);
            throw e;
        }
        prune();
        return describe(number);
    }

    /// Puts sound bytes in the place of those that are not.
    private synchronized void repair(long number, Path aside) throws IOException {
        discard(folder(number));
        Durable.publish(aside, folder(number));
        setRefusal(number, "");
    }

    private StoredVersion describe(long number) {
        StoreState.Entry entry = state.versions().get(number);
        if (entry == null) {
            throw new Failure.NotFound(
                    "VERSION_UNKNOWN",
                    "version " + number + " is not kept here",
                    Map.of("version", Long.toString(number)));
        }
        return entry.describe(number);
    }

    private Optional<Long> find(Predicate<StoreState.Entry> condition) {
        return state.versions().entrySet().stream()
                .filter(entry -> condition.test(entry.getValue()))
                .findFirst()
                .map(Map.Entry::getKey);
    }

    private Path folder(long number) {
        return versions.resolve(Long.toString(number));
    }

    private void save(StoreState.Content next) {
        try {
            StoreState.write(stateFile, next);
            state = next;
        } catch (IOException e) {
            throw new UncheckedIOException("cannot write " + stateFile, e);
        }
    }

    /// Deletes the oldest versions above the limit, never one that answers or is held, the roll back's target, or the
    /// newest.
    private void prune() {
        for (long number : List.copyOf(state.versions().keySet())) {
            if (state.versions().size() <= limits.versions()) {
                return;
            }
            if (!state.aliases().has(number)
                    && number != previous()
                    && number != state.versions().lastKey()
                    && !holds.containsKey(number)) {
                save(state.without(number));
                discard(folder(number));
            }
        }
    }

    /// Deletes a folder that the state does not name: what stays of it goes at the next start.
    private void discard(Path folder) {
        try {
            if (Files.exists(folder)) {
                Path trash = uploads.trash();
                Durable.publish(folder, trash);
                Durable.delete(trash);
            }
        } catch (IOException e) {
            log.warn("{} cannot be deleted yet", folder, e);
        }
    }

    private synchronized void recover() throws IOException {
        Files.createDirectories(versions);
        uploads.recover();
        StoreState.Content found = StoreState.read(stateFile);
        state = found;
        List<Path> folders;
        try (var list = Files.list(versions)) {
            folders = list.toList();
        }
        for (Path folder : folders) {
            if (folder.getFileName().toString().matches("[1-9][0-9]{0,17}")) {
                long number = Long.parseLong(folder.getFileName().toString());
                if (number >= found.next()) {
                    takeUp(number);
                } else if (!found.versions().containsKey(number)) {
                    discard(folder);
                }
            }
        }
        for (long number : found.versions().keySet()) {
            if (!Files.exists(folder(number)) && number != found.live()) {
                log.warn("version {} is forgotten: its folder is gone", number);
                state = state.without(number);
            }
        }
        if (!state.equals(found)) {
            save(state);
        }
    }

    private void takeUp(long number) {
        try {
            Bundle bundle = Bundle.open(folder(number));
            expectKind(bundle);
            state = state.with(number, StoreState.Entry.of(bundle, clock.millis(), ""));
            log.info("version {} is taken up: its upload was complete", number);
        } catch (Failure.Corrupt e) {
            log.warn("{} is left alone: {}", folder(number), e.getMessage());
            state = state.skipping(number);
        }
    }
}
