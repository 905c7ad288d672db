package dev.lea.serving.bundle;

import java.io.PrintStream;
import java.nio.file.Path;
import java.time.Clock;

/// A process that changes a store without end and says what it has done, to be killed at it.
final class StoreChurn {
    private StoreChurn() {}

    /// @param arguments the store's folder
    public static void main(String[] arguments) {
        PrintStream out = System.out;
        Path folder = Path.of(arguments[0]);
        Path scratch = folder.resolveSibling(folder.getFileName() + "-bundles");
        var limits = new StoreLimits(3, 1 << 20, 64);
        try (var store = ModelStore.open(folder, "policy", limits, Clock.systemUTC())) {
            for (int i = 0; ; i++) {
                long number = TestBundles.upload(store, scratch, "model-" + i, "").number();
                out.println("uploaded " + number);
                out.println("activating " + number);
                store.setLive(number);
                out.println("live " + store.live());
                if (i % 3 == 2) {
                    out.println("activating " + store.previous());
                    store.setRolledBack();
                    out.println("live " + store.live());
                }
            }
        }
    }
}
