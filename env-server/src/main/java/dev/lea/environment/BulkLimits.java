package dev.lea.environment;

import static dev.lea.serving.Checks.inRange;

/// How much of bulk work is under way.
///
/// @param streamWindow sequences of one stream that were read and are not yet answered, 1..1024
/// @param sequences    sequences of all streams that are computed at the same time, 1..1024
record BulkLimits(int streamWindow, int sequences) {
    BulkLimits {
        inRange("streamWindow", streamWindow, 1, 1024);
        inRange("sequences", sequences, 1, 1024);
    }
}
