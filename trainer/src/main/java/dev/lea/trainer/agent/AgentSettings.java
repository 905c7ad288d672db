package dev.lea.trainer.agent;

import static dev.lea.serving.Checks.inRange;
import static dev.lea.serving.Checks.require;
import static java.util.Objects.requireNonNull;

import dev.lea.serving.Failure;
import java.util.Map;

/// Everything that decides what a training run gives, besides its data and the environment's annotations.
///
/// @param algorithm    what an update minimises
/// @param encoder      the network
/// @param q            Q-learning; unused by [Algorithm#SUPERVISED]
/// @param actor        the second phase of [Algorithm#SAC] and [Algorithm#SA2C]; unused by others
/// @param lea          what is learned from the environment
/// @param sampling     how updates see large catalogues
/// @param batchSize    transitions an update, 1..65,536
/// @param learningRate Adam's, above 0 up to 1
/// @param maxEpochs    epochs at most, 1..100,000; an epoch is as many updates as cover the transitions once
/// @param patience     epochs without a better validation NDCG@10 after which training ends, 1..100,000
/// @param seed         of everything drawn at random
public record AgentSettings(
        Algorithm algorithm,
        EncoderSettings encoder,
        QSettings q,
        ActorCriticSettings actor,
        LeaSettings lea,
        SamplingSettings sampling,
        int batchSize,
        double learningRate,
        int maxEpochs,
        int patience,
        long seed) {
    public static final AgentSettings DEFAULT =
            new AgentSettings(
                    Algorithm.SNQN,
                    EncoderSettings.DEFAULT,
                    QSettings.DEFAULT,
                    ActorCriticSettings.DEFAULT,
                    LeaSettings.NONE,
                    SamplingSettings.DEFAULT,
                    256,
                    0.001,
                    60,
                    5,
                    1);

    public AgentSettings {
        requireNonNull(algorithm, "algorithm");
        requireNonNull(encoder, "encoder");
        requireNonNull(q, "q");
        requireNonNull(actor, "actor");
        requireNonNull(lea, "lea");
        requireNonNull(sampling, "sampling");
        inRange("batchSize", batchSize, 1, 65_536);
        inRange("learningRate", learningRate, 1e-7, 1);
        inRange("maxEpochs", maxEpochs, 1, 100_000);
        inRange("patience", patience, 1, 100_000);
        require(
                algorithm.learnsFromNegatives() || !lea.variant().asksEnvironment(),
                lea.variant().name()
                        + " needs an algorithm that learns action values from negatives, SNQN or SA2C, but it is "
                        + algorithm);
        require(
                encoder.head() == ItemHead.FIXED || !lea.uses(StateUse.INITIALISE),
                "head TOKENS has no item embeddings to start from item tokens; use head FIXED, or the states otherwise");
        require(
                !algorithm.weighsByValue()
                        || actor.warmUpUpdates() > 0
                        || actor.warmUpEpochs() < maxEpochs,
                algorithm
                        + " needs fewer warmUpEpochs than maxEpochs but they are "
                        + actor.warmUpEpochs()
                        + " and "
                        + maxEpochs);
    }

    /// Checks that these settings can be used with a catalogue, before anything is spent on them.
    ///
    /// @throws Failure.Invalid if it has too few items
    public void expectCatalogue(int items) {
        int taken = Batch.taken(this);
        if (items <= taken) {
            throw new Failure.Invalid(
                    "spec.settings",
                    "SETTINGS_INVALID",
                    label()
                            + " looks at "
                            + taken
                            + " actions of a transition and draws others as negatives, so it needs more than "
                            + taken
                            + " items but the data has "
                            + items,
                    Map.of());
        }
    }

    /// Updates that cover the transitions once.
    long updatesPerEpoch(int transitions) {
        return Math.ceilDiv(transitions, batchSize);
    }

    /// Updates before values weigh the cross entropy; none, at once, where they never do.
    long warmUp(int transitions) {
        return algorithm.weighsByValue() ? actor.warmUp(updatesPerEpoch(transitions)) : 0;
    }

    /// Whether item embeddings start from the environment's item tokens.
    public boolean startsFromItemTokens() {
        return lea.uses(StateUse.INITIALISE);
    }

    /// Whether items are known by the environment's rows of them.
    public boolean readsItemRows() {
        return encoder.head() == ItemHead.TOKENS;
    }

    /// The same as it is trained in its first phase.
    AgentSettings warmingUp() {
        return withAlgorithm(algorithm.warmUp());
    }

    /// What the run is called in tables: `SASRec`, `GRU4Rec-SNQN`, `SASRec-SA2C-LEASR`.
    public String label() {
        String network = encoder.architecture().label();
        String label = algorithm.learnsValues() ? network + "-" + algorithm : network;
        label = lea.variant().asksEnvironment() ? label + "-" + lea.variant().name() : label;
        return readsItemRows() ? label + "-Tokens" : label;
    }

    public AgentSettings withAlgorithm(Algorithm algorithm) {
        return new AgentSettings(
                algorithm,
                encoder,
                q,
                actor,
                lea,
                sampling,
                batchSize,
                learningRate,
                maxEpochs,
                patience,
                seed);
    }

    public AgentSettings withEncoder(EncoderSettings encoder) {
        return new AgentSettings(
                algorithm,
                encoder,
                q,
                actor,
                lea,
                sampling,
                batchSize,
                learningRate,
                maxEpochs,
                patience,
                seed);
    }

    public AgentSettings withQ(QSettings q) {
        return new AgentSettings(
                algorithm,
                encoder,
                q,
                actor,
                lea,
                sampling,
                batchSize,
                learningRate,
                maxEpochs,
                patience,
                seed);
    }

    public AgentSettings withActor(ActorCriticSettings actor) {
        return new AgentSettings(
                algorithm,
                encoder,
                q,
                actor,
                lea,
                sampling,
                batchSize,
                learningRate,
                maxEpochs,
                patience,
                seed);
    }

    public AgentSettings withLea(LeaSettings lea) {
        return new AgentSettings(
                algorithm,
                encoder,
                q,
                actor,
                lea,
                sampling,
                batchSize,
                learningRate,
                maxEpochs,
                patience,
                seed);
    }

    public AgentSettings withSampling(SamplingSettings sampling) {
        return new AgentSettings(
                algorithm,
                encoder,
                q,
                actor,
                lea,
                sampling,
                batchSize,
                learningRate,
                maxEpochs,
                patience,
                seed);
    }

    public AgentSettings withBatchSize(int batchSize) {
        return new AgentSettings(
                algorithm,
                encoder,
                q,
                actor,
                lea,
                sampling,
                batchSize,
                learningRate,
                maxEpochs,
                patience,
                seed);
    }

    public AgentSettings withLearningRate(double learningRate) {
        return new AgentSettings(
                algorithm,
                encoder,
                q,
                actor,
                lea,
                sampling,
                batchSize,
                learningRate,
                maxEpochs,
                patience,
                seed);
    }

    public AgentSettings withMaxEpochs(int maxEpochs) {
        return new AgentSettings(
                algorithm,
                encoder,
                q,
                actor,
                lea,
                sampling,
                batchSize,
                learningRate,
                maxEpochs,
                patience,
                seed);
    }

    public AgentSettings withPatience(int patience) {
        return new AgentSettings(
                algorithm,
                encoder,
                q,
                actor,
                lea,
                sampling,
                batchSize,
                learningRate,
                maxEpochs,
                patience,
                seed);
    }

    public AgentSettings withSeed(long seed) {
        return new AgentSettings(
                algorithm,
                encoder,
                q,
                actor,
                lea,
                sampling,
                batchSize,
                learningRate,
                maxEpochs,
                patience,
                seed);
    }
}
