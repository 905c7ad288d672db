package dev.lea.serving.bundle;

import static dev.lea.serving.Checks.require;
import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.lea.serving.Failure;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// A version's catalogue with items that were added, by their texts, after the version was made. Immutable: adding
/// makes the next revision, which holds everything of the one before.
///
/// On disk and on the wire: the SHA-256 of the rest and a line feed, then JSON.
///
/// @param versionDigest of the version's bundle
/// @param number        0 for the version as it was made
/// @param items         added ones, in the order of their indices behind the version's own
/// @param requests      number of the revision that each request made, by its id; the oldest are forgotten
public record Revision(
        @JsonProperty("version_digest") String versionDigest,
        @JsonProperty("number") long number,
        @JsonProperty("items") List<Added> items,
        @JsonProperty("requests") Map<String, Long> requests) {
    private static final int REMEMBERED_REQUESTS = 1000;
    private static final ObjectMapper JSON =
            JsonMapper.builder()
                    .enable(DeserializationFeature.FAIL_ON_NULL_CREATOR_PROPERTIES)
                    .enable(DeserializationFeature.FAIL_ON_MISSING_CREATOR_PROPERTIES)
                    .build();

    /// An item that was added.
    ///
    /// @param text that its row was made from
    /// @param row  little-endian float32, as wide as the rows of the version
    public record Added(
            @JsonProperty("id") String id,
            @JsonProperty("text") String text,
            @JsonProperty("row") byte[] row) {
        public Added {
            requireNonNull(text, "text");
            require(id != null && !id.isEmpty(), "an added item has an empty id");
            require(
                    row != null && row.length > 0 && row.length % Float.BYTES == 0,
                    "the row of '" + id + "' is no row of floats");
            for (float element : floats(row)) {
                require(Float.isFinite(element), "the row of '" + id + "' holds " + element);
            }
        }

        public static Added of(String id, String text, float[] row) {
            ByteBuffer bytes =
                    ByteBuffer.allocate(row.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
            bytes.asFloatBuffer().put(row);
            return new Added(id, text, bytes.array());
        }

        /// The row's elements; a copy.
        public float[] elements() {
            return floats(row);
        }

        private static float[] floats(byte[] row) {
            float[] elements = new float[row.length / Float.BYTES];
            ByteBuffer.wrap(row).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().get(elements);
            return elements;
        }
    }

    public Revision {
        require(Sha256.valid(versionDigest), "version_digest is no SHA-256: " + versionDigest);
        require(number >= 0, "number must be 0 or more but is " + number);
        items = List.copyOf(items);
        requests = java.util.Collections.unmodifiableMap(new LinkedHashMap<>(requests));
        require(
                items.stream().map(Added::id).distinct().count() == items.size(),
                "an item was added twice");
        require(
                items.stream().mapToInt(item -> item.row().length).distinct().count() <= 1,
                "rows differ in width");
    }

    /// A version as it was made.
    public static Revision none(String versionDigest) {
        return new Revision(versionDigest, 0, List.of(), Map.of());
    }

    /// The next revision: these items, and those of this one that they do not replace. An item keeps its place.
    ///
    /// @param requestId of the request, or empty
    public Revision with(List<Added> more, String requestId) {
        Map<String, Added> all = new LinkedHashMap<>();
        items.forEach(item -> all.put(item.id(), item));
        more.forEach(item -> all.put(item.id(), item));
        Map<String, Long> known = new LinkedHashMap<>(requests);
        if (!requestId.isEmpty()) {
            known.put(requestId, number + 1);
        }
        while (known.size() > REMEMBERED_REQUESTS) {
            known.remove(known.keySet().iterator().next());
        }
        return new Revision(versionDigest, number + 1, new ArrayList<>(all.values()), known);
    }

    /// Digest of everything that answers depend on: the version's own where nothing was added.
    public String effectiveDigest() {
        if (items.isEmpty()) {
            return versionDigest;
        }
        var sha = Sha256.start();
        sha.update(versionDigest.getBytes(StandardCharsets.UTF_8));
        for (Added item : items) {
            byte[] id = item.id().getBytes(StandardCharsets.UTF_8);
            sha.update(("\n" + id.length + ":").getBytes(StandardCharsets.UTF_8));
            sha.update(id);
            sha.update(item.row());
        }
        return Sha256.hex(sha);
    }

    /// Digest of everything that the answers of a bundle depend on which was made from that version and reads its rows:
    /// the bundle's own where nothing was added.
    public String effectiveDigest(String bundleDigest) {
        if (items.isEmpty()) {
            return bundleDigest;
        }
        String both = bundleDigest + "\n" + effectiveDigest();
        return Sha256.of(both.getBytes(StandardCharsets.UTF_8));
    }

    /// Whether another gives the same catalogue, whoever asked for it.
    public boolean equalsContent(Revision other) {
        return number == other.number
                && versionDigest.equals(other.versionDigest)
                && effectiveDigest().equals(other.effectiveDigest());
    }

    /// Its content on disk and on the wire.
    public byte[] toBytes() {
        try {
            byte[] json = JSON.writeValueAsBytes(this);
            byte[] sum = (Sha256.of(json) + "\n").getBytes(StandardCharsets.US_ASCII);
            byte[] all = Arrays.copyOf(sum, sum.length + json.length);
            System.arraycopy(json, 0, all, sum.length, json.length);
            return all;
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a revision that is no JSON", e);
        }
    }

    /// @throws Failure.Corrupt if the content is not what [#toBytes] gave
    public static Revision of(byte[] content) {
        int head = 65;
        if (content.length < head) {
            throw corrupt("it has " + content.length + " bytes", null);
        }
        byte[] json = Arrays.copyOfRange(content, head, content.length);
        String sum = new String(content, 0, head, StandardCharsets.US_ASCII);
        if (!sum.equals(Sha256.of(json) + "\n")) {
            throw corrupt("it does not have the SHA-256 that it names", null);
        }
        try {
            return JSON.readValue(json, Revision.class);
        } catch (IOException e) {
            throw corrupt(e.getMessage(), e);
        }
    }

    private static Failure corrupt(String why, Throwable cause) {
        return new Failure.Corrupt(
                "REVISION_UNREADABLE", "the catalogue revision cannot be read: " + why, cause);
    }
}
