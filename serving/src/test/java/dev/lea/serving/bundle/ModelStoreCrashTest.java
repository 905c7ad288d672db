package dev.lea.serving.bundle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/// Ends the process before every single change that an operation makes to the disk, with the file that was being written
/// whole or torn, and holds what the next process finds against what was before and what should be after.
@Timeout(120)
class ModelStoreCrashTest {
    private static final StoreLimits LIMITS = new StoreLimits(4, 1 << 20, 64);

    /// What a store says of itself. A version is its digest, by number.
    private record Snapshot(Aliases aliases, long previous, Map<Long, String> versions) {
        static Snapshot of(ModelStore store) {
            var versions = new TreeMap<Long, String>();
            store.list().forEach(version -> versions.put(version.number(), version.digest()));
            return new Snapshot(store.aliases(), store.previous(), versions);
        }
    }

    @TempDir static Path bundles;
    @TempDir Path scratch;
    private Path folder;
    private int rounds;

    static Stream<Arguments> operations() {
        return Stream.of(
                operation("upload", store -> upload(store, "five", "named")),
                operation("upload without a name", store -> upload(store, "five", "")),
                operation("activate", store -> store.setLive(4)),
                operation("activate the canary", store -> store.setLive(2)),
                operation("activate the shadow", store -> store.setLive(3)),
                operation("roll back", ModelStore::setRolledBack),
                operation("canary", store -> store.setCanary(4, 0.5)),
                operation("share", store -> store.setCanary(2, 1)),
                operation("no canary", store -> store.setCanary(0, 0)),
                operation("shadow", store -> store.setShadow(4)),
                operation("no shadow", store -> store.setShadow(0)),
                operation("refuse", store -> store.setRefusal(4, "NO: it is bad")),
                operation("delete", store -> store.delete(4)));
    }

    private static Arguments operation(String name, Consumer<ModelStore> operation) {
        return arguments(name, operation);
    }

    @BeforeEach
    void nothingYet() {
        rounds = 0;
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("operations")
    void open_afterDeathAtAnyStep_isTheOldStateOrTheNewOne(
            String name, Consumer<ModelStore> operation) throws Exception {
        Snapshot before;
        Snapshot after;
        copy();
        try (var store = ModelStore.open(folder, "policy", LIMITS, Clock.systemUTC())) {
            before = Snapshot.of(store);
            operation.accept(store);
            after = Snapshot.of(store);
        }
        for (boolean torn : new boolean[] {false, true}) {
            for (int steps = 0; died(operation, steps, torn); steps++) {
                try (var store = ModelStore.open(folder, "policy", LIMITS, Clock.systemUTC())) {
                    assertThat(Snapshot.of(store))
                            .as("after %d steps of %s", steps, name)
                            .isIn(before, after);
                    for (StoredVersion version : store.list()) {
                        assertThat(store.bundle(version.number()).digest())
                                .isEqualTo(version.digest());
                    }
                    assertThat(folders()).isEqualTo(store.list().size());
                    if (!Snapshot.of(store).equals(after)) {
                        operation.accept(store); // whoever got no answer asks again
                    }
                    assertThat(Snapshot.of(store)).isEqualTo(after);
                }
                rounds++;
            }
        }
        assertThat(rounds).isGreaterThanOrEqualTo(4); // a write and a rename, each whole and torn
    }

    /// Lets a process do the operation until it dies; false if it did not.
    private boolean died(Consumer<ModelStore> operation, int steps, boolean torn)
            throws IOException {
        copy();
        var crashing = new CrashingFileSystem();
        Path seen = crashing.path(folder);
        try (var store = ModelStore.open(seen, "policy", LIMITS, Clock.systemUTC())) {
            crashing.dieAfter(steps);
            operation.accept(store);
        } catch (CrashingFileSystem.Death e) {
            assertThat(crashing.dead()).isTrue();
        }
        if (torn && crashing.torn().isPresent() && Files.exists(crashing.torn().get())) {
            try (var file = FileChannel.open(crashing.torn().get(), StandardOpenOption.WRITE)) {
                file.truncate(file.size() / 2);
            }
        }
        return crashing.dead();
    }

    /// A store with a live version 1, which 4 was before, a canary 2 and a shadow 3.
    @BeforeAll
    static void prepare() {
        try (var store = ModelStore.open(template(), "policy", LIMITS, Clock.systemUTC())) {
            for (String model : List.of("one", "two", "three", "four")) {
                upload(store, model, "");
            }
            store.setLive(4);
            store.setLive(1);
            store.setCanary(2, 0.25);
            store.setShadow(3);
        }
    }

    private static Path template() {
        return bundles.resolve("template");
    }

    /// Makes `folder` a copy of what was prepared.
    private void copy() throws IOException {
        folder = scratch.resolve("store-" + System.nanoTime());
        try (var tree = Files.walk(template())) {
            for (Path path : tree.toList()) {
                Files.copy(path, folder.resolve(template().relativize(path).toString()));
            }
        }
    }

    private long folders() {
        try (var list = Files.list(folder.resolve("versions"))) {
            return list.count();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void upload(ModelStore store, String model, String requestId) {
        TestBundles.upload(store, bundles, model, requestId);
    }
}
