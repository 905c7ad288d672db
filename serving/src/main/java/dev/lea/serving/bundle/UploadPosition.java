package dev.lea.serving.bundle;

/// What an upload lacks first.
///
/// @param file   empty if every byte has come
/// @param offset of the first byte that has not come
public record UploadPosition(String file, long offset) {
    static final UploadPosition END = new UploadPosition("", 0);
}
