package dev.lea.trainer.evaluation;

import dev.lea.trainer.data.Catalogue;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/// How different two items are by their texts: 1 minus the cosine of their words, each weighted by
/// `(1 + log count) log(n / items that have it)`. It needs no model, so that all recommenders are measured alike.
public final class TextDistance {
    private final int[][] words;
    private final float[][] weights;

    private TextDistance(int[][] words, float[][] weights) {
        this.words = words;
        this.weights = weights;
    }

    /// Of all items of a catalogue.
    public static TextDistance of(Catalogue catalogue) {
        int items = catalogue.size();
        Map<String, Integer> numbers = new HashMap<>();
        Map<Integer, Integer> spread = new HashMap<>();
        List<Map<Integer, Integer>> counts = new java.util.ArrayList<>(items);
        for (int item = 0; item < items; item++) {
            Map<Integer, Integer> own = new TreeMap<>();
            String text = String.join(" ", catalogue.texts(item).values()).toLowerCase(Locale.ROOT);
            for (String word : text.split("[^\\p{L}\\p{N}]+", -1)) {
                if (!word.isEmpty()) {
                    own.merge(numbers.computeIfAbsent(word, _ -> numbers.size()), 1, Integer::sum);
                }
            }
            own.keySet().forEach(word -> spread.merge(word, 1, Integer::sum));
            counts.add(own);
        }
        int[][] words = new int[items][];
        float[][] weights = new float[items][];
        for (int item = 0; item < items; item++) {
            Map<Integer, Integer> own = counts.get(item);
            words[item] = own.keySet().stream().mapToInt(Integer::intValue).toArray();
            weights[item] = new float[words[item].length];
            double squares = 0;
            for (int i = 0; i < words[item].length; i++) {
                double weight =
                        (1 + Math.log(own.get(words[item][i])))
                                * Math.log((double) items / spread.get(words[item][i]));
                weights[item][i] = (float) weight;
                squares += weight * weight;
            }
            for (int i = 0; squares > 0 && i < weights[item].length; i++) {
                weights[item][i] /= (float) Math.sqrt(squares);
            }
        }
        return new TextDistance(words, weights);
    }

    /// Between two items, in `[0, 1]`; 1 where one has no text.
    public double between(int a, int b) {
        double cosine = 0;
        int i = 0;
        int j = 0;
        while (i < words[a].length && j < words[b].length) {
            if (words[a][i] == words[b][j]) {
                cosine += (double) weights[a][i++] * weights[b][j++];
            } else if (words[a][i] < words[b][j]) {
                i++;
            } else {
                j++;
            }
        }
        return Math.clamp(1 - cosine, 0, 1);
    }

    /// Mean over lists of the mean distance between two items of a list; NaN without a list of two.
    public double within(List<int[]> lists) {
        double total = 0;
        int counted = 0;
        for (int[] list : lists) {
            double sum = 0;
            for (int a = 0; a < list.length; a++) {
                for (int b = a + 1; b < list.length; b++) {
                    sum += between(list[a], list[b]);
                }
            }
            if (list.length > 1) {
                total += sum / (list.length * (list.length - 1) / 2.0);
                counted++;
            }
        }
        return total / counted;
    }
}
