package dev.lea.serving.bundle;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.lea.serving.Failure;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// A catalogue's item ids and their dense indices 0..n-1. Immutable.
public final class ItemIndex {
    /// Index of an id that the catalogue does not hold.
    public static final int UNKNOWN = -1;

    private static final ObjectMapper JSON = new ObjectMapper();

    private final List<String> ids;
    private final Map<String, Integer> indices;
    private final String hash;

    private ItemIndex(List<String> ids, Map<String, Integer> indices, String hash) {
        this.ids = ids;
        this.indices = indices;
        this.hash = hash;
    }

    /// @param ids in the order of their indices: not empty, no id empty or twice
    public static ItemIndex of(List<String> ids) {
        if (ids.isEmpty()) {
            throw new IllegalArgumentException("a catalogue needs at least one item but has none");
        }
        Map<String, Integer> indices = HashMap.newHashMap(ids.size());
        var sha = Sha256.start();
        for (String id : ids) {
            if (id.isEmpty()) {
                throw new IllegalArgumentException("item " + indices.size() + " has an empty id");
            }
            if (indices.put(id, indices.size()) != null) {
                throw new IllegalArgumentException("item id '" + id + "' occurs twice");
            }
            byte[] bytes = id.getBytes(StandardCharsets.UTF_8);
            sha.update((bytes.length + ":").getBytes(StandardCharsets.UTF_8));
            sha.update(bytes);
        }
        return new ItemIndex(List.copyOf(ids), indices, Sha256.hex(sha));
    }

    /// Reads `items.jsonl`.
    ///
    /// @throws Failure.Corrupt if it is not one
    public static ItemIndex read(Path file) {
        try {
            List<String> ids = new ArrayList<>();
            for (String line : Files.readAllLines(file)) {
                ids.add(JSON.readValue(line, String.class));
            }
            return of(ids);
        } catch (IOException | IllegalArgumentException e) {
            throw new Failure.Corrupt(
                    "BUNDLE_ITEMS_UNREADABLE", file + " is no item index: " + e.getMessage(), e);
        }
    }

    /// The content of `items.jsonl`.
    public byte[] toBytes() {
        var lines = new StringBuilder();
        try {
            for (String id : ids) {
                lines.append(JSON.writeValueAsString(id)).append('\n');
            }
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("an id that is no JSON string", e);
        }
        return lines.toString().getBytes(StandardCharsets.UTF_8);
    }

    /// Items in the catalogue.
    public int size() {
        return ids.size();
    }

    /// Id of an index.
    public String id(int index) {
        return ids.get(index);
    }

    /// All ids in the order of their indices.
    public List<String> ids() {
        return ids;
    }

    /// Index of an id, or [#UNKNOWN].
    public int indexOf(String id) {
        return indices.getOrDefault(id, UNKNOWN);
    }

    /// SHA-256 over the ids in order, hexadecimal: equal hashes mean equal catalogues.
    public String hash() {
        return hash;
    }
}
