package dev.lea.trainer.net;

import java.util.Arrays;

/// Shape arithmetic. A dimension of -1 is known only when the graph runs.
final class Shapes {
    static final long OPEN = -1;

    private Shapes() {}

    /// Shape of an element-wise operation under NumPy's broadcasting.
    static long[] broadcast(long[] a, long[] b) {
        int rank = Math.max(a.length, b.length);
        long[] shape = new long[rank];
        for (int i = 0; i < rank; i++) {
            long x = i < rank - a.length ? 1 : a[i - (rank - a.length)];
            long y = i < rank - b.length ? 1 : b[i - (rank - b.length)];
            if (x != y && x != 1 && y != 1 && x != OPEN && y != OPEN) {
                throw mismatch("broadcast", a, b);
            }
            shape[i] = x == 1 ? y : y == 1 ? x : Math.max(x, y);
        }
        return shape;
    }

    static long[] matmul(long[] a, long[] b) {
        if (a.length < 2 || b.length < 2 || differ(a[a.length - 1], b[b.length - 2])) {
            throw mismatch("multiply", a, b);
        }
        long[] batch = broadcast(Arrays.copyOf(a, a.length - 2), Arrays.copyOf(b, b.length - 2));
        long[] shape = Arrays.copyOf(batch, batch.length + 2);
        shape[batch.length] = a[a.length - 2];
        shape[batch.length + 1] = b[b.length - 1];
        return shape;
    }

    /// Resolves the 0 (copy) and -1 (infer) of ONNX's Reshape as far as `from` is known.
    static long[] reshape(long[] from, long[] to) {
        long[] shape = to.clone();
        int inferred = -1;
        for (int i = 0; i < to.length; i++) {
            if (to[i] == 0) {
                shape[i] = from[i];
            } else if (to[i] == -1) {
                inferred = i;
            }
        }
        boolean open = Arrays.stream(from).anyMatch(d -> d == OPEN);
        if (!open) {
            long known = 1;
            for (int i = 0; i < shape.length; i++) {
                known *= i == inferred ? 1 : shape[i];
            }
            long total = count(from);
            if (inferred >= 0) {
                shape[inferred] = known == 0 ? 0 : total / known;
                known *= shape[inferred];
            }
            if (known != total) {
                throw mismatch("reshape", from, to);
            }
        }
        return shape;
    }

    static long[] reduce(long[] shape, long[] axes, boolean keep) {
        boolean[] gone = new boolean[shape.length];
        for (long axis : axes) {
            gone[axis(axis, shape.length)] = true;
        }
        return java.util.stream.IntStream.range(0, shape.length)
                .filter(i -> keep || !gone[i])
                .mapToLong(i -> gone[i] ? 1 : shape[i])
                .toArray();
    }

    static int axis(long axis, int rank) {
        long resolved = axis < 0 ? axis + rank : axis;
        if (resolved < 0 || resolved >= rank) {
            throw new IllegalArgumentException("axis " + axis + " is outside of rank " + rank);
        }
        return (int) resolved;
    }

    static long count(long[] shape) {
        long count = 1;
        for (long dimension : shape) {
            if (dimension == OPEN) {
                throw new IllegalArgumentException(
                        "shape "
                                + Arrays.toString(shape)
                                + " is open; a training graph needs fixed shapes");
            }
            count = Math.multiplyExact(count, dimension);
        }
        return count;
    }

    static boolean differ(long a, long b) {
        return a != b && a != OPEN && b != OPEN;
    }

    static IllegalArgumentException mismatch(String what, long[] a, long[] b) {
        return new IllegalArgumentException(
                "cannot " + what + " shapes " + Arrays.toString(a) + " and " + Arrays.toString(b));
    }
}
