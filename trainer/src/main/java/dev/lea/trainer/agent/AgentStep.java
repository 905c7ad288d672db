package dev.lea.trainer.agent;

import dev.lea.serving.onnx.OnnxOptions;
import dev.lea.serving.onnx.Tensor;
import dev.lea.trainer.data.CounterRandom;
import dev.lea.trainer.net.Adam;
import dev.lea.trainer.net.Parameters;
import dev.lea.trainer.net.TableRows;
import dev.lea.trainer.net.TrainingState;
import dev.lea.trainer.net.TrainingStep;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// One update of an agent, again and again: draws a batch, computes the loss and moves the parameters.
///
/// The value-learning algorithms train two networks: at each update a coin says which one is trained and
/// which one is its target. Where values weigh the cross entropy there are two phases; the updates of the first
/// are the other algorithm's, see [Algorithm#warmUp]. Everything drawn depends on the seed and the update's number
/// alone, and so does the phase.
///
/// Runs on the caller's thread, which must be a platform thread, and uses no other. Not thread-safe.
public final class AgentStep implements AutoCloseable {
    private final AgentSettings settings;
    private final AgentData data;
    private final Batch batch;
    private final Optional<Gathering> gathering;
    private final List<TrainingState> networks;
    private final long warmUp;
    private TrainingStep step;
    private boolean warmingUp;

    private AgentStep(
            AgentSettings settings,
            AgentData data,
            Batch batch,
            Optional<Gathering> gathering,
            List<TrainingState> networks,
            TrainingStep step) {
        this.settings = settings;
        this.data = data;
        this.batch = batch;
        this.gathering = gathering;
        this.networks = networks;
        this.warmUp = settings.warmUp(data.transitions().size());
        this.step = step;
        this.warmingUp = true;
    }

    /// Compiles the update; its networks start from the settings' seed.
    public static AgentStep compile(AgentSettings settings, AgentData data) {
        data.expectFor(settings);
        Update update = update(settings.warmingUp(), data);
        List<TrainingState> networks = new ArrayList<>();
        for (long seed : seeds(settings)) {
            Parameters start = start(update, seed, settings, data);
            networks.add(new TrainingState(start, tables(update), Adam.DEFAULT));
        }
        return new AgentStep(
                settings,
                data,
                new Batch(settings, update, data),
                Slots.of(settings, data.items()).map(slots -> new Gathering(settings, slots, data)),
                networks,
                compile(update));
    }

    private static Parameters start(
            Update update, long seed, AgentSettings settings, AgentData data) {
        Parameters start =
                Parameters.initial(update.graph(), seed, name -> name.startsWith(Update.MAIN))
                        .under(Update.MAIN);
        return settings.startsFromItemTokens()
                ? new ItemTokenProjection(data.itemTokens(), settings.seed()).start(start)
                : start;
    }

    private static Map<String, TableRows> tables(Update update) {
        Map<String, TableRows> tables = new HashMap<>();
        update.graph()
                .tables()
                .forEach((name, rows) -> {
                    if (name.startsWith(Update.MAIN)) {
                        tables.put(name.substring(Update.MAIN.length()), rows);
                    }
                });
        return tables;
    }

    private static Update update(AgentSettings settings, AgentData data) {
        return Update.of(settings, data.policyItems(), data.stateWidth(settings));
    }

    private static TrainingStep compile(Update update) {
        return TrainingStep.compile(
                update.graph(),
                update.loss(),
                Map.of("loss", update.loss()),
                name -> name.startsWith(Update.MAIN),
                Adam.DEFAULT,
                OnnxOptions.TRAINING);
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
        enterPhase(number);
        batch.fill(number);
        gathering.ifPresent(g -> g.fill(number, batch));
        int main = mainNetwork(number);
        Map<String, TrainingState> target =
                networks.size() == 1 ? Map.of() : Map.of(Update.TARGET, networks.get(1 - main));
        return step.run(
                        Update.MAIN,
                        networks.get(main),
                        target,
                        learningRate(),
                        inputs(),
                        gathering.map(Gathering::choices).orElse(Map.of()))
                .get("loss");
    }

    /// Compiles the second phase's update at its first, where SA2C also starts with a fresh Adam.
    private void enterPhase(long number) {
        if (!settings.algorithm().weighsByValue() || number < warmUp) {
            return;
        }
        if (number == warmUp && settings.algorithm() == Algorithm.SA2C) {
            networks.forEach(TrainingState::forget);
        }
        if (warmingUp) {
            step.close();
            step = compile(update(settings, data));
            warmingUp = false;
        }
    }

    private double learningRate() {
        return settings.algorithm() == Algorithm.SA2C && !warmingUp
                ? settings.actor().learningRate()
                : settings.learningRate();
    }

    /// Which network, 0 or 1, the update of a number trains.
    public int mainNetwork(long number) {
        return networks.size() == 1
                ? 0
                : CounterRandom.of(settings.seed(), "coin", number).nextInt(2);
    }

    /// The inputs of the last update by name, see [Batch] and, in the sampled form, [Gathering]. They are overwritten by the next.
    public Map<String, Tensor> inputs() {
        Map<String, Tensor> inputs = new HashMap<>(batch.tensors());
        gathering.ifPresent(g -> inputs.putAll(g.tensors()));
        return inputs;
    }

    /// A copy of a network's parameters. The first network, 0, is the one that is served.
    public Parameters parameters(int network) {
        return networks.get(network).parameters();
    }

    /// A copy of those parameters of the first network that are served.
    Parameters policy() {
        Set<String> served = PolicyGraph.parameters(settings.encoder(), data.policyItems());
        return networks.getFirst().parameters(served::contains);
    }

    List<TrainingState> networks() {
        return networks;
    }

    @Override
    public void close() {
        step.close();
        batch.close();
        gathering.ifPresent(Gathering::close);
        networks.forEach(TrainingState::close);
    }
}
