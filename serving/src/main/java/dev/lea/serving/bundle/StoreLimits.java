package dev.lea.serving.bundle;

import static dev.lea.serving.Checks.inRange;

/// Bounds of a server's store.
///
/// @param versions    versions kept; the oldest go first, never the live one nor the one before it
/// @param uploadBytes size of one bundle
/// @param uploadFiles files of one bundle
public record StoreLimits(int versions, long uploadBytes, int uploadFiles) {
    public static final StoreLimits DEFAULT = new StoreLimits(10, 8L << 30, 64);

    /// Characters of a caller's name for its upload.
    static final int REQUEST_ID = 128;

    public StoreLimits {
        inRange("versions", versions, 2, 10_000);
        inRange("uploadBytes", (double) uploadBytes, 1, 1e15);
        inRange("uploadFiles", uploadFiles, 2, 10_000);
    }
}
