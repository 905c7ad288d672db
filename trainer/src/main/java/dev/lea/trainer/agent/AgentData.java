package dev.lea.trainer.agent;

import static dev.lea.serving.Checks.inRange;
import static dev.lea.serving.Checks.require;
import static java.util.Objects.requireNonNull;

import dev.lea.trainer.data.Transitions;

/// What an agent is trained on.
///
/// @param items       n, items of the catalogue
/// @param transitions of the training part
/// @param annotations what the environment said about them; null where nothing is learned from it
/// @param digest      of all of it
public record AgentData(
        int items, Transitions transitions, Annotations annotations, String digest) {
    public AgentData {
        inRange("items", items, 2, Integer.MAX_VALUE - 1);
        requireNonNull(transitions, "transitions");
        requireNonNull(digest, "digest");
        require(transitions.size() > 0, "the training part has no transitions");
    }

    void expectFor(AgentSettings settings) {
        settings.lea().variant().expect(annotations);
    }

    /// Elements of the environment's states, 0 where they are not used.
    int stateWidth(AgentSettings settings) {
        return settings.lea().variant().states() ? annotations.stateWidth() : 0;
    }
}
