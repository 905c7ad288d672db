package dev.lea.serving.bundle;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.lea.serving.Failure;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// A catalogue's item ids and their dense indices 0..n-1. Immutable.
///
/// Lookup is by open addressing over a table of indices: 8 to 16 bytes an item beside the ids themselves.
public final class ItemIndex {
    /// Index of an id that the catalogue does not hold.
    public static final int UNKNOWN = -1;

    private static final int LARGEST = 1 << 28;
    private static final ObjectMapper JSON = new ObjectMapper();

    private final List<String> ids;
    private final int[] table; // an item's index, or UNKNOWN where a place is free
    private final String hash;

    private ItemIndex(List<String> ids, int[] table, String hash) {
        this.ids = ids;
        this.table = table;
        this.hash = hash;
    }

    /// @param ids in the order of their indices: at least one, none empty, none twice
    public static ItemIndex of(List<String> ids) {
        if (ids.isEmpty() || ids.size() > LARGEST) {
            throw new IllegalArgumentException(
                    "a catalogue has 1 to " + LARGEST + " items but this one has " + ids.size());
        }
        List<String> copy = List.copyOf(ids);
        int[] table = new int[Math.max(4, Integer.highestOneBit(2 * copy.size() - 1) * 2)];
        Arrays.fill(table, UNKNOWN);
        var sha = Sha256.start();
        for (int index = 0; index < copy.size(); index++) {
            String id = copy.get(index);
            byte[] bytes = id.getBytes(StandardCharsets.UTF_8);
            if (id.isEmpty()) {
                throw new IllegalArgumentException("item " + index + " has an empty id");
            }
            if (!new String(bytes, StandardCharsets.UTF_8).equals(id)) {
                throw new IllegalArgumentException(
                        "the id of item " + index + " is not valid Unicode: '" + id + "'");
            }
            int place = place(id, copy, table);
            if (table[place] != UNKNOWN) {
                throw new IllegalArgumentException(
                        "item id '" + id + "' occurs twice: " + table[place] + " and " + index);
            }
            table[place] = index;
            sha.update((bytes.length + ":").getBytes(StandardCharsets.UTF_8));
            sha.update(bytes);
        }
        return new ItemIndex(copy, table, Sha256.hex(sha));
    }

    /// Reads `items.jsonl`.
    ///
    /// @throws Failure.Corrupt if it is not one
    public static ItemIndex read(Path file) {
        List<String> ids = new ArrayList<>();
        try (BufferedReader lines = Files.newBufferedReader(file)) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                ids.add(parse(line, ids.size() + 1));
            }
            return of(ids);
        } catch (IOException | IllegalArgumentException e) {
            throw new Failure.Corrupt(
                    "BUNDLE_ITEMS_UNREADABLE",
                    file.getFileName() + " is no item index: " + e.getMessage(),
                    e);
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
        return table[place(id, ids, table)];
    }

    /// SHA-256 over the ids in order, each after its length, hexadecimal: equal hashes mean equal catalogues.
    public String hash() {
        return hash;
    }

    /// Where an id stands in the table, or the free place where it would.
    private static int place(String id, List<String> ids, int[] table) {
        int mask = table.length - 1;
        int spread = id.hashCode() * 0x9E3779B9; // numbered ids have hash codes close together
        int place = (spread ^ (spread >>> 16)) & mask;
        while (table[place] != UNKNOWN && !ids.get(table[place]).equals(id)) {
            place = (place + 1) & mask;
        }
        return place;
    }

    private static String parse(String line, int number) throws IOException {
        try (JsonParser parser = JSON.createParser(line)) {
            if (parser.nextToken() == JsonToken.VALUE_STRING) {
                String id = parser.getText();
                if (parser.nextToken() == null) {
                    return id;
                }
            }
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException(
                    "line " + number + " is no JSON: " + e.getOriginalMessage(), e);
        }
        throw new IllegalArgumentException("line " + number + " is not one JSON string");
    }
}
