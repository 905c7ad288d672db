package dev.lea.cli.ask;

/// What a command ends with, for scripts.
final class ExitCode {
    /// It was done.
    static final int DONE = 0;

    /// The server refused it, or it failed.
    static final int FAILED = 1;

    /// It was asked wrongly.
    static final int USAGE = 2;

    /// The server is not there, is overloaded or took too long: the same may work later.
    static final int UNAVAILABLE = 3;

    private ExitCode() {}
}
