package dev.lea.trainer.agent;

import dev.lea.trainer.net.Graph;
import dev.lea.trainer.net.Value;

/// The graph of one update, before it is differentiated. Its inputs are those of [Batch].
///
/// @param loss    the batch's mean, a scalar
/// @param dropout the masks it wants
record Update(Graph graph, Value loss, Dropout dropout) {
    /// Prefix of the parameters of the network that an update trains.
    static final String MAIN = "main.";

    /// Prefix of the parameters of the network that it only reads.
    static final String TARGET = "target.";

    /// The update that the settings ask for.
    ///
    /// @param items      that are trained on
    /// @param stateWidth elements of the environment's states, 0 where they are not used
    static Update of(AgentSettings settings, PolicyItems items, int stateWidth) {
        return settings.algorithm().learnsValues()
                ? new ValueUpdate(settings, items, stateWidth).build()
                : SupervisedUpdate.build(settings, items);
    }

    /// The same for items that are known by their indices alone.
    static Update of(AgentSettings settings, int items, int stateWidth) {
        return of(settings, PolicyItems.of(items), stateWidth);
    }
}
