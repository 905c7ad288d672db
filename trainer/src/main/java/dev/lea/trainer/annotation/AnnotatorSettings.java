package dev.lea.trainer.annotation;

import static dev.lea.serving.Checks.inRange;

/// What is asked of the LE.
///
/// @param actions    positive actions a prefix
/// @param candidates items taken by similarity before the reward model chooses
/// @param inFlight   sequences asked for at a time
public record AnnotatorSettings(int actions, int candidates, int inFlight) {
    public AnnotatorSettings {
        inRange("actions", actions, 1, 100);
        inRange("candidates", candidates, actions, 1000);
        inRange("inFlight", inFlight, 1, 1024);
    }
}
