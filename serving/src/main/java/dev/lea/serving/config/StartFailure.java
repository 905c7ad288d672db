package dev.lea.serving.config;

import java.util.List;

/// Why a program cannot start, in sentences for the person who started it. Not a bug: `main` prints them
/// without a stack trace and exits with a code other than 0.
public final class StartFailure extends RuntimeException {
    private final transient List<String> problems;

    public StartFailure(List<String> problems) {
        super(String.join(System.lineSeparator(), problems), null, false, false);
        this.problems = List.copyOf(problems);
    }

    public StartFailure(String problem) {
        this(List.of(problem));
    }

    /// One sentence a problem, 1 or more.
    public List<String> problems() {
        return problems;
    }
}
