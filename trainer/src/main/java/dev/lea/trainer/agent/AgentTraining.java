package dev.lea.trainer.agent;

import dev.lea.serving.Failure;
import dev.lea.serving.onnx.OnnxOptions;
import dev.lea.trainer.data.CounterRandom;
import dev.lea.trainer.net.Adam;
import dev.lea.trainer.net.Graph;
import dev.lea.trainer.net.Parameters;
import dev.lea.trainer.net.Progress;
import dev.lea.trainer.net.TrainingState;
import dev.lea.trainer.net.TrainingStep;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.function.ToDoubleFunction;

/// Trains one agent, from a folder: a run that was cut off goes on where its last checkpoint stands, and ends
/// with the same bits as one that never stopped.
///
/// The value-learning algorithms train two networks: at each update a coin says which one is trained and
/// which one is its target. The first is evaluated and served.
///
/// Runs on the caller's thread, which must be a platform thread, and uses no other.
public final class AgentTraining implements AutoCloseable {
    private static final long CHECKPOINT_UPDATES = 500;

    private final AgentSettings settings;
    private final AgentData data;
    private final ToDoubleFunction<ServedPolicy> validation;
    private final Progress listener;
    private final TrainingFolder folder;
    private final TrainingStep step;
    private final Batch batch;
    private final List<TrainingState> networks;
    private final long updatesPerEpoch;

    private TrainingProgress progress;
    private Parameters best;
    private String note = "";

    private AgentTraining(
            AgentSettings settings,
            AgentData data,
            ToDoubleFunction<ServedPolicy> validation,
            Progress listener,
            TrainingFolder folder,
            TrainingStep step,
            Batch batch,
            List<TrainingState> networks) {
        this.settings = settings;
        this.data = data;
        this.validation = validation;
        this.listener = listener;
        this.folder = folder;
        this.step = step;
        this.batch = batch;
        this.networks = networks;
        this.updatesPerEpoch =
                Math.ceilDiv(data.transitions().size(), settings.batchSize());
        this.progress = folder.progress();
        if (progress.update() > 0) {
            best = folder.restore(networks);
        }
    }

    /// Starts a run, or goes on with the one that the folder holds.
    ///
    /// @param validation NDCG@10 of a policy on the validation part
    /// @throws Failure.Conflict if the folder holds a run of other settings or data
    public static AgentTraining open(
            AgentSettings settings,
            AgentData data,
            Path folder,
            ToDoubleFunction<ServedPolicy> validation,
            Progress listener) {
        data.expectFor(settings);
        Update update = Update.of(settings, data.items(), data.stateWidth(settings));
        TrainingStep step =
                TrainingStep.compile(
                        update.graph(),
                        update.loss(),
                        update.reported(),
                        name -> name.startsWith(Update.MAIN),
                        Adam.DEFAULT,
                        OnnxOptions.TRAINING);
        return new AgentTraining(
                settings,
                data,
                validation,
                listener,
                new TrainingFolder(folder, settings + " on " + data.digest()),
                step,
                new Batch(settings, update, data),
                initial(update.graph(), settings));
    }

    /// Trains to the end.
    ///
    /// @throws CancellationException if the listener threw it; the run can go on later
    /// @throws Failure.Conflict if the loss is no longer a number
    public TrainedAgent run() {
        long updates = updatesPerEpoch * settings.maxEpochs();
        while (progress.update() < updates && progress.epochsWithoutGain() < settings.patience()) {
            listen(updates);
            update();
            boolean evaluated = progress.update() % updatesPerEpoch == 0;
            if (evaluated) {
                evaluate();
            }
            if (evaluated || progress.update() % CHECKPOINT_UPDATES == 0) {
                folder.save(progress, networks, best);
            }
        }
        return new TrainedAgent(
                settings, best, progress.best(), progress.epochs(), progress.update());
    }

    private void listen(long updates) {
        try {
            listener.at(progress.update(), updates, note);
        } catch (CancellationException e) {
            folder.save(progress, networks, best);
            throw e;
        }
    }

    private void update() {
        long number = progress.update();
        batch.fill(number);
        int main = networks.size() == 1 ? 0 : CounterRandom.of(settings.seed(), "coin", number).nextInt(2);
        Map<String, TrainingState> target =
                networks.size() == 1 ? Map.of() : Map.of(Update.TARGET, networks.get(1 - main));
        float loss =
                step.run(
                                Update.MAIN,
                                networks.get(main),
                                target,
                                settings.learningRate(),
                                batch.tensors())
                        .get("loss");
        if (!Float.isFinite(loss)) {
            throw new Failure.Conflict(
                    "TRAINING_DIVERGED",
                    "the loss of "
                            + settings.label()
                            + " is "
                            + loss
                            + " at update "
                            + number
                            + "; check the rewards, or lower learningRate, which is "
                            + settings.learningRate(),
                    Map.of("update", Long.toString(number)));
        }
        progress = progress.after(loss);
    }

    private void evaluate() {
        Parameters parameters = networks.getFirst().parameters();
        double figure;
        try (var policy = ServedPolicy.load(settings.encoder(), data.items(), parameters)) {
            figure = validation.applyAsDouble(policy);
        }
        int epoch = progress.epochs().size() + 1;
        progress =
                progress.after(
                        new EpochReport(epoch, progress.losses() / updatesPerEpoch, figure));
        if (progress.best().epoch() == epoch) {
            best = parameters;
        }
        note =
                String.format(
                        "epoch %d: NDCG@10 %.4f, best %.4f",
                        epoch, figure, progress.best().validation());
    }

    /// The networks' first parameters; a second network has its own.
    private static List<TrainingState> initial(Graph graph, AgentSettings settings) {
        List<Long> seeds =
                settings.algorithm().learnsValues()
                        ? List.of(settings.seed(), ~settings.seed())
                        : List.of(settings.seed());
        return seeds.stream()
                .map(seed -> Parameters.initial(graph, seed).under(Update.MAIN))
                .map(TrainingState::new)
                .toList();
    }

    @Override
    public void close() {
        step.close();
        batch.close();
        networks.forEach(TrainingState::close);
    }
}
