package dev.lea.cli.demo;

import java.nio.file.Path;

/// Why the demo cannot go on, in a sentence for the person who started it.
final class DemoFailure extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final transient Path log;

    /// @param log of the program to blame, or null
    DemoFailure(String message, Path log) {
        super(message, null, false, false);
        this.log = log;
    }

    DemoFailure(String message) {
        this(message, null);
    }

    /// The log of the program to blame, or null.
    Path log() {
        return log;
    }
}
