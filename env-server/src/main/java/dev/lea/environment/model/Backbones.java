package dev.lea.environment.model;

import dev.lea.serving.bundle.Bundle;
import dev.lea.serving.bundle.Manifest;
import dev.lea.serving.onnx.OnnxModel;
import dev.lea.serving.onnx.OnnxOptions;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// The model graphs that are loaded, one for all versions whose files of it are the same: versions that adapt one
/// language model share it, and what they differ in is fed.
///
/// A graph is loaded when the first version needs it and closed when the last one gives it back. One for the process;
/// thread-safe, but loading one makes others wait.
public final class Backbones {
    /// Weights of a language model that stand beside its graph.
    private static final String WEIGHTS = "weights.bin";

    private final Map<Key, Entry> loaded = new HashMap<>(); // guarded by this

    /// The files' SHA-256, and how the graph is run.
    private record Key(List<String> files, OnnxOptions options) {}

    private static final class Entry {
        final OnnxModel model;
        private int holders = 1; // guarded by the backbones

        Entry(OnnxModel model) {
            this.model = model;
        }
    }

    /// One version's hold on a graph.
    final class Hold implements AutoCloseable {
        private final Key key;
        private final OnnxModel model;
        private boolean closed; // guarded by Backbones.this

        private Hold(Key key, OnnxModel model) {
            this.key = key;
            this.model = model;
        }

        OnnxModel model() {
            return model;
        }

        /// Gives the graph back; whoever is last closes it. Nobody of this version may be inside. A second call does
        /// nothing.
        @Override
        public void close() {
            synchronized (Backbones.this) {
                if (closed) {
                    return;
                }
                closed = true;
                Entry entry = loaded.get(key);
                entry.holders--;
                if (entry.holders == 0) {
                    loaded.remove(key);
                    entry.model.close();
                }
            }
        }
    }

    /// Loads a bundle's graph, unless it is loaded.
    ///
    /// @throws dev.lea.serving.Failure.Corrupt if ONNX Runtime does not accept it
    synchronized Hold open(Bundle bundle, OnnxOptions options) {
        var key = new Key(digests(bundle), options);
        Entry entry = loaded.get(key);
        if (entry == null) {
            entry = new Entry(OnnxModel.load(bundle.file(Bundle.MODEL), options));
            loaded.put(key, entry);
        } else {
            entry.holders++;
        }
        return new Hold(key, entry.model);
    }

    /// Bytes of a bundle that loading it would add.
    synchronized long missingBytes(Bundle bundle, OnnxOptions options) {
        long bytes = bundle.sizeBytes();
        if (loaded.containsKey(new Key(digests(bundle), options))) {
            for (Manifest.FileEntry file : files(bundle)) {
                bytes -= file.sizeBytes();
            }
        }
        return bytes;
    }

    /// Graphs that are loaded.
    synchronized int size() {
        return loaded.size();
    }

    private static List<String> digests(Bundle bundle) {
        return files(bundle).stream().map(Manifest.FileEntry::sha256).toList();
    }

    private static List<Manifest.FileEntry> files(Bundle bundle) {
        List<Manifest.FileEntry> files = new ArrayList<>();
        for (String name : List.of(Bundle.MODEL, WEIGHTS)) {
            Manifest.FileEntry file = bundle.manifest().files().get(name);
            if (file != null) {
                files.add(file);
            }
        }
        return files;
    }
}
