package dev.lea.trainer.net;

import dev.lea.serving.onnx.ElementType;
import java.util.List;
import java.util.Map;

/// A frozen matrix `[in, out]` of whole numbers of few bits. `blockSize` neighbours along `in` are a block and share
/// a scale and a zero point: `w = scale (q - zero)`. The last block of a column is padded where `in` is no multiple.
///
/// @param numbers q, UINT8 [out, blocks, blockSize bits / 8]; of 4 bits two a byte, the lower half first
/// @param scales  float [out, blocks]
/// @param zeros   UINT8 [out, ceil(blocks bits / 8)], packed as the numbers are
public record QuantizedMatrix(
        Value numbers, Value scales, Value zeros, int bits, int blockSize, long in, long out) {
    public QuantizedMatrix {
        if (bits != 4 && bits != 8) {
            throw new IllegalArgumentException("bits must be 4 or 8 but are " + bits);
        }
    }

    /// Blocks of a column.
    public static long blocks(long in, int blockSize) {
        return Math.ceilDiv(in, blockSize);
    }

    /// `x W`, computed in float32.
    public Value multiply(Value x) {
        long[] shape = x.shape();
        shape[shape.length - 1] = out;
        return numbers.graph.addOfRuntime(
                "MatMulNBits",
                List.of(x, numbers, scales, zeros),
                Map.of(
                        "K",
                        in,
                        "N",
                        out,
                        "bits",
                        (long) bits,
                        "block_size",
                        (long) blockSize,
                        "accuracy_level",
                        1L),
                shape,
                "MatMulNBits");
    }

    /// Columns of W, for a table whose rows are stored as columns of a matrix. No gradient.
    ///
    /// @param ids  int64 [...]
    /// @param flat the numbers as UINT8 [out, in bits / 8]; `in` is a multiple of the block's size
    /// @return float [..., in]
    public Value columns(Value ids, Value flat) {
        long[] shape = java.util.Arrays.copyOf(ids.shape, ids.shape.length + 1);
        shape[ids.shape.length] = in;
        return numbers.graph.addOfRuntime(
                "GatherBlockQuantized",
                List.of(flat, ids, scales, zeros),
                Map.of(
                        "gather_axis",
                        0L,
                        "quantize_axis",
                        1L,
                        "bits",
                        (long) bits,
                        "block_size",
                        (long) blockSize),
                shape,
                "none");
    }

    /// The matrix in float32, transposed: [out, in]. No gradient.
    Value widened() {
        long blocks = blocks(in, blockSize);
        Value zero = unpacked(zeros).slice(1, 0, blocks).unsqueeze(-1);
        return unpacked(numbers)
                .reshape(out, blocks, blockSize)
                .subtract(zero)
                .multiply(scales.unsqueeze(-1))
                .reshape(out, blocks * blockSize)
                .slice(1, 0, in);
    }

    /// Each number as a float: [out, all of a column].
    private Value unpacked(Value packed) {
        Value bytes = packed.cast(ElementType.FLOAT).reshape(out, -1, 1);
        if (bits == 8) {
            return bytes.reshape(out, -1);
        }
        Value high = bytes.multiply(1 / 16f).floor();
        Value low = bytes.subtract(high.multiply(16));
        return packed.graph.concat(-1, low, high).reshape(out, -1);
    }
}
