package dev.lea.trainer.agent;

import dev.lea.serving.onnx.OnnxOptions;
import dev.lea.serving.onnx.Tensor;
import dev.lea.trainer.data.CounterRandom;
import dev.lea.trainer.net.Adam;
import dev.lea.trainer.net.Parameters;
import dev.lea.trainer.net.TrainingState;
import dev.lea.trainer.net.TrainingStep;
import java.util.List;
import java.util.Map;

/// One update of an agent, again and again: draws a batch, computes the loss and moves the parameters.
///
/// The value-learning algorithms train two networks: at each update a coin says which one is trained and
/// which one is its target. Everything drawn depends on the seed and the update's number alone.
///
/// Runs on the caller's thread, which must be a platform thread, and uses no other. Not thread-safe.
public final class AgentStep implements AutoCloseable {
    private final AgentSettings settings;
    private final TrainingStep step;
    private final Batch batch;
    private final List<TrainingState> networks;

    private AgentStep(
            AgentSettings settings, TrainingStep step, Batch batch, List<TrainingState> networks) {
        this.settings = settings;
        this.step = step;
        this.batch = batch;
        this.networks = networks;
    }

    /// Compiles the update; its networks start from the settings' seed.
    public static AgentStep compile(AgentSettings settings, AgentData data) {
        data.expectFor(settings);
        Update update = Update.of(settings, data.items(), data.stateWidth(settings));
        List<Parameters> initial =
                seeds(settings).stream()
                        .map(seed -> Parameters.initial(update.graph(), seed).under(Update.MAIN))
                        .toList();
        TrainingStep step =
                TrainingStep.compile(
                        update.graph(),
                        update.loss(),
                        update.reported(),
                        name -> name.startsWith(Update.MAIN),
                        Adam.DEFAULT,
                        OnnxOptions.TRAINING);
        return new AgentStep(
                settings,
                step,
                new Batch(settings, update, data),
                initial.stream().map(TrainingState::new).toList());
    }

    private static List<Long> seeds(AgentSettings settings) {
        return settings.algorithm().learnsValues()
                ? List.of(settings.seed(), ~settings.seed())
                : List.of(settings.seed());
    }

    /// Does the update of a number, from 0.
    ///
    /// @return its loss
    public float update(long number) {
        batch.fill(number);
        int main = mainNetwork(number);
        Map<String, TrainingState> target =
                networks.size() == 1 ? Map.of() : Map.of(Update.TARGET, networks.get(1 - main));
        return step.run(
                        Update.MAIN,
                        networks.get(main),
                        target,
                        settings.learningRate(),
                        batch.tensors())
                .get("loss");
    }

    /// Which network, 0 or 1, the update of a number trains.
    public int mainNetwork(long number) {
        return networks.size() == 1
                ? 0
                : CounterRandom.of(settings.seed(), "coin", number).nextInt(2);
    }

    /// The inputs of the last update by name, see [Batch]. They are overwritten by the next.
    public Map<String, Tensor> inputs() {
        return batch.tensors();
    }

    /// A copy of a network's parameters. The first network, 0, is the one that is served.
    public Parameters parameters(int network) {
        return networks.get(network).parameters();
    }

    List<TrainingState> networks() {
        return networks;
    }

    @Override
    public void close() {
        step.close();
        batch.close();
        networks.forEach(TrainingState::close);
    }
}
