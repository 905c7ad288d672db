package dev.lea.serving.swap;

import static java.util.Objects.requireNonNull;

import dev.lea.serving.bundle.Aliases;

/// Something that happened to a version.
///
/// @param kind    what
/// @param version its number; 0 where the event is of no version
/// @param detail  for people, for instance the reason of a refusal; may be empty
/// @param aliases which versions answer after it
public record VersionEvent(Kind kind, long version, String detail, Aliases aliases) {
    /// What can happen.
    public enum Kind {
        /// Arrived whole and is kept.
        UPLOADED,
        /// Is going to be loaded.
        LOADING,
        /// Every byte on disk is what was uploaded.
        VERIFIED,
        /// Is open, gave its probes' answers, and ran once at every shape.
        WARMED,
        /// Cannot be served.
        REFUSED,
        /// Answers.
        LIVE,
        /// Answers a share of the calls.
        CANARY,
        /// Is not the canary any more.
        CANARY_ENDED,
        /// Is asked too.
        SHADOW,
        /// Is not the shadow any more.
        SHADOW_ENDED,
        /// Has given its last answer and is closed.
        CLOSED,
        /// Is not kept any more.
        DELETED
    }

    public VersionEvent {
        requireNonNull(kind, "kind");
        requireNonNull(detail, "detail");
        requireNonNull(aliases, "aliases");
    }
}
