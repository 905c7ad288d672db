package dev.lea.trainer.agent;

import static dev.lea.serving.Checks.require;

import dev.lea.trainer.data.CounterRandom;
import dev.lea.trainer.net.Parameters;

/// Item embeddings that start from the environment's item tokens instead of from noise.
///
/// Tokens are centred, since their mean says nothing about an item, projected to the width of the embeddings by a
/// random matrix, which keeps angles about as they are (Johnson and Lindenstrauss), and scaled to the deviation
/// that embeddings start with. The pad keeps its own start.
final class ItemTokenProjection {
    private static final String TABLE = "item_embedding";

    private final float[][] tokens;
    private final long seed;

    /// @param tokens [n, width]
    ItemTokenProjection(float[][] tokens, long seed) {
        this.tokens = tokens;
        this.seed = seed;
    }

    /// The parameters with the rows of the item embeddings replaced.
    ///
    /// @param deviation of the elements of the result
    Parameters start(Parameters parameters, double deviation) {
        Parameters.Array table = parameters.array(TABLE);
        int hidden = (int) table.shape()[1];
        require(
                table.shape()[0] == tokens.length + 1L,
                "item tokens must be "
                        + (table.shape()[0] - 1)
                        + ", one an item, but are "
                        + tokens.length);
        float[] projected = project(hidden);
        double squares = 0;
        for (float element : projected) {
            squares += (double) element * element;
        }
        double scale = deviation / Math.sqrt(Math.max(squares / projected.length, 1e-30));
        float[] elements = table.elements().clone();
        for (int i = 0; i < projected.length; i++) {
            elements[i] = (float) (projected[i] * scale);
        }
        return parameters.with(TABLE, elements, table.shape());
    }

    private float[] project(int hidden) {
        int width = tokens[0].length;
        double[] mean = new double[width];
        for (float[] token : tokens) {
            for (int i = 0; i < width; i++) {
                mean[i] += token[i] / (double) tokens.length;
            }
        }
        var random = CounterRandom.of(seed, "item_token_projection", 0);
        double[][] matrix = new double[width][hidden];
        for (double[] row : matrix) {
            for (int d = 0; d < hidden; d++) {
                row[d] = random.nextGaussian();
            }
        }
        float[] projected = new float[tokens.length * hidden];
        for (int item = 0; item < tokens.length; item++) {
            for (int d = 0; d < hidden; d++) {
                double sum = 0;
                for (int i = 0; i < width; i++) {
                    sum += (tokens[item][i] - mean[i]) * matrix[i][d];
                }
                projected[item * hidden + d] = (float) sum;
            }
        }
        return projected;
    }
}
