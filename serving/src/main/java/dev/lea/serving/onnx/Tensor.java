package dev.lea.serving.onnx;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.TensorInfo;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.LongBuffer;
import java.util.Arrays;

/// A dense row-major array in native memory, ready to enter or leave a graph without a copy.
///
/// Not thread-safe while written. Owned by whoever made it: close it, or close the [Outputs] it came in.
public final class Tensor implements AutoCloseable {
    private static final long[] SCALAR = {};
    private static final int CACHE_LINE = 64;

    private final ElementType type;
    private final long[] shape;
    private final ByteBuffer bytes;
    private final OnnxTensor value;

    private Tensor(ElementType type, long[] shape, ByteBuffer bytes, OnnxTensor value) {
        this.type = type;
        this.shape = shape;
        this.bytes = bytes;
        this.value = value;
    }

    /// A tensor of zeros.
    public static Tensor zeros(ElementType type, long... shape) {
        long count = count(shape);
        long size = Math.multiplyExact(count, type.bytes());
        if (size > Integer.MAX_VALUE - 2 * CACHE_LINE) {
            throw new IllegalArgumentException(
                    "a tensor holds at most 2 GiB but shape "
                            + Arrays.toString(shape)
                            + " needs "
                            + size
                            + " bytes");
        }
        // ONNX Runtime refuses a buffer without bytes, so an empty tensor keeps one element of
        // room. The order in which a sum is taken may depend on where its terms lie in a cache
        // line.
        ByteBuffer bytes =
                ByteBuffer.allocateDirect(Math.toIntExact((size / CACHE_LINE + 2) * CACHE_LINE))
                        .alignedSlice(CACHE_LINE)
                        .order(ByteOrder.nativeOrder());
        bytes.limit((int) size);
        return wrap(type, bytes, shape);
    }

    public static Tensor of(float[] data, long... shape) {
        Tensor tensor = zeros(ElementType.FLOAT, checked(data.length, shape));
        tensor.floats().put(data);
        return tensor;
    }

    public static Tensor of(long[] data, long... shape) {
        Tensor tensor = zeros(ElementType.INT64, checked(data.length, shape));
        tensor.longs().put(data);
        return tensor;
    }

    public static Tensor of(boolean[] data, long... shape) {
        Tensor tensor = zeros(ElementType.BOOL, checked(data.length, shape));
        for (int i = 0; i < data.length; i++) {
            tensor.bytes.put(i, (byte) (data[i] ? 1 : 0));
        }
        return tensor;
    }

    /// A tensor without dimensions.
    public static Tensor scalar(float value) {
        return of(new float[] {value}, SCALAR);
    }

    /// A tensor without dimensions.
    public static Tensor scalar(long value) {
        return of(new long[] {value}, SCALAR);
    }

    static Tensor ofNative(OnnxTensor value) {
        TensorInfo info = value.getInfo();
        return new Tensor(ElementType.of(info.type), info.getShape(), null, value);
    }

    private static Tensor wrap(ElementType type, ByteBuffer bytes, long[] shape) {
        OrtEnvironment environment = OnnxEnvironment.environment();
        try {
            OnnxTensor value =
                    switch (type) {
                        case FLOAT ->
                                OnnxTensor.createTensor(environment, bytes.asFloatBuffer(), shape);
                        case INT64 ->
                                OnnxTensor.createTensor(environment, bytes.asLongBuffer(), shape);
                        case BOOL ->
                                OnnxTensor.createTensor(
                                        environment,
                                        bytes,
                                        shape,
                                        ai.onnxruntime.OnnxJavaType.BOOL);
                        case UINT8, FLOAT16 ->
                                throw new IllegalArgumentException(
                                        "elements of type " + type + " are only ever stored");
                    };
            return new Tensor(type, shape, bytes, value);
        } catch (OrtException e) {
            throw new IllegalStateException(
                    "cannot make a " + type + " tensor of shape " + Arrays.toString(shape), e);
        }
    }

    public ElementType type() {
        return type;
    }

    /// Dimensions, none for a scalar. The caller must not write to it.
    public long[] shape() {
        return shape;
    }

    /// Number of elements.
    public int size() {
        return (int) count(shape);
    }

    /// The elements, to read or write in place; for an output of a graph a copy.
    public FloatBuffer floats() {
        expect(ElementType.FLOAT);
        return bytes == null
                ? value.getFloatBuffer()
                : bytes.duplicate().order(ByteOrder.nativeOrder()).asFloatBuffer();
    }

    /// The elements, to read or write in place; for an output of a graph a copy.
    public LongBuffer longs() {
        expect(ElementType.INT64);
        return bytes == null
                ? value.getLongBuffer()
                : bytes.duplicate().order(ByteOrder.nativeOrder()).asLongBuffer();
    }

    /// A copy of the elements.
    public float[] toFloats() {
        float[] copy = new float[size()];
        floats().get(copy);
        return copy;
    }

    /// A copy of the elements.
    public long[] toLongs() {
        long[] copy = new long[size()];
        longs().get(copy);
        return copy;
    }

    /// A copy of the elements.
    public boolean[] toBooleans() {
        expect(ElementType.BOOL);
        ByteBuffer source = bytes == null ? value.getByteBuffer() : bytes;
        boolean[] copy = new boolean[size()];
        for (int i = 0; i < copy.length; i++) {
            copy[i] = source.get(i) != 0;
        }
        return copy;
    }

    OnnxTensor value() {
        return value;
    }

    @Override
    public void close() {
        value.close();
    }

    private void expect(ElementType wanted) {
        if (type != wanted) {
            throw new IllegalStateException("tensor is " + type + ", not " + wanted);
        }
    }

    private static long count(long[] shape) {
        long count = 1;
        for (long dimension : shape) {
            if (dimension < 0) {
                throw new IllegalArgumentException(
                        "negative dimension in shape " + Arrays.toString(shape));
            }
            count = Math.multiplyExact(count, dimension);
        }
        return count;
    }

    private static long[] checked(int length, long[] shape) {
        if (count(shape) != length) {
            throw new IllegalArgumentException(
                    length + " elements do not fill shape " + Arrays.toString(shape));
        }
        return shape;
    }
}
