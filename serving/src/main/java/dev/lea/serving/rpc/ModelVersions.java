package dev.lea.serving.rpc;

import dev.lea.proto.common.v1.ModelVersion;
import dev.lea.proto.common.v1.VersionPin;
import dev.lea.serving.Failure;
import dev.lea.serving.swap.Version;
import java.util.Map;

/// Versions on the wire.
public final class ModelVersions {
    private ModelVersions() {}

    public static ModelVersion toProto(Version version) {
        return ModelVersion.newBuilder()
                .setName(version.name())
                .setVersion(version.number())
                .setDigest(version.digest())
                .build();
    }

    public static Version of(ModelVersion version) {
        return new Version(version.getName(), version.getVersion(), version.getDigest());
    }

    /// Holds a request's pin against the version that is about to answer it. An unset pin always holds.
    ///
    /// @throws Failure.Conflict if another version was asked for
    public static void check(VersionPin pin, Version live) {
        long expected = pin.getExpectedVersion();
        if (expected < 0) {
            throw new Failure.Invalid(
                    "version.expected_version",
                    "OUT_OF_RANGE",
                    "version.expected_version must be 0 or more but is " + expected,
                    Map.of("field", "version.expected_version", "value", "" + expected));
        }
        if (expected != 0 && expected != live.number()) {
            throw new Failure.Conflict(
                    "VERSION_MISMATCH",
                    "version %d of %s was expected but version %d is live"
                            .formatted(expected, live.name(), live.number()),
                    Map.of(
                            "expected_version", Long.toString(expected),
                            "live_version", Long.toString(live.number())));
        }
    }
}
