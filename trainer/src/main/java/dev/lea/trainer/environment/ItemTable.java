package dev.lea.trainer.environment;

import dev.lea.trainer.net.Value;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/// All items of a fitted LE, one row each: the token (D), the key (D, length 1), the bias (1).
///
/// The token is what the language model reads where the item stands. States are compared with keys.
///
/// @param items    rows, n
/// @param width    D
/// @param elements [n, 2 D + 1] row-major
public record ItemTable(int items, int width, float[] elements) {
    public ItemTable {
        if (elements.length != Math.multiplyExact(items, columns(width))) {
            throw new IllegalArgumentException(
                    elements.length + " elements are not " + items + " rows of " + columns(width));
        }
    }

    /// Floats of a row.
    public static int columns(int width) {
        return 2 * width + 1;
    }

    /// Puts the parts together.
    ///
    /// @param text   z: token of the item's text [n, D]
    /// @param learnt u: what the log added [n, D], in units of `scale`
    /// @param bias   [n]
    /// @param scale  length of a token
    static ItemTable of(
            int items, int width, float[] text, float[] learnt, float[] bias, double scale) {
        float[] elements = new float[items * columns(width)];
        double spread = scale / Math.sqrt(width);
        for (int i = 0; i < items; i++) {
            int row = i * columns(width);
            double squares = 1e-12;
            for (int d = 0; d < width; d++) {
                float z = text[i * width + d];
                float u = learnt[i * width + d];
                elements[row + d] = (float) (z + scale * u);
                double key = z / spread + u;
                elements[row + width + d] = (float) key;
                squares += key * key;
            }
            double length = Math.sqrt(squares);
            for (int d = 0; d < width; d++) {
                elements[row + width + d] /= (float) length;
            }
            elements[row + 2 * width] = bias[i];
        }
        return new ItemTable(items, width, elements);
    }

    /// The same with other rows at some places.
    ///
    /// @param rows of the items of `indices`, each of [#columns] floats
    public ItemTable with(int[] indices, float[] rows) {
        float[] changed = elements.clone();
        int columns = columns(width);
        for (int r = 0; r < indices.length; r++) {
            System.arraycopy(rows, r * columns, changed, indices[r] * columns, columns);
        }
        return new ItemTable(items, width, changed);
    }

    /// The tokens alone, [n, D]; a copy.
    public float[][] tokens() {
        float[][] tokens = new float[items][];
        for (int i = 0; i < items; i++) {
            int row = i * columns(width);
            tokens[i] = Arrays.copyOfRange(elements, row, row + width);
        }
        return tokens;
    }

    /// Little-endian float32, row-major.
    public byte[] toBytes() {
        ByteBuffer bytes =
                ByteBuffer.allocate(elements.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asFloatBuffer().put(elements);
        return bytes.array();
    }

    /// The rows at `indices` of a table in a graph.
    static EnvironmentNetwork.ItemRows rows(Value table, Value indices, int width) {
        Value rows = table.gather(indices);
        return new EnvironmentNetwork.ItemRows(
                rows.slice(-1, 0, width),
                rows.slice(-1, width, 2L * width),
                rows.slice(-1, 2L * width, columns(width)).reshape(0, 0));
    }
}
