package dev.lea.trainer.agent;

import static dev.lea.serving.Checks.inRange;
import static dev.lea.serving.Checks.require;

import dev.lea.serving.onnx.Tensor;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.Arrays;

/// What an environment knows of items: the rows of its table, as its bundle has them. Immutable by agreement: the
/// elements are not copied and must not be written to.
///
/// @param count    items, n
/// @param columns  floats of a row, W
/// @param elements [n, W] row-major
public record ItemRows(int count, int columns, float[] elements) {
    private static final float LEAST_DEVIATION = 1e-6f;

    public ItemRows {
        inRange("count", count, 1, Integer.MAX_VALUE - 1);
        inRange("columns", columns, 1, 1 << 22);
        require(
                elements.length == (long) count * columns,
                elements.length + " elements are not " + count + " rows of " + columns);
    }

    /// Mean and inverse deviation of every column.
    ///
    /// @param inverseDeviation 0 for a column that is the same in all rows
    record Spread(float[] mean, float[] inverseDeviation) {}

    Spread spread() {
        double[] sum = new double[columns];
        double[] squares = new double[columns];
        for (int i = 0; i < elements.length; i++) {
            sum[i % columns] += elements[i];
            squares[i % columns] += (double) elements[i] * elements[i];
        }
        float[] mean = new float[columns];
        float[] inverse = new float[columns];
        for (int c = 0; c < columns; c++) {
            double average = sum[c] / count;
            double deviation = Math.sqrt(Math.max(0, squares[c] / count - average * average));
            mean[c] = (float) average;
            inverse[c] = deviation < LEAST_DEVIATION ? 0 : (float) (1 / deviation);
        }
        return new Spread(mean, inverse);
    }

    /// The rows with one of zeros behind them, which stands for the pad: [n + 1, W].
    float[] padded() {
        return Arrays.copyOf(elements, elements.length + columns);
    }

    /// The same as a tensor; the caller closes it.
    Tensor toTensor() {
        return Tensor.of(padded(), count + 1L, columns);
    }

    /// The columns' elements one after another: [W, n].
    float[] transposed() {
        float[] transposed = new float[elements.length];
        for (int row = 0; row < count; row++) {
            for (int c = 0; c < columns; c++) {
                transposed[c * count + row] = elements[row * columns + c];
            }
        }
        return transposed;
    }

    /// The rows at `indices`, in their order.
    public ItemRows at(int... indices) {
        float[] chosen = new float[Math.multiplyExact(indices.length, columns)];
        for (int i = 0; i < indices.length; i++) {
            System.arraycopy(elements, indices[i] * columns, chosen, i * columns, columns);
        }
        return new ItemRows(indices.length, columns, chosen);
    }

    /// Writes rows one after another; zeros for numbers that are none of an item.
    void copyTo(int[] numbers, FloatBuffer rows) {
        float[] none = new float[columns];
        for (int i = 0; i < rows.capacity() / columns; i++) {
            boolean known = numbers[i] >= 0 && numbers[i] < count;
            rows.put(
                    i * columns,
                    known ? elements : none,
                    known ? numbers[i] * columns : 0,
                    columns);
        }
    }

    /// Little-endian float32, row-major.
    byte[] toBytes() {
        var bytes =
                ByteBuffer.allocate(Math.multiplyExact(elements.length, Float.BYTES))
                        .order(ByteOrder.LITTLE_ENDIAN);
        bytes.asFloatBuffer().put(elements);
        return bytes.array();
    }
}
