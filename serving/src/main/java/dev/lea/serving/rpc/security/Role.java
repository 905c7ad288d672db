package dev.lea.serving.rpc.security;

/// What a caller may do.
public enum Role {
    /// May ask.
    READER,
    /// May also change what is asked: versions, items, runs.
    WRITER
}
