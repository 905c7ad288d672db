package dev.lea.trainer.run;

import dev.lea.client.Endpoint;

/// The servers that a run talks to.
public record Targets(Endpoint environment, Endpoint agent) {
    /// These, replaced by what a run names itself; empty names nothing.
    Targets with(String environmentTarget, String agentTarget) {
        return new Targets(
                environmentTarget.isEmpty() ? environment : Endpoint.parse(environmentTarget),
                agentTarget.isEmpty() ? agent : Endpoint.parse(agentTarget));
    }
}
