package dev.lea.trainer.evaluation;

import dev.lea.trainer.data.Sequence;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/// The floor that knows which items go together: an item scores the sum of its similarities to the items of
/// the history.
///
/// Similarity is the cosine of two items' sets of training users, `|both| / sqrt(|i| |j|)`; each item keeps
/// its 100 most similar ones. Items that are similar to nothing in the history follow by popularity, below
/// all others: an empty history gets the most popular ones.
public final class ItemKnn implements Scorer {
    private static final int NEIGHBOURS = 100;

    private final int[][] neighbours;
    private final float[][] similarities;
    private final float[] background;

    private ItemKnn(int[][] neighbours, float[][] similarities, float[] background) {
        this.neighbours = neighbours;
        this.similarities = similarities;
        this.background = background;
    }

    /// @param items n
    public static ItemKnn of(List<Sequence> train, int items) {
        List<int[]> baskets = new ArrayList<>(train.size());
        int[] users = new int[items];
        for (Sequence sequence : train) {
            int[] basket = Arrays.stream(sequence.items()).distinct().toArray();
            baskets.add(basket);
            for (int item : basket) {
                users[item]++;
            }
        }
        int[][] basketsOf = basketsOf(baskets, users);
        int[][] neighbours = new int[items][];
        float[][] similarities = new float[items][];
        int[] together = new int[items];
        int[] touched = new int[items];
        for (int item = 0; item < items; item++) {
            int found = 0;
            for (int basket : basketsOf[item]) {
                for (int other : baskets.get(basket)) {
                    if (other != item && together[other]++ == 0) {
                        touched[found++] = other;
                    }
                }
            }
            keepNearest(
                    item, Arrays.copyOf(touched, found), together, users, neighbours, similarities);
            for (int i = 0; i < found; i++) {
                together[touched[i]] = 0;
            }
        }
        return new ItemKnn(neighbours, similarities, background(train, items));
    }

    /// The most similar items, best first.
    public int[] neighbours(int item) {
        return neighbours[item].clone();
    }

    @Override
    public void score(List<int[]> histories, float[] scores) {
        int items = background.length;
        for (int row = 0; row < histories.size(); row++) {
            System.arraycopy(background, 0, scores, row * items, items);
            for (int seen : histories.get(row)) {
                for (int i = 0; i < neighbours[seen].length; i++) {
                    scores[row * items + neighbours[seen][i]] += similarities[seen][i];
                }
            }
        }
    }

    private static int[][] basketsOf(List<int[]> baskets, int[] users) {
        int[][] basketsOf = new int[users.length][];
        int[] filled = new int[users.length];
        Arrays.setAll(basketsOf, item -> new int[users[item]]);
        for (int basket = 0; basket < baskets.size(); basket++) {
            for (int item : baskets.get(basket)) {
                basketsOf[item][filled[item]++] = basket;
            }
        }
        return basketsOf;
    }

    private static void keepNearest(
            int item,
            int[] others,
            int[] together,
            int[] users,
            int[][] neighbours,
            float[][] similarities) {
        float[] similarity = new float[users.length];
        for (int other : others) {
            similarity[other] =
                    (float) (together[other] / Math.sqrt((double) users[item] * users[other]));
        }
        neighbours[item] =
                Arrays.stream(others)
                        .boxed()
                        .sorted(
                                Comparator.<Integer>comparingDouble(other -> -similarity[other])
                                        .thenComparing(Comparator.naturalOrder()))
                        .limit(NEIGHBOURS)
                        .mapToInt(Integer::intValue)
                        .toArray();
        similarities[item] = new float[neighbours[item].length];
        for (int i = 0; i < neighbours[item].length; i++) {
            similarities[item][i] = similarity[neighbours[item][i]];
        }
    }

    /// Popularity, made so small that it only orders what no similarity tells apart.
    private static float[] background(List<Sequence> train, int items) {
        Popularity popularity = Popularity.of(train, items);
        float[] background = new float[items];
        float most = 1;
        for (int item = 0; item < items; item++) {
            most = Math.max(most, popularity.count(item));
        }
        for (int item = 0; item < items; item++) {
            background[item] = 1e-4f * popularity.count(item) / most;
        }
        return background;
    }
}
