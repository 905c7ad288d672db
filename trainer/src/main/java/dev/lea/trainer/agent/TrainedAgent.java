package dev.lea.trainer.agent;

import dev.lea.trainer.net.Parameters;
import java.util.List;

/// What a training run gave.
///
/// @param settings   it was run with
/// @param parameters of the network that is served, from the epoch of the best validation figure
/// @param best       that epoch
/// @param epochs     all of them
/// @param updates    done in all
public record TrainedAgent(
        AgentSettings settings,
        Parameters parameters,
        EpochReport best,
        List<EpochReport> epochs,
        long updates) {
    public TrainedAgent {
        epochs = List.copyOf(epochs);
    }
}
