package dev.lea.serving.swap;

/// A model whose answers depend on more than its bundle.
public interface Digested {
    /// Digest of everything that its answers depend on.
    String digest();
}
