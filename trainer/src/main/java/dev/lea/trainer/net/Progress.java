package dev.lea.trainer.net;

/// Hears how far a piece of work is, and may stop it.
@FunctionalInterface
public interface Progress {
    Progress NONE = (_, _, _) -> {};

    /// Called after each step.
    ///
    /// @param done  steps done
    /// @param total steps in all
    /// @param note  one line about how it goes
    /// @throws java.util.concurrent.CancellationException to stop the work; what is saved stays
    void at(long done, long total, String note);
}
