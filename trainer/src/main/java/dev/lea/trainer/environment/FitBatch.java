package dev.lea.trainer.environment;

import dev.lea.serving.feature.PackedBatch;
import dev.lea.serving.feature.PackedSequence;
import dev.lea.serving.feature.PromptLayout;
import dev.lea.serving.onnx.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/// Draws the batches that the LE is fitted on. A batch depends on the seed and the step alone.
///
/// @param items items of the catalogue
record FitBatch(PromptLayout layout, EnvironmentSettings settings, int items, long seed) {
    /// Shapes of a group's batches.
    ///
    /// Every group's batch holds about as many events, so that each event of the log counts the same: fewer rows
    /// of long windows.
    ///
    /// @param rows     windows
    /// @param prefixes of a window at which preferences are learned
    /// @param length   of the packed sequences
    /// @param states   prefixes whose next item is predicted, at most
    record Shape(int rows, int prefixes, int length, int states) {}

    private static final int MOST_STATES = 1024;

    Shape shape(Windows windows, Windows.Group group) {
        int rows = (int) Math.max(1, Math.round(settings.rows() / windows.density(group)));
        int prefixes =
                Math.max(1, Math.round((float) settings.rows() * settings.prefixes() / rows));
        int block = layout.actionPrompt().size() + 1;
        int trunk = layout.prompt().size() + group.length();
        int length = trunk + prefixes * (1 + settings.negatives()) * block;
        int states = Math.min(MOST_STATES, rows * (group.length() + 1));
        return new Shape(rows, prefixes, length, states);
    }

    /// The group of a step: each with a chance that follows its number of events.
    int group(Windows windows, long step) {
        long drawn = random(step, 1).nextLong(windows.events());
        for (int g = 0; g < windows.groups().size(); g++) {
            drawn -= windows.groups().get(g).events();
            if (drawn < 0) {
                return g;
            }
        }
        throw new IllegalStateException("drawn beyond the last window");
    }

    /// The tensors of a step; the caller closes them.
    Map<String, Tensor> draw(Windows windows, Windows.Group group, long step) {
        var random = random(step, 2);
        Shape shape = shape(windows, group);
        List<PackedSequence> sequences = new ArrayList<>();
        List<long[]> predicted = new ArrayList<>(); // flat slot, next item
        int pairs = shape.rows() * shape.prefixes();
        long[] scored = new long[pairs * (1 + settings.negatives())];
        for (int row = 0; row < shape.rows(); row++) {
            Windows.Window window = group.windows().get(random.nextInt(group.windows().size()));
            PackedSequence sequence = PackedSequence.of(layout, window.history());
            long offset = (long) row * shape.length();
            for (int t = window.first(); t <= window.last(); t++) {
                predicted.add(new long[] {offset + sequence.stateSlot(t), window.item(t)});
            }
            for (int p = 0; p < shape.prefixes(); p++) {
                int prefix = window.first() + random.nextInt(window.last() - window.first() + 1);
                int at = (row * shape.prefixes() + p) * (1 + settings.negatives());
                scored[at] = offset + sequence.candidate(prefix, window.item(prefix));
                for (int k = 1; k <= settings.negatives(); k++) {
                    scored[at + k] =
                            offset + sequence.candidate(prefix, notIn(window.sequence(), random));
                }
            }
            sequences.add(sequence);
        }
        Map<String, Tensor> tensors =
                new HashMap<>(PackedBatch.of(sequences, shape.rows(), shape.length()).tensors());
        tensors.put("scored", Tensor.of(scored, pairs, 1L + settings.negatives()));
        tensors.put("keep", keep(shape, random));
        putStates(tensors, predicted, shape.states(), random);
        if (items > settings.sampledSoftmax()) {
            tensors.put(
                    "sampled",
                    Tensor.of(
                            random.longs(settings.sampledNegatives(), 0, items).toArray(),
                            settings.sampledNegatives()));
        }
        return tensors;
    }

    private void putStates(
            Map<String, Tensor> tensors,
            List<long[]> predicted,
            int most,
            SplittableRandom random) {
        for (int i = 0; i < Math.min(most, predicted.size()); i++) {
            java.util.Collections.swap(predicted, i, i + random.nextInt(predicted.size() - i));
        }
        long[] slots = new long[most];
        long[] targets = new long[most];
        float[] weights = new float[most];
        for (int i = 0; i < Math.min(most, predicted.size()); i++) {
            slots[i] = predicted.get(i)[0];
            targets[i] = predicted.get(i)[1];
            weights[i] = 1;
        }
        tensors.put("slot", Tensor.of(slots, most));
        tensors.put("target", Tensor.of(targets, most));
        tensors.put("weight", Tensor.of(weights, most));
    }

    private Tensor keep(Shape shape, SplittableRandom random) {
        float[] keep = new float[shape.rows() * shape.length()];
        for (int i = 0; i < keep.length; i++) {
            keep[i] = random.nextDouble() < settings.itemDropout() ? 0 : 1;
        }
        return Tensor.of(keep, shape.rows(), shape.length(), 1);
    }

    /// An item that the user never met; after some tries whatever comes, for users who met nearly all.
    private int notIn(int[] sequence, SplittableRandom random) {
        for (int attempt = 0; attempt < 20; attempt++) {
            int item = random.nextInt(items);
            if (Arrays.stream(sequence).noneMatch(i -> i == item)) {
                return item;
            }
        }
        return random.nextInt(items);
    }

    private SplittableRandom random(long step, long stream) {
        return new SplittableRandom(
                (seed * 0x9E3779B97F4A7C15L + step) * 0xBF58476D1CE4E5B9L + stream);
    }
}
