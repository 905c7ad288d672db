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
/// @param itemTokens  the environment's vector of each item, [n, width]; null where nothing starts from them
/// @param policyItems the items as a policy sees them
/// @param digest      of all of it
public record AgentData(
        int items,
        Transitions transitions,
        Annotations annotations,
        float[][] itemTokens,
        PolicyItems policyItems,
        String digest) {
    public AgentData {
        inRange("items", items, 2, Integer.MAX_VALUE - 1);
        requireNonNull(transitions, "transitions");
        requireNonNull(digest, "digest");
        require(transitions.size() > 0, "the training part has no transitions");
        require(
                policyItems.count() == items,
                "policyItems must be " + items + " but are " + policyItems.count());
    }

    /// Without item tokens.
    public AgentData(int items, Transitions transitions, Annotations annotations, String digest) {
        this(items, transitions, annotations, null, PolicyItems.of(items), digest);
    }

    void expectFor(AgentSettings settings) {
        settings.lea().variant().expect(annotations);
        require(
                !settings.startsFromItemTokens() || itemTokens != null,
                settings.label()
                        + " starts its item embeddings from the environment's item tokens and needs them");
        require(
                !settings.readsItemRows() || policyItems.rows().isPresent(),
                settings.label() + " knows items by the environment's rows and needs them");
    }

    /// Elements of the environment's states, 0 where they are not used.
    int stateWidth(AgentSettings settings) {
        return settings.lea().readsStates() ? annotations.stateWidth() : 0;
    }
}
