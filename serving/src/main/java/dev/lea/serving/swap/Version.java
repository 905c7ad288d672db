package dev.lea.serving.swap;

/// Which version of which model.
///
/// @param name   the model's
/// @param number 1 or more
/// @param digest of its bundle
public record Version(String name, long number, String digest) {}
