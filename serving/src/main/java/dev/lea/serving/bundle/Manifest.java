package dev.lea.serving.bundle;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.lea.serving.Failure;
import dev.lea.serving.onnx.TensorSpec;
import java.io.IOException;
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
/// @param itemIndexHash  [ItemIndex#hash]
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

    private static final ObjectMapper JSON =
            JsonMapper.builder()
                    .enable(SerializationFeature.ORDER_MAP_ENTRIES_BY_KEYS)
                    .enable(SerializationFeature.INDENT_OUTPUT)
                    .enable(MapperFeature.SORT_PROPERTIES_ALPHABETICALLY)
                    .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
                    .build();

    /// One file of the bundle.
    ///
    /// @param sha256 64 lower-case hexadecimal digits
    public record FileEntry(String sha256, long sizeBytes) {}

    public Manifest {
        inputs = List.copyOf(inputs);
        outputs = List.copyOf(outputs);
        parents = sorted(parents);
        metrics = sorted(metrics);
        settings = sorted(settings);
        files = sorted(files);
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

    static Manifest of(byte[] bytes) {
        try {
            Manifest manifest = JSON.readValue(bytes, Manifest.class);
            if (manifest == null
                    || manifest.kind == null
                    || manifest.name == null
                    || manifest.itemIndexHash == null) {
                throw new Failure.Corrupt(
                        "BUNDLE_MANIFEST_UNREADABLE",
                        "manifest.json lacks its kind, name or item index hash");
            }
            if (manifest.formatVersion != FORMAT_VERSION) {
                throw new Failure.Corrupt(
                        "BUNDLE_FORMAT_UNKNOWN",
                        "manifest.json has format version "
                                + manifest.formatVersion
                                + " but this server reads "
                                + FORMAT_VERSION);
            }
            return manifest;
        } catch (IOException e) {
            throw new Failure.Corrupt(
                    "BUNDLE_MANIFEST_UNREADABLE",
                    "manifest.json cannot be read: " + e.getMessage(),
                    e);
        }
    }

    private static <V> Map<String, V> sorted(Map<String, V> map) {
        return java.util.Collections.unmodifiableMap(map == null ? Map.of() : new TreeMap<>(map));
    }
}
