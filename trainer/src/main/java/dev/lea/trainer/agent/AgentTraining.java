package dev.lea.trainer.agent;

import static dev.lea.serving.Checks.require;

import dev.lea.serving.Failure;
import dev.lea.trainer.evaluation.Scorer;
import dev.lea.trainer.net.Parameters;
import dev.lea.trainer.net.Progress;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.function.ToDoubleFunction;

/// Trains one agent, from a folder: a run that was cut off goes on where its last checkpoint stands, and ends
/// with the same bits as one that never stopped. After each epoch the first network is evaluated, as it
/// would be served; training ends when it has not become better for a while, and the best epoch is kept.
///
/// Runs on the caller's thread, which must be a platform thread, and uses no other.
public final class AgentTraining implements AutoCloseable {
    private static final long CHECKPOINT_UPDATES = 500;

    /// Least time between checkpoints that take long, in the time that one takes.
    private static final long PAUSE = 10;

    private static final long LONG_NANOS = 1_000_000_000;

    private final AgentSettings settings;
    private final AgentData data;
    private final ToDoubleFunction<Scorer> validation;
    private final Progress listener;
    private final TrainingFolder folder;
    private final AgentStep step;
    private final long updatesPerEpoch;

    private TrainingProgress progress = TrainingProgress.START;
    private Parameters best;
    private String note = "";
    private long lastSaved; // nanoseconds, and how many of them that took
    private long saving;

    private AgentTraining(
            AgentSettings settings,
            AgentData data,
            ToDoubleFunction<Scorer> validation,
            Progress listener,
            TrainingFolder folder,
            AgentStep step) {
        this.settings = settings;
        this.data = data;
        this.validation = validation;
        this.listener = listener;
        this.folder = folder;
        this.step = step;
        this.updatesPerEpoch = settings.updatesPerEpoch(data.transitions().size());
    }

    /// Starts a run, or goes on with the one that the folder holds.
    ///
    /// @param validation NDCG@10 of a policy on the validation part; asked after each epoch
    /// @param listener   hears of every update; may end the run
    /// @throws Failure.Conflict if the folder holds a run of other settings or data
    /// @throws Failure.Corrupt if its last checkpoint was altered
    public static AgentTraining open(
            AgentSettings settings,
            AgentData data,
            Path folder,
            ToDoubleFunction<Scorer> validation,
            Progress listener) {
        var run = new TrainingFolder(folder, settings + " on " + data.digest());
        expectASecondPhase(settings, data);
        TrainingProgress progress = run.progress();
        AgentStep step = AgentStep.compile(settings, data);
        var training = new AgentTraining(settings, data, validation, listener, run, step);
        try {
            training.resume(progress);
            return training;
        } catch (RuntimeException e) {
            training.close();
            throw e;
        }
    }

    private static void expectASecondPhase(AgentSettings settings, AgentData data) {
        int transitions = data.transitions().size();
        long updates = settings.updatesPerEpoch(transitions) * settings.maxEpochs();
        require(
                settings.warmUp(transitions) < updates,
                settings.label()
                        + "'s first phase must be shorter than the "
                        + updates
                        + " updates of all epochs but has "
                        + settings.warmUp(transitions));
    }

    private void resume(TrainingProgress from) {
        if (from.update() > 0) {
            best = folder.restore(step.networks());
            progress = from;
        }
    }

    /// Trains to the end.
    ///
    /// @throws CancellationException if the listener threw it; the run can go on later
    /// @throws Failure.Conflict if the loss is no longer a number
    public TrainedAgent run() {
        long updates = updatesPerEpoch * settings.maxEpochs();
        while (progress.update() < updates && !isStale()) {
            listen(updates);
            update();
            boolean evaluated = progress.update() % updatesPerEpoch == 0;
            if (evaluated) {
                evaluate();
            }
            if ((evaluated || progress.update() % CHECKPOINT_UPDATES == 0) && isTimeToSave()) {
                save();
            }
        }
        save();
        listen(progress.update());
        return new TrainedAgent(
                settings, best, progress.best(), progress.epochs(), progress.update());
    }

    /// How often a checkpoint is written changes no result: one of a large catalogue takes many seconds.
    private boolean isTimeToSave() {
        return saving < LONG_NANOS || System.nanoTime() - lastSaved > PAUSE * saving;
    }

    private void save() {
        long start = System.nanoTime();
        folder.save(progress, step.networks(), best);
        lastSaved = System.nanoTime();
        saving = lastSaved - start;
    }

    /// Patience starts anew where the second phase starts, and does not run out before.
    private boolean isStale() {
        long warmUpEpochs = settings.warmUp(data.transitions().size()) / updatesPerEpoch;
        return progress.epochsWithoutGain((int) warmUpEpochs) >= settings.patience();
    }

    private void listen(long updates) {
        try {
            listener.at(progress.update(), updates, note);
        } catch (CancellationException e) {
            save();
            throw e;
        }
    }

    private void update() {
        long number = progress.update();
        float loss = step.update(number);
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
        Parameters parameters = step.policy();
        double figure;
        try (var policy = ServedPolicy.load(settings.encoder(), data.policyItems(), parameters)) {
            figure = validation.applyAsDouble(policy);
        }
        int epoch = progress.epochs().size() + 1;
        progress =
                progress.after(new EpochReport(epoch, progress.losses() / updatesPerEpoch, figure));
        if (progress.best().epoch() == epoch) {
            best = parameters;
        }
        note =
                String.format(
                        Locale.ROOT,
                        "epoch %d: NDCG@10 %.4f, best %.4f",
                        epoch,
                        figure,
                        progress.best().validation());
    }

    @Override
    public void close() {
        step.close();
    }
}
