package dev.lea.trainer.net;

import dev.lea.serving.onnx.Tensor;
import java.nio.FloatBuffer;

/// An array on its way to or from a file, in parts, so that a large one is never copied whole.
interface StoredArray {
    /// Dimensions, which may hold more elements than a Java array.
    long[] shape();

    /// Copies as many elements as `copy` has, from a place on.
    void read(long from, float[] copy);

    /// Replaces as many elements as `copy` has, from a place on.
    void write(long from, float[] copy);

    static StoredArray of(float[] elements, long... shape) {
        return of(FloatBuffer.wrap(elements), shape);
    }

    static StoredArray of(Tensor tensor) {
        return of(tensor.floats(), tensor.shape());
    }

    private static StoredArray of(FloatBuffer elements, long[] shape) {
        return new StoredArray() {
            @Override
            public long[] shape() {
                return shape;
            }

            @Override
            public void read(long from, float[] copy) {
                elements.get((int) from, copy);
            }

            @Override
            public void write(long from, float[] copy) {
                elements.put((int) from, copy);
            }
        };
    }
}
