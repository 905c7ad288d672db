package dev.lea.serving.swap;

import static dev.lea.serving.Checks.require;
import static java.util.Objects.requireNonNull;

/// Which version of which model.
///
/// @param name   the model's
/// @param number 1 or more
/// @param digest of its bundle
public record Version(String name, long number, String digest) {
    public Version {
        requireNonNull(name, "name");
        requireNonNull(digest, "digest");
        require(number >= 1, "a version's number must be 1 or more but is " + number);
    }
}
