package dev.lea.trainer.agent;

import static dev.lea.serving.Checks.require;

import dev.lea.trainer.data.CounterRandom;
import dev.lea.trainer.net.Parameters;
import java.util.List;

/// Items that start from the environment's item tokens instead of from noise: the vector by which an item is read, and
/// the one by which the supervised head scores it. Alike items then begin with alike scores, and those of which there
/// are few events stay near those of which there are many.
///
/// Tokens are centred, since their mean says nothing about an item, projected to the width of the vectors by one
/// random matrix, which keeps angles about as they are (Johnson and Lindenstrauss), and scaled to the spread of the noise
/// that they replace. The pad keeps its own start.
final class ItemTokenProjection {
    /// What is read, n + 1 rows, and what scores, n rows.
    private static final List<String> TABLES = List.of("item_embedding", "supervised.weight");

    private final float[][] tokens;
    private final long seed;

    /// @param tokens [n, width]
    ItemTokenProjection(float[][] tokens, long seed) {
        this.tokens = tokens;
        this.seed = seed;
    }

    /// The parameters with the items' rows replaced.
    Parameters start(Parameters parameters) {
        Parameters started = parameters;
        float[] projected = null;
        for (String name : TABLES) {
            Parameters.Array table = parameters.array(name);
            int hidden = (int) table.shape()[1];
            long rows = name.equals(TABLES.getFirst()) ? table.shape()[0] - 1 : table.shape()[0];
            require(
                    rows == tokens.length,
                    "item tokens must be " + rows + ", one an item, but are " + tokens.length);
            projected = projected == null ? project(hidden) : projected;
            float[] elements = table.elements().clone();
            double scale =
                    spread(elements, projected.length)
                            / Math.max(spread(projected, projected.length), 1e-15);
            for (int i = 0; i < projected.length; i++) {
                elements[i] = (float) (projected[i] * scale);
            }
            started = started.with(name, elements, table.shape());
        }
        return started;
    }

    /// Root of the mean square of the first elements.
    private static double spread(float[] elements, int count) {
        double squares = 0;
        for (int i = 0; i < count; i++) {
            squares += (double) elements[i] * elements[i];
        }
        return Math.sqrt(squares / count);
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
