package dev.lea.serving.bundle;

import java.time.Instant;
import java.util.Map;

/// A version that a server keeps.
///
/// @param number     1 or more
/// @param name       the model's
/// @param digest     the bundle's
/// @param createTime when its upload was complete
/// @param sizeBytes  of all its files
/// @param metrics    from its manifest
/// @param refusal    why its last activation failed; empty if it did not
public record StoredVersion(
        long number,
        String name,
        String digest,
        Instant createTime,
        long sizeBytes,
        Map<String, Double> metrics,
        String refusal) {
    public StoredVersion {
        metrics = Map.copyOf(metrics);
    }
}
