package dev.lea.trainer.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.lea.serving.onnx.ElementType;
import dev.lea.serving.onnx.Tensor;
import dev.lea.trainer.net.Graph;
import dev.lea.trainer.net.Parameters;
import dev.lea.trainer.net.Runs;
import dev.lea.trainer.net.Value;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/// The encoder beside the textbook's form of it, in float64: keys, values and outputs of every place, of which
/// the last is taken.
class SasRecTest {
    private static final int ITEMS = 9;
    private static final int HIDDEN = 8;
    private static final int PLACES = 4;
    private static final EncoderSettings SETTINGS =
            EncoderSettings.DEFAULT.withHidden(HIDDEN).withHistoryLength(PLACES);
    private static final long[][] HISTORIES = {
        {3, ITEMS, ITEMS, ITEMS}, {1, 2, 1, ITEMS}, {8, 0, 5, 5}, {ITEMS, ITEMS, ITEMS, ITEMS}
    };
    private static final long[] LENGTHS = {1, 3, 4, 1};

    @Test
    void encode_equalsTheTextbooksFormAtTheLastPlace() {
        Graph graph = new Graph();
        int rows = HISTORIES.length;
        Value history = graph.input("history", ElementType.INT64, rows, PLACES);
        Value length = graph.input("length", ElementType.INT64, rows);
        Value states =
                new SasRec(
                                graph,
                                "",
                                SETTINGS,
                                new LearnedItems(graph, "", SETTINGS, ItemTables.whole(ITEMS)))
                        .encode(history, length, Dropout.NONE);
        Parameters parameters = random(graph);
        Map<String, Tensor> inputs = new HashMap<>();
        long[] flat =
                java.util.Arrays.stream(HISTORIES)
                        .flatMapToLong(java.util.Arrays::stream)
                        .toArray();
        inputs.put("history", Tensor.of(flat, rows, PLACES));
        inputs.put("length", Tensor.of(LENGTHS, rows));
        parameters
                .arrays()
                .forEach((name, array) ->
                        inputs.put(name, Tensor.of(array.elements(), array.shape())));
        float[] encoded = Runs.run(graph, List.of(states), inputs).getFirst();
        for (int row = 0; row < rows; row++) {
            double[] expected = textbook(parameters, HISTORIES[row], (int) LENGTHS[row]);
            for (int d = 0; d < HIDDEN; d++) {
                assertThat((double) encoded[row * HIDDEN + d])
                        .as("row %d, element %d", row, d)
                        .isCloseTo(expected[d], within(1e-5));
            }
        }
    }

    private static Parameters random(Graph graph) {
        var random = new SplittableRandom(20_260_103);
        Parameters parameters = Parameters.initial(graph, 1);
        parameters
                .arrays()
                .values()
                .forEach(array -> {
                    for (int i = 0; i < array.elements().length; i++) {
                        array.elements()[i] = (float) random.nextGaussian() * 0.5f;
                    }
                });
        return parameters;
    }

    private static double[] textbook(Parameters p, long[] history, int length) {
        double[][] x = new double[PLACES][HIDDEN];
        for (int j = 0; j < PLACES; j++) {
            for (int d = 0; d < HIDDEN; d++) {
                x[j][d] =
                        Math.sqrt(HIDDEN) * p.get("item_embedding")[(int) history[j] * HIDDEN + d]
                                + p.get("position_embedding")[j * HIDDEN + d];
            }
        }
        double[][] outputs = new double[PLACES][];
        for (int t = 0; t < PLACES; t++) {
            double[] normal = normalise(p, "attention", x[t]);
            double[] query = times(normal, p.get("query.weight"));
            double[] weights = new double[t + 1];
            double total = 0;
            for (int j = 0; j <= t; j++) {
                double[] key = times(x[j], p.get("key.weight"));
                weights[j] = Math.exp(dot(query, key) / Math.sqrt(HIDDEN));
                total += weights[j];
            }
            double[] y = normal.clone();
            for (int j = 0; j <= t; j++) {
                double[] value = times(x[j], p.get("value.weight"));
                for (int d = 0; d < HIDDEN; d++) {
                    y[d] += weights[j] / total * value[d];
                }
            }
            outputs[t] = feedForward(p, normalise(p, "feed_forward", y));
        }
        return outputs[length - 1];
    }

    private static double[] feedForward(Parameters p, double[] y) {
        double[] inner = times(y, p.get("feed_forward.inner.weight"));
        for (int d = 0; d < HIDDEN; d++) {
            inner[d] = Math.max(0, inner[d] + p.get("feed_forward.inner.bias")[d]);
        }
        double[] outer = times(inner, p.get("feed_forward.outer.weight"));
        for (int d = 0; d < HIDDEN; d++) {
            outer[d] += p.get("feed_forward.outer.bias")[d] + y[d];
        }
        return normalise(p, "state", outer);
    }

    private static double[] normalise(Parameters p, String name, double[] x) {
        double mean = java.util.Arrays.stream(x).average().orElseThrow();
        double variance =
                java.util.Arrays.stream(x)
                        .map(v -> (v - mean) * (v - mean))
                        .average()
                        .orElseThrow();
        double[] normal = new double[HIDDEN];
        for (int d = 0; d < HIDDEN; d++) {
            normal[d] =
                    (x[d] - mean) / Math.sqrt(variance + 1e-6) * p.get(name + ".norm.scale")[d]
                            + p.get(name + ".norm.bias")[d];
        }
        return normal;
    }

    private static double[] times(double[] x, float[] matrix) {
        double[] product = new double[HIDDEN];
        for (int i = 0; i < HIDDEN; i++) {
            for (int d = 0; d < HIDDEN; d++) {
                product[d] += x[i] * matrix[i * HIDDEN + d];
            }
        }
        return product;
    }

    private static double dot(double[] a, double[] b) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            sum += a[i] * b[i];
        }
        return sum;
    }
}
