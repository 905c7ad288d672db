package dev.lea.serving.bundle;

import static dev.lea.serving.Checks.require;
import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.util.DefaultIndenter;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.lea.serving.Failure;
import dev.lea.serving.onnx.TensorSpec;
import java.io.IOException;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// What a bundle says of itself; see the package's description.
///
/// @param formatVersion  of the bundle's layout
/// @param kind           "policy" or "environment"
/// @param name           the model's name
/// @param inputs         of `model.onnx`
/// @param outputs        of `model.onnx`
/// @param itemIndexHash  [ItemIndex#hash], or [#NO_ITEMS]
/// @param parents        digests of what it was made from, by name: "data", "llm", "environment"
/// @param metrics        figures recorded by the trainer
/// @param settings       how it was made and must be used, for instance "history_length"
/// @param files          every file beside the manifest
public record Manifest(
        int formatVersion,
        String kind,
        String name,
        List<TensorSpec> inputs,
        List<TensorSpec> outputs,
        String itemIndexHash,
        Map<String, String> parents,
        Map<String, Double> metrics,
        Map<String, String> settings,
        Map<String, FileEntry> files) {
    /// The layout that this code writes and reads.
    public static final int FORMAT_VERSION = 1;

    /// Stands for the item index of a bundle that knows no items.
    public static final String NO_ITEMS = "none";

    /// Bytes are the same on every platform: sorted keys, line feeds.
    private static final ObjectMapper JSON =
            JsonMapper.builder()
                    .enable(SerializationFeature.ORDER_MAP_ENTRIES_BY_KEYS)
                    .enable(SerializationFeature.INDENT_OUTPUT)
                    .enable(MapperFeature.SORT_PROPERTIES_ALPHABETICALLY)
                    .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
                    .defaultPrettyPrinter(
                            new DefaultPrettyPrinter()
                                    .withObjectIndenter(new DefaultIndenter("  ", "\n")))
                    .build();

    /// One file of the bundle.
    ///
    /// @param sha256 64 lower-case hexadecimal digits
    public record FileEntry(String sha256, long sizeBytes) {
        public FileEntry {
            require(Sha256.valid(sha256), "not 64 lower-case hexadecimal digits: " + sha256);
            require(sizeBytes >= 0, "sizeBytes must be 0 or more but is " + sizeBytes);
        }
    }

    public Manifest {
        requireNonNull(kind, "kind is missing");
        requireNonNull(name, "name is missing");
        requireNonNull(itemIndexHash, "itemIndexHash is missing");
        inputs = List.copyOf(requireNonNull(inputs, "inputs are missing"));
        outputs = List.copyOf(requireNonNull(outputs, "outputs are missing"));
        parents = sorted("parents", parents);
        metrics = sorted("metrics", metrics);
        settings = sorted("settings", settings);
        files = sorted("files", files);
    }

    /// A manifest before its files are known.
    public static Manifest draft(
            String kind,
            String name,
            List<TensorSpec> inputs,
            List<TensorSpec> outputs,
            Map<String, String> parents,
            Map<String, Double> metrics,
            Map<String, String> settings) {
        return new Manifest(
                FORMAT_VERSION,
                kind,
                name,
                inputs,
                outputs,
                "",
                parents,
                metrics,
                settings,
                Map.of());
    }

    Manifest completed(String itemIndexHash, Map<String, FileEntry> files) {
        return new Manifest(
                formatVersion,
                kind,
                name,
                inputs,
                outputs,
                itemIndexHash,
                parents,
                metrics,
                settings,
                files);
    }

    byte[] toBytes() {
        try {
            return JSON.writeValueAsBytes(this);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a manifest that is no JSON", e);
        }
    }

    /// The version is looked at first: the rest of another format may look like anything.
    static Manifest of(byte[] bytes) {
        try {
            JsonNode json = JSON.readTree(bytes);
            JsonNode version = json.path("formatVersion");
            if (!version.isIntegralNumber()) {
                throw new Failure.Corrupt(
                        "BUNDLE_MANIFEST_UNREADABLE", "manifest.json names no formatVersion");
            }
            if (!version.asText().equals(Integer.toString(FORMAT_VERSION))) {
                throw new Failure.Corrupt(
                        "BUNDLE_FORMAT_UNKNOWN",
                        "manifest.json has format version "
                                + version.asText()
                                + " but this server reads "
                                + FORMAT_VERSION);
            }
            return JSON.treeToValue(json, Manifest.class);
        } catch (IOException e) {
            throw new Failure.Corrupt(
                    "BUNDLE_MANIFEST_UNREADABLE",
                    "manifest.json cannot be read: " + e.getMessage(),
                    e);
        }
    }

    private static <V> Map<String, V> sorted(String what, Map<String, V> map) {
        requireNonNull(map, what + " are missing")
                .forEach((key, value) -> requireNonNull(value, () -> what + " has no " + key));
        return Collections.unmodifiableMap(new TreeMap<>(map));
    }
}
