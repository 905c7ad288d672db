package dev.lea.trainer.run;

import dev.lea.serving.feature.PackedSequence;
import dev.lea.trainer.data.Dataset;
import dev.lea.trainer.data.Sequence;
import dev.lea.trainer.environment.FittedEnvironment;
import dev.lea.trainer.evaluation.Spearman;
import dev.lea.trainer.sample.TrueReward;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.SplittableRandom;

/// Holds the LE's rewards against the true ones, where a data set says what those are (the bundled sample does).
final class TrueRewards {
    /// Mean over test histories of Spearman's rank correlation, within a history, of the LE's and the true
    /// reward of random items.
    static final String METRIC = "truth.spearman";

    private static final int HISTORIES = 150;
    private static final int CANDIDATES = 40;

    private TrueRewards() {}

    static Optional<Double> spearman(
            Path folder,
            Dataset data,
            FittedEnvironment environment,
            List<Integer> reference,
            long seed) {
        return TrueReward.forDataset(folder)
                .map(truth -> spearman(truth, data, environment, seed))
                .filter(d -> !d.isNaN());
    }

    private static double spearman(
            TrueReward truth, Dataset data, FittedEnvironment environment, long seed) {
        var random = new SplittableRandom(seed);
        OptionalDouble mean =
                data.test().stream()
                        .limit(HISTORIES)
                        .mapToDouble(
                                sequence -> spearman(truth, data, environment, sequence, random))
                        .average();
        return mean.orElse(Double.NaN);
    }

    private static double spearman(
            TrueReward truth,
            Dataset data,
            FittedEnvironment environment,
            Sequence sequence,
            SplittableRandom random) {
        int length = 1 + random.nextInt(sequence.length());
        int start = environment.layout().window().start(length);
        int[] seen = Arrays.copyOfRange(sequence.items(), start, length);
        var packed = PackedSequence.of(environment.layout(), seen);
        int[] items =
                random.ints(0, data.catalogue().size())
                        .distinct()
                        .limit(Math.min(CANDIDATES, data.catalogue().size()))
                        .toArray();
        int[] slots =
                Arrays.stream(items).map(item -> packed.candidate(seen.length, item)).toArray();
        var answer = environment.run(List.of(packed));
        List<String> history =
                Arrays.stream(sequence.items())
                        .limit(length)
                        .mapToObj(data.catalogue()::id)
                        .toList();
        double[] fitted = Arrays.stream(slots).mapToDouble(slot -> answer.score(0, slot)).toArray();
        double[] wanted =
                Arrays.stream(items)
                        .mapToDouble(item ->
                                truth.reward(sequence.userId(), history, data.catalogue().id(item)))
                        .toArray();
        return Spearman.of(fitted, wanted);
    }
}
