package dev.lea.serving.swap;

/// A model that can tell whether calls wait for it.
public interface Busy {
    /// Whether calls wait that are not running yet.
    boolean busy();
}
