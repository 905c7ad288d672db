package dev.lea.trainer.run;

import dev.lea.client.ClientSettings;
import dev.lea.client.Endpoint;
import dev.lea.client.LeaChannel;
import dev.lea.client.Tls;
import java.util.Optional;

/// The servers that a run talks to.
///
/// @param environment env-server
/// @param agent       agent-server
/// @param tls         how both are known, and shown who asks; empty: plaintext
public record Targets(Endpoint environment, Endpoint agent, Optional<Tls> tls) {
    /// These, replaced by what a run names itself; empty names nothing.
    Targets with(String environmentTarget, String agentTarget) {
        return new Targets(
                environmentTarget.isEmpty() ? environment : Endpoint.parse(environmentTarget),
                agentTarget.isEmpty() ? agent : Endpoint.parse(agentTarget),
                tls);
    }

    LeaChannel openEnvironment() {
        return LeaChannel.open(environment, ClientSettings.DEFAULT, tls);
    }

    LeaChannel openAgent() {
        return LeaChannel.open(agent, ClientSettings.DEFAULT, tls);
    }
}
