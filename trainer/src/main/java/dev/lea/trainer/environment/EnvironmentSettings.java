package dev.lea.trainer.environment;

import static dev.lea.serving.Checks.inRange;

import dev.lea.trainer.llm.Adapted.LoraConfig;

/// How the LE is fitted. Defaults were chosen on validation users; docs/lab-log.md has the figures.
///
/// @param steps            updates
/// @param rows             sequences an update
/// @param microRows        sequences that are run at a time, their gradients summed up; 0: all of an update's
/// @param rate             highest learning rate of the model and its heads
/// @param context          C, items of a history that the LE sees
/// @param userShare        share of the training users that the LE is fitted on, in (0, 1]
/// @param temperature      tau of the state loss
/// @param rewardWeight     lambda of `L_sm + lambda L_rm`
/// @param prefixes         prefixes of a sequence at which preferences are learned, an update
/// @param negatives        uniform negatives of each of them
/// @param itemRate         how much faster than the rest the items' learned vectors move
/// @param biasRate         how much faster than the rest the items' biases move
/// @param itemDropout      chance that an item shows its text alone, an occurrence
/// @param sampledSoftmax   catalogue size above which the state loss samples its negatives
/// @param sampledNegatives negatives it samples then
/// @param lora             adapters on a frozen model; rank 0 trains the whole model instead
/// @param referenceItems   items whose mean score is a history's baseline
/// @param prompt           text before the history
/// @param actionPrompt     text before a candidate; may be empty
/// @param threads          of one run
public record EnvironmentSettings(
        int steps,
        int rows,
        int microRows,
        double rate,
        int context,
        double userShare,
        double temperature,
        double rewardWeight,
        int prefixes,
        int negatives,
        double itemRate,
        double biasRate,
        double itemDropout,
        int sampledSoftmax,
        int sampledNegatives,
        LoraConfig lora,
        int referenceItems,
        String prompt,
        String actionPrompt,
        int threads) {
    public EnvironmentSettings {
        inRange("steps", steps, 1, 10_000_000);
        inRange("rows", rows, 1, 4096);
        inRange("microRows", microRows, 0, rows);
        inRange("rate", rate, 1e-7, 1);
        inRange("context", context, 2, 4096);
        inRange("userShare", userShare, 1e-6, 1);
        inRange("temperature", temperature, 1e-3, 10);
        inRange("rewardWeight", rewardWeight, 0, 1000);
        inRange("prefixes", prefixes, 1, 64);
        inRange("negatives", negatives, 1, 256);
        inRange("itemRate", itemRate, 0, 100);
        inRange("biasRate", biasRate, 0, 100);
        inRange("itemDropout", itemDropout, 0, 0.99);
        inRange("sampledSoftmax", sampledSoftmax, 0, 1 << 20);
        inRange("sampledNegatives", sampledNegatives, 1, 1 << 16);
        inRange("referenceItems", referenceItems, 1, 1024);
        inRange("threads", threads, 1, 64);
    }

    /// Runs whose gradients make an update.
    public int pieces() {
        return microRows == 0 ? 1 : Math.ceilDiv(rows, microRows);
    }

    /// The same with as many sequences an update as one run takes.
    EnvironmentSettings ofOneRun() {
        return new EnvironmentSettings(
                steps,
                Math.ceilDiv(rows, pieces()),
                0,
                rate,
                context,
                userShare,
                temperature,
                rewardWeight,
                prefixes,
                negatives,
                itemRate,
                biasRate,
                itemDropout,
                sampledSoftmax,
                sampledNegatives,
                lora,
                referenceItems,
                prompt,
                actionPrompt,
                threads);
    }
}
